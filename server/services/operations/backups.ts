import { z } from 'zod';
import { amount, id, idParams, iso, kode, time } from './fields';
import { listOperation } from './list-operation';
import { operation } from './operation';

const MOST = 10_000;
const finding = z.enum(['sound', 'missing', 'changed']).nullable();
/** Every dump, of shared databases and of those of one desa. */
const ALL = { schemas: [], among: 'others' } as const;

export const backupList = listOperation({
  name: 'backup.list',
  summary: 'Verified dumps of databases, newest first, with what the last look at each file found',
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
    finding,
    checkedAt: time.nullable(),
  }),
  key: (one) => one.id,
  order: 'desc',
  columns: [
    { name: 'id', of: (one) => one.id },
    { name: 'schema', of: (one) => one.schemaName },
    { name: 'createdAt', of: (one) => one.createdAt },
    { name: 'bytes', of: (one) => one.bytes },
    { name: 'tables', of: (one) => one.tables },
    { name: 'finding', of: (one) => one.finding },
    { name: 'path', of: (one) => one.path },
  ],
  rows: async ({ deps }) =>
    (await deps.transact.read.dumps.page(ALL, MOST, 0)).map((one) => ({
      ...one,
      createdAt: one.createdAt.toISOString(),
      checkedAt: iso(one.checkedAt),
    })),
});

export const archiveList = listOperation({
  name: 'backup.archives',
  summary: 'What is kept of removed desa, newest first',
  method: 'get',
  path: '/archives',
  action: 'backup.read',
  cli: ['backup archives'],
  screens: ['get /cadangan'],
  item: z.object({ id, kode, path: z.string(), bytes: amount, createdAt: time, finding, checkedAt: time.nullable() }),
  key: (one) => one.id,
  order: 'desc',
  columns: [
    { name: 'id', of: (one) => one.id },
    { name: 'kode', of: (one) => one.kode },
    { name: 'createdAt', of: (one) => one.createdAt },
    { name: 'bytes', of: (one) => one.bytes },
    { name: 'finding', of: (one) => one.finding },
    { name: 'path', of: (one) => one.path },
  ],
  rows: async ({ deps }) =>
    (await deps.transact.read.archives.list(MOST)).map(({ desaKode, createdAt, checkedAt, ...one }) => ({
      ...one,
      kode: desaKode,
      createdAt: createdAt.toISOString(),
      checkedAt: iso(checkedAt),
    })),
});

/** `asked` false: the same was asked for before and is not done yet. */
const answer = z.object({ asked: z.boolean() });

export const backupMake = operation({
  name: 'backup.make',
  summary: 'A dump of one shared database, made by the worker and verified before it appears',
  method: 'post',
  path: '/backups',
  action: 'database.dump',
  cli: ['backup make'],
  screens: ['post /cadangan/buat'],
  status: 202,
  body: z.strictObject({ database: z.string().trim().min(1).max(64) }),
  answer,
  run: async ({ deps, actor }, { database }) => ({ asked: await deps.backups.dumpNow(actor, database) }),
});

export const backupCheck = operation({
  name: 'backup.check',
  summary: 'Let the worker read the file of a dump again and compare it with what was written down',
  method: 'post',
  path: '/backups/{id}/check',
  action: 'backup.write',
  cli: ['backup check'],
  screens: ['post /cadangan/:jenis/:id/periksa'],
  status: 202,
  params: idParams,
  answer,
  run: async ({ deps, actor }, input) => ({ asked: await deps.backups.check(actor, 'dump', input.id) }),
});

export const archiveCheck = operation({
  name: 'backup.archive.check',
  summary: 'Let the worker read every file of an archive again and compare it with its manifest',
  method: 'post',
  path: '/archives/{id}/check',
  action: 'backup.write',
  cli: ['backup check'],
  screens: ['post /cadangan/:jenis/:id/periksa'],
  status: 202,
  params: idParams,
  answer,
  run: async ({ deps, actor }, input) => ({ asked: await deps.backups.check(actor, 'archive', input.id) }),
});

export const backupRemove = operation({
  name: 'backup.remove',
  summary: 'Let the worker take a dump away; never the newest one of its database',
  method: 'delete',
  path: '/backups/{id}',
  action: 'backup.write',
  cli: ['backup remove'],
  screens: ['get /cadangan/cuplikan/:id/hapus', 'post /cadangan/cuplikan/:id/hapus'],
  status: 202,
  params: idParams,
  answer,
  run: async ({ deps, actor }, input) => ({ asked: await deps.backups.removeDump(actor, input.id) }),
});
