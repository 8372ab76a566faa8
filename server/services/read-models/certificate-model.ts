import { coveringName } from '../../../provisioners/lib/certificate-names';
import { authorize } from '../../auth/permission';
import type { Actor } from '../../domain/actor';
import type { CertificateFile, CertificateRefusal } from '../../domain/certificate';
import { planCertificates, registeredDomain, renewalTime, WEEKLY, type Postponed } from '../../domain/certificate-plan';
import type { Reason } from '../../domain/deployment';
import type { CertificateSettings } from '../../domain/settings';
import type { Stores } from '../../stores';
import {
  CERTIFICATE_KEYS,
  readFault,
  readWait,
  type CertificateFault,
  type CertificateWait,
} from '../certificate-state';
import { loadSettings } from '../setting-service';
import { readGround } from './certificate-world';

/** One host with the certificate from outside that it has, or that it has the one of this installation. */
export interface HostState {
  readonly host: string;
  readonly source: CertificateFile['source'] | 'internal';
  readonly issuedBy: string | null;
  readonly notAfter: Date | null;
  /** When a new one is ordered; null = nobody does it by itself. */
  readonly renewAt: Date | null;
  /** Why the authority did not certify it when it was last asked. */
  readonly refusal: CertificateRefusal | null;
}
export interface CertificateState {
  readonly settings: CertificateSettings;
  readonly bindingKey: 'kept' | 'none';
  readonly certificates: readonly CertificateFile[];
  readonly hosts: readonly HostState[];
  readonly later: readonly Postponed[];
  /** Names that are being ordered now. */
  readonly ordering: number;
  readonly wait: CertificateWait | null;
  readonly fault: CertificateFault | null;
  /** Of the registered domain that used most of its week. */
  readonly week: { readonly domain: string | null; readonly used: number; readonly most: number };
  readonly nextAt: Date | null;
}

/** A refusal as a reason for people; `host` and the authority's own words are its values. */
export const refusalReason = ({ host, problem, detail }: CertificateRefusal): Reason => ({
  code: `certificate_${problem}`,
  params: { host, detail },
});
/** null = nobody renews it by itself. */
export const renewsAt = (file: CertificateFile, { authority }: CertificateSettings): Date | null =>
  file.source === 'acme' && file.keptFor === null && authority === 'acme' ? renewalTime(file) : null;

const newest = (files: readonly CertificateFile[], host: string): CertificateFile | undefined => {
  const fitting = files.filter((one) => coveringName(one.names, host) !== null);
  return fitting.find((one) => one.keptFor === null) ?? fitting[0];
};

const weekOf = (issued: readonly { readonly names: readonly string[] }[]): CertificateState['week'] => {
  const used = new Map<string, number>();
  for (const { names } of issued)
    for (const domain of new Set(names.map(registeredDomain))) used.set(domain, (used.get(domain) ?? 0) + 1);
  const [worst] = [...used].sort(([, a], [, b]) => b - a);
  return { domain: worst?.[0] ?? null, used: worst?.[1] ?? 0, most: WEEKLY };
};

/** Certificates of hosts: what there is, what comes when, and what does not come and why. */
export const certificateState = async (actor: Actor, read: Stores, now: Date): Promise<CertificateState> => {
  authorize(actor, 'settings.read');
  const all = await loadSettings(read);
  const settings = all.certificates;
  const [{ hosts, files, world }, refusals, stored] = await Promise.all([
    readGround(read, all, now),
    read.certificateOrders.refusals(),
    read.settings.all(),
  ]);
  const refused = new Map(refusals.map((one) => [one.host, one] as const));
  const alive = files.filter((one) => one.notAfter > now);
  const plan = settings.authority === 'acme' ? planCertificates(world) : null;
  return {
    settings,
    bindingKey: typeof stored.get(CERTIFICATE_KEYS.bindingKey) === 'string' ? 'kept' : 'none',
    certificates: files,
    hosts: hosts.map(({ host }) => {
      const file = newest(alive, host);
      const [issuedBy, notAfter] = [file?.issuedBy ?? null, file?.notAfter ?? null];
      const renewAt = file === undefined ? null : renewsAt(file, settings);
      const refusal = settings.authority === 'acme' ? (refused.get(host) ?? null) : null;
      return { host, source: file?.source ?? 'internal', issuedBy, notAfter, renewAt, refusal };
    }),
    later: plan?.later ?? [],
    ordering: plan?.orders.reduce((sum, one) => sum + one.names.length, 0) ?? 0,
    wait: readWait(stored),
    fault: readFault(stored),
    week: weekOf(world.issued),
    nextAt: plan?.nextAt ?? null,
  };
};
