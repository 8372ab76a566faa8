import { z } from 'zod';
import { certificateSchema } from '../../domain/settings';
import type { UploadCheck } from '../certificate-service';
import { certificateState, refusalReason, renewsAt, type CertificateState } from '../read-models/certificate-model';
import { amount, id, idParams, iso, time } from './fields';
import { listOperation } from './list-operation';
import { operation, type OperationContext } from './operation';

const screens = ['get /pengaturan'] as const;
const stateOf = ({ deps, actor }: OperationContext): Promise<CertificateState> =>
  certificateState(actor, deps.transact.read, new Date());

const waiting = z.object({ until: time, reason: z.string() }).nullable();
const document = z.object({
  settings: z.object({ ...certificateSchema.shape, contact: z.string().nullable(), directoryUrl: z.string() }),
  /** The key itself is never shown. */
  bindingKey: z.enum(['kept', 'none']),
  certificates: z.array(
    z.object({
      ...{ id, source: z.enum(['acme', 'upload']), issuedBy: z.string(), names: z.array(z.string()) },
      ...{ notBefore: time, notAfter: time, renewAt: time.nullable(), installedAt: time.nullable() },
    }),
  ),
  hosts: z.object({ total: amount, certified: amount, refused: amount }),
  ordering: amount,
  later: z.array(z.object({ names: amount, until: time, why: z.enum(['weekly_limit', 'pace']) })),
  wait: waiting,
  fault: z.object({ at: time, reason: z.string() }).nullable(),
  week: z.object({ domain: z.string().nullable(), used: amount, most: amount }),
  nextAt: time.nullable(),
});
const documentOf = async (context: OperationContext): Promise<z.input<typeof document>> => {
  const { settings, hosts, wait, fault, nextAt, ...state } = await stateOf(context);
  return {
    ...{ settings, bindingKey: state.bindingKey, ordering: state.ordering, week: state.week, nextAt: iso(nextAt) },
    certificates: state.certificates.map((one) => ({
      ...{ id: one.id, source: one.source, issuedBy: one.issuedBy, names: [...one.names] },
      ...{ notBefore: one.notBefore.toISOString(), notAfter: one.notAfter.toISOString() },
      ...{ renewAt: iso(renewsAt(one, settings)), installedAt: iso(one.installedAt) },
    })),
    hosts: {
      total: hosts.length,
      certified: hosts.filter((one) => one.source !== 'internal').length,
      refused: hosts.filter((one) => one.refusal !== null).length,
    },
    later: state.later.map(({ names, until, why }) => ({ names: names.length, until: until.toISOString(), why })),
    wait: wait === null ? null : { until: wait.until.toISOString(), reason: context.sentence(wait.reason) },
    fault: fault === null ? null : { at: fault.at.toISOString(), reason: context.sentence(fault.reason) },
  };
};

export const certificateShow = operation({
  name: 'certificate.show',
  summary: 'Who signs the certificates of hosts, which there are, and what comes when',
  method: 'get',
  path: '/certificates',
  action: 'settings.read',
  cli: ['certificate show'],
  screens,
  answer: document,
  run: documentOf,
});

export const certificateHosts = listOperation({
  name: 'certificate.hosts',
  summary: 'Every host that serves, its certificate, and why the authority refuses it',
  method: 'get',
  path: '/certificates/hosts',
  action: 'settings.read',
  cli: ['certificate hosts'],
  screens,
  item: z.object({
    host: z.string(),
    source: z.enum(['acme', 'upload', 'internal']),
    issuedBy: z.string().nullable(),
    notAfter: time.nullable(),
    renewAt: time.nullable(),
    problem: z.string().nullable(),
    retryAt: time.nullable(),
  }),
  key: (one) => one.host,
  order: 'asc',
  columns: [
    { name: 'host', of: (one) => one.host },
    { name: 'source', of: (one) => one.source },
    { name: 'issuedBy', of: (one) => one.issuedBy },
    { name: 'notAfter', of: (one) => one.notAfter },
    { name: 'renewAt', of: (one) => one.renewAt },
    { name: 'problem', of: (one) => one.problem },
  ],
  rows: async (context) =>
    (await stateOf(context)).hosts.map(({ host, source, issuedBy, notAfter, renewAt, refusal }) => ({
      ...{ host, source, issuedBy, notAfter: iso(notAfter), renewAt: iso(renewAt) },
      problem: refusal === null ? null : context.sentence(refusalReason(refusal)),
      retryAt: iso(refusal?.retryAt ?? null),
    })),
});

export const certificateChange = operation({
  name: 'certificate.change',
  summary: 'Choose who signs: this installation or an ACME authority; bindingKey null keeps the one there is',
  method: 'post',
  path: '/certificates/authority',
  action: 'settings.write',
  cli: ['certificate authority'],
  screens: ['post /pengaturan/sertifikat'],
  body: z.strictObject({
    settings: z.strictObject(certificateSchema.shape),
    bindingKey: z.string().max(500).nullable().default(null),
  }),
  answer: document,
  async run(context, { settings, bindingKey }) {
    await context.deps.certificates.change(context.actor, settings, bindingKey);
    return documentOf(context);
  },
});

const files = z.strictObject({
  /** PEM: the certificate of the names first, then who signed it. */
  certificate: z.string().max(100_000),
  /** PEM without password. */
  key: z.string().max(20_000),
});
const checked = z.object({
  names: z.array(z.string()),
  issuedBy: z.string(),
  notBefore: time.nullable(),
  notAfter: time.nullable(),
  problems: z.array(z.string()),
  covered: amount,
  hosts: z.array(z.object({ host: z.string(), by: z.string().nullable() })),
});
const checkedOf = (check: UploadCheck): z.input<typeof checked> => ({
  ...{ names: [...check.names], issuedBy: check.issuedBy, problems: [...check.problems] },
  ...{ notBefore: iso(check.notBefore), notAfter: iso(check.notAfter), hosts: [...check.hosts] },
  covered: check.hosts.filter((one) => one.by !== null).length,
});

export const certificateCheck = operation({
  name: 'certificate.check',
  summary: 'What an own certificate would cover, host by host; keeps nothing',
  method: 'post',
  path: '/certificates/check',
  action: 'settings.read',
  cli: ['certificate check'],
  screens: ['post /pengaturan/sertifikat'],
  body: files,
  answer: checked,
  run: async ({ deps, actor }, { certificate, key }) =>
    checkedOf(await deps.certificates.check(actor, certificate, key)),
});

export const certificateUpload = operation({
  name: 'certificate.upload',
  summary: 'Use an own certificate for the hosts it covers; the others keep what they have',
  method: 'post',
  path: '/certificates',
  action: 'settings.write',
  cli: ['certificate upload'],
  screens: ['post /pengaturan/sertifikat'],
  status: 201,
  body: files,
  answer: checked,
  run: async ({ deps, actor }, { certificate, key }) =>
    checkedOf(await deps.certificates.upload(actor, certificate, key)),
});

export const certificateRemove = operation({
  name: 'certificate.remove',
  summary: 'Use an own certificate no more; its hosts get another one',
  method: 'delete',
  path: '/certificates/{id}',
  action: 'settings.write',
  cli: ['certificate remove'],
  screens: ['post /pengaturan/sertifikat'],
  params: idParams,
  answer: z.object({ id }),
  async run({ deps, actor }, input) {
    await deps.certificates.remove(actor, input.id);
    return { id: input.id };
  },
});

export const certificateRetry = operation({
  name: 'certificate.retry',
  summary: 'Ask the authority again for what it refused, within half a minute; the limit of the week stays',
  method: 'post',
  path: '/certificates/retry',
  action: 'settings.write',
  cli: ['certificate retry'],
  screens: ['post /pengaturan/sertifikat'],
  status: 202,
  answer: document,
  async run(context) {
    await context.deps.certificates.retry(context.actor);
    return documentOf(context);
  },
});
