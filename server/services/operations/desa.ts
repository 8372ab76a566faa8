import { z } from 'zod';
import { AppError } from '../../domain/errors';
import { appName } from '../../domain/rollout-request';
import { desaParams, iso, kode, time } from './fields';
import { listOperation } from './list-operation';
import { operation } from './operation';

const DESA_STATUS = [
  'not_installed',
  'installing',
  'healthy',
  'updating',
  'degraded',
  'down',
  'stopped',
  'unknown',
] as const;
const HEALTH = [
  'unknown',
  'installing',
  'updating',
  'healthy',
  'held',
  'degraded',
  'drift',
  'down',
  'wrong_identity',
  'dns_elsewhere',
  'stopped',
  'not_installed',
] as const;

export const instanceDocument = z.object({
  app: z.string(),
  release: z.string().nullable(),
  observedRelease: z.string().nullable(),
  observedAt: time.nullable(),
  observedSince: time.nullable(),
  state: z.enum(['running', 'stopped', 'installing', 'updating', 'not_installed']),
  health: z.enum(HEALTH),
  reason: z.string().nullable(),
  url: z.string().nullable(),
  container: z.string().nullable(),
  behind: z.boolean(),
});
export const desaDocument = z.object({
  kode,
  nama: z.string(),
  jenis: z.string(),
  kecamatan: z.string(),
  kecamatanKode: kode,
  host: z.string().nullable(),
  status: z.enum(DESA_STATUS),
  instances: z.array(instanceDocument).readonly(),
});
export type DesaAnswer = z.output<typeof desaDocument>;

const appText = (one: z.output<typeof instanceDocument>): string =>
  `${one.app} ${one.observedRelease ?? '—'} ${one.health}${one.behind ? ' (tertinggal)' : ''}`;

export const desaList = listOperation({
  name: 'desa.list',
  summary: 'Desa of the kabupaten and what was seen of them',
  method: 'get',
  path: '/desa',
  action: 'desa.read',
  cli: ['desa list'],
  screens: ['get /desa', 'get /'],
  query: z.strictObject({
    kecamatan: z.string().trim().min(1).max(120).exactOptional(),
    status: z.enum(DESA_STATUS).exactOptional(),
    app: appName.exactOptional(),
    release: z.string().trim().min(1).max(60).exactOptional(),
    search: z.string().trim().max(120).exactOptional(),
    jenis: z.enum(['desa', 'kelurahan', 'desa_adat']).exactOptional(),
    installed: z.enum(['only', 'all']).default('all'),
  }),
  item: desaDocument,
  key: (one) => one.kode,
  order: 'asc',
  columns: [
    { name: 'kode', of: (one) => one.kode },
    { name: 'nama', of: (one) => one.nama },
    { name: 'kecamatan', of: (one) => one.kecamatan },
    { name: 'status', of: (one) => one.status },
    { name: 'app', of: (one) => one.instances.map(appText).join(', ') },
    { name: 'host', of: (one) => one.host },
  ],
  rows: ({ deps, actor }, filter) => deps.desaModel.list(actor, filter),
});

export const desaShow = operation({
  name: 'desa.show',
  summary: 'One desa with its apps',
  method: 'get',
  path: '/desa/{kode}',
  action: 'desa.read',
  cli: ['desa show'],
  screens: ['get /desa/:kode'],
  params: desaParams,
  answer: desaDocument,
  run: ({ deps, actor }, { kode: wanted }) => deps.desaModel.show(actor, wanted),
});

export const desaObserve = operation({
  name: 'desa.observe',
  summary: 'Ask for a fresh look at the apps of a desa; it comes within half a minute',
  method: 'post',
  path: '/desa/{kode}/observe',
  action: 'desa.read',
  cli: ['desa observe'],
  screens: ['post /desa/:kode/amati'],
  status: 202,
  params: desaParams,
  answer: desaDocument,
  async run({ deps, actor }, { kode: wanted }) {
    await deps.desa.lookAgain(actor, wanted);
    return deps.desaModel.show(actor, wanted);
  },
});

export const desaPassword = operation({
  name: 'desa.password',
  summary: 'First admin password of the site of a desa; shown once',
  method: 'post',
  path: '/desa/{kode}/password',
  action: 'desa.password',
  cli: ['desa password'],
  screens: ['post /desa/:kode/sandi'],
  secret: true,
  params: desaParams,
  answer: z.object({ kode, username: z.string(), password: z.string() }),
  run: async ({ deps, actor }, { kode: wanted }) => ({
    kode: wanted,
    ...(await deps.desa.firstPassword(actor, wanted)),
  }),
});

export const desaLog = operation({
  name: 'desa.log',
  summary: 'Last lines of the container that serves an app',
  method: 'get',
  path: '/desa/{kode}/apps/{app}/log',
  action: 'desa.logs',
  cli: ['desa logs'],
  screens: ['get /desa/:kode/log/:app'],
  params: desaParams.extend({ app: appName }),
  answer: z.array(
    z.object({
      line: z.string(),
      at: z.string().nullable().optional(),
      level: z.enum(['info', 'dim', 'warn', 'error']).nullable().optional(),
    }),
  ),
  async run({ deps, actor }, { kode: wanted, app }) {
    const container = await deps.desa.containerOf(actor, wanted, app);
    if (container === null) throw new AppError('not_installed', { kode: wanted, app }, { field: 'app' });
    return (await deps.containerLog(wanted, app)).map(({ at, level, text }) => ({ line: text, at, level }));
  },
});

export const tokenShow = operation({
  name: 'token.show',
  summary: 'The registration token a desa has now, without the token itself',
  method: 'get',
  path: '/desa/{kode}/token',
  action: 'token.read',
  cli: ['token show'],
  screens: ['get /desa/:kode'],
  params: desaParams,
  answer: z.object({
    kode,
    jti: z.string(),
    kid: z.string(),
    domain: z.string(),
    startsOn: z.iso.date(),
    endsOn: z.iso.date(),
    daysLeft: z.int(),
    createdAt: time,
    installedAt: time.nullable(),
    revokedAt: time.nullable(),
  }),
  async run({ deps, actor }, { kode: wanted }) {
    const token = await deps.tokens.status(actor, wanted);
    if (token === null) throw new AppError('token_absent', { kode: wanted }, { field: 'kode' });
    const { jti, kid, domain, startsOn, endsOn, daysLeft, createdAt, installedAt, revokedAt } = token;
    const times = { createdAt: createdAt.toISOString(), installedAt: iso(installedAt), revokedAt: iso(revokedAt) };
    return { kode: wanted, jti, kid, domain, startsOn, endsOn, daysLeft, ...times };
  },
});
