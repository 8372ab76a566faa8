import { z } from 'zod';
import { isTransient, ProvisionError } from '../../provisioners/contracts';
import type { Reason } from '../domain/deployment';
import type { Stores } from '../stores';

/** Kept beside the settings, because settings are shown and these are not, or are none. */
export const CERTIFICATE_KEYS = {
  accountKey: 'certificateAccountKey',
  bindingKey: 'certificateBindingKey',
  wait: 'certificateWait',
  fault: 'certificateFault',
} as const;

/** What secrets are encrypted for. */
export const BINDING_CONTEXT = 'setting:certificateBindingKey';
export const certificateContext = (id: string): string => `certificate:${id}`;

const reasonSchema = z.object({
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
const waitSchema = z.object({ until: z.coerce.date(), failures: z.number(), reason: reasonSchema });
const faultSchema = z.object({ at: z.coerce.date(), reason: reasonSchema });

/** The authority is not asked before `until`. */
export type CertificateWait = z.output<typeof waitSchema>;
/** What was signed could not be given to the proxy; it is tried again. */
export type CertificateFault = z.output<typeof faultSchema>;
export const readWait = (stored: ReadonlyMap<string, unknown>): CertificateWait | null =>
  waitSchema.safeParse(stored.get(CERTIFICATE_KEYS.wait)).data ?? null;
export const readFault = (stored: ReadonlyMap<string, unknown>): CertificateFault | null =>
  faultSchema.safeParse(stored.get(CERTIFICATE_KEYS.fault)).data ?? null;
export const putWait = (stores: Pick<Stores, 'settings'>, wait: CertificateWait | null): Promise<void> =>
  put(stores, CERTIFICATE_KEYS.wait, wait);
export const putFault = (stores: Pick<Stores, 'settings'>, fault: CertificateFault | null): Promise<void> =>
  put(stores, CERTIFICATE_KEYS.fault, fault);
const put = ({ settings }: Pick<Stores, 'settings'>, key: string, value: object | null): Promise<void> =>
  value === null ? settings.remove(key) : settings.put(key, value);

const textOf = (error: ProvisionError, name: string): string | null => {
  const value = error.details[name];
  return typeof value === 'string' && value !== '' ? value : null;
};
/** Why the authority gave nothing, for a person. */
export const authorityReason = (error: ProvisionError): Reason => {
  const [host, problem, detail] = ['host', 'problem', 'detail'].map((name) => textOf(error, name));
  const params = { host: host ?? null, problem: problem ?? null, detail: detail ?? null };
  if (isTransient(error)) return { code: 'certificate_authority_away', params };
  return { code: problem === 'rateLimited' ? 'certificate_rate_limited' : 'certificate_authority_refuses', params };
};
export const isRateLimit = (error: ProvisionError): boolean => error.details['problem'] === 'rateLimited';
/** When the authority said it may be asked again. */
export const toldTime = (error: ProvisionError): Date | null => {
  const told = textOf(error, 'retryAt');
  return told === null ? null : new Date(told);
};
/** Why the proxy did not get it. */
export const writeReason = (error: unknown): Reason => {
  if (!(error instanceof ProvisionError)) return { code: 'certificate_not_written', params: { path: null } };
  const code = error.code === 'no_space' ? 'certificate_no_space' : 'certificate_not_written';
  return { code, params: { path: textOf(error, 'path'), errno: textOf(error, 'errno') } };
};
