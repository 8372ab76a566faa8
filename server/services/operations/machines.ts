import { z } from 'zod';
import { AppError } from '../../domain/errors';
import type { Server } from '../../domain/server';
import { amount, id, iso, kode, time } from './fields';
import { listOperation } from './list-operation';
import { operation } from './operation';

const fact = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const serverDocument = z.object({
  id,
  name: z.string(),
  target: z.string(),
  ssh: z.object({ host: z.string(), port: z.int(), user: z.string() }).nullable(),
  hostKey: z.string().nullable(),
  state: z.enum(['ready', 'unfit', 'unreachable']),
  facts: z
    .object({
      facts: z.record(z.string(), fact),
      findings: z
        .array(
          z.object({ code: z.string(), severity: z.enum(['error', 'warning']), params: z.record(z.string(), fact) }),
        )
        .readonly(),
    })
    .nullable(),
  parallel: amount,
  checkedAt: time.nullable(),
});
export const serverAnswer = (one: Server): z.input<typeof serverDocument> => ({
  ...one,
  checkedAt: iso(one.checkedAt),
});

export const serverList = listOperation({
  name: 'server.list',
  summary: 'Machines that carry desa',
  method: 'get',
  path: '/servers',
  action: 'server.read',
  cli: ['server list'],
  screens: ['get /server'],
  item: serverDocument,
  key: (one) => one.name,
  order: 'asc',
  columns: [
    { name: 'name', of: (one) => one.name },
    { name: 'state', of: (one) => one.state },
    { name: 'target', of: (one) => one.target },
    { name: 'host', of: (one) => one.ssh?.host ?? null },
  ],
  rows: async ({ deps }) => (await deps.transact.read.servers.list()).map(serverAnswer),
});

export const serverShow = operation({
  name: 'server.show',
  summary: 'One machine with what was found on it',
  method: 'get',
  path: '/servers/{name}',
  action: 'server.read',
  cli: ['server show'],
  screens: ['get /server'],
  params: z.strictObject({ name: z.string().min(1).max(63) }),
  answer: serverDocument,
  async run({ deps }, { name }) {
    const server = await deps.transact.read.servers.findByName(name);
    if (server === null) throw new AppError('not_found', { object: 'server', name }, { field: 'name' });
    return serverAnswer(server);
  },
});

export const databaseList = listOperation({
  name: 'database.list',
  summary: 'Shared databases with the release whose structure each has',
  method: 'get',
  path: '/databases',
  action: 'database.read',
  cli: ['database list'],
  screens: ['get /basis-data'],
  item: z.object({
    id,
    name: z.string(),
    schemaName: z.string(),
    app: z.string(),
    channel: z.enum(['umum', 'premium']),
    schemaRelease: z.string().nullable(),
    desa: amount,
    laneHolder: id.nullable(),
    laneSince: time.nullable(),
  }),
  key: (one) => one.name,
  order: 'asc',
  columns: [
    { name: 'name', of: (one) => one.name },
    { name: 'app', of: (one) => one.app },
    { name: 'channel', of: (one) => one.channel },
    { name: 'schemaRelease', of: (one) => one.schemaRelease },
    { name: 'desa', of: (one) => one.desa },
  ],
  async rows({ deps }) {
    const { read } = deps.transact;
    const [databases, desa, releases] = await Promise.all([
      read.databases.list(),
      read.desa.all(),
      read.releases.list(),
    ]);
    const versions = new Map(releases.map((one) => [one.id, one.version] as const));
    return databases.map(({ schemaReleaseId, laneSince, ...one }) => ({
      ...one,
      schemaRelease: schemaReleaseId === null ? null : (versions.get(schemaReleaseId) ?? null),
      desa: desa.filter(({ databaseId, archivedAt }) => databaseId === one.id && archivedAt === null).length,
      laneSince: iso(laneSince),
    }));
  },
});

const MOST = 10_000;
export const backupList = listOperation({
  name: 'backup.list',
  summary: 'Verified dumps of the shared databases, newest first',
  method: 'get',
  path: '/backups',
  action: 'backup.read',
  cli: ['backup list'],
  screens: ['get /cadangan'],
  item: z.object({
    id,
    schemaName: z.string(),
    deploymentId: id.nullable(),
    path: z.string(),
    bytes: amount,
    sha256: z.string(),
    tables: amount,
    createdAt: time,
  }),
  key: (one) => one.id,
  order: 'desc',
  columns: [
    { name: 'id', of: (one) => one.id },
    { name: 'schema', of: (one) => one.schemaName },
    { name: 'createdAt', of: (one) => one.createdAt },
    { name: 'bytes', of: (one) => one.bytes },
    { name: 'tables', of: (one) => one.tables },
    { name: 'path', of: (one) => one.path },
  ],
  async rows({ deps }) {
    const { read } = deps.transact;
    const schemas = (await read.databases.list()).map((one) => one.schemaName);
    const dumps = await Promise.all(schemas.map((schema) => read.dumps.ofSchema(schema, MOST)));
    return dumps.flat().map((one) => ({ ...one, createdAt: one.createdAt.toISOString() }));
  },
});

export const archiveList = listOperation({
  name: 'backup.archives',
  summary: 'What is kept of removed desa, newest first',
  method: 'get',
  path: '/archives',
  action: 'backup.read',
  cli: ['backup archives'],
  screens: ['get /cadangan'],
  item: z.object({ id, kode, path: z.string(), bytes: amount, createdAt: time }),
  key: (one) => one.id,
  order: 'desc',
  columns: [
    { name: 'id', of: (one) => one.id },
    { name: 'kode', of: (one) => one.kode },
    { name: 'createdAt', of: (one) => one.createdAt },
    { name: 'bytes', of: (one) => one.bytes },
    { name: 'path', of: (one) => one.path },
  ],
  rows: async ({ deps }) =>
    (await deps.transact.read.archives.list(MOST)).map((one) => ({
      ...{ id: one.id, kode: one.desaKode, path: one.path, bytes: one.bytes },
      createdAt: one.createdAt.toISOString(),
    })),
});
