import { z } from 'zod';
import { amount, iso, kode, time } from './fields';
import { listOperation } from './list-operation';

const late = z.object({ kode, nama: z.string(), kecamatan: z.string(), release: z.string() });
const measure = z.object({
  version: z.string(),
  bytes: amount.nullable(),
  sizedAt: time.nullable(),
  connections: z.object({ used: amount, max: amount }),
  sampledAt: time,
});

export const databaseList = listOperation({
  name: 'database.list',
  summary: 'Shared databases: the release whose structure each has, who is behind it, size, connections, last dump',
  method: 'get',
  path: '/databases',
  action: 'database.read',
  cli: ['database list'],
  screens: ['get /basis-data'],
  item: z.object({
    name: z.string(),
    schemaName: z.string(),
    app: z.string(),
    channel: z.string(),
    schemaRelease: z.string().nullable(),
    desa: amount,
    late: z.array(late).readonly(),
    measure: measure.nullable(),
    laneSince: time.nullable(),
    lastDump: z.object({ createdAt: time, bytes: amount }).nullable(),
  }),
  key: (one) => one.name,
  order: 'asc',
  columns: [
    { name: 'name', of: (one) => one.name },
    { name: 'app', of: (one) => one.app },
    { name: 'channel', of: (one) => one.channel },
    { name: 'schemaRelease', of: (one) => one.schemaRelease },
    { name: 'desa', of: (one) => one.desa },
    { name: 'late', of: (one) => one.late.length },
    { name: 'bytes', of: (one) => one.measure?.bytes ?? null },
    { name: 'lastDump', of: (one) => one.lastDump?.createdAt ?? null },
  ],
  async rows({ deps, actor }) {
    const { shared } = await deps.databaseModel.report(actor);
    return shared.map(({ measure: found, laneSince, lastDump, ...one }) => ({
      ...one,
      measure:
        found === null ? null : { ...found, sizedAt: iso(found.sizedAt), sampledAt: found.sampledAt.toISOString() },
      laneSince: iso(laneSince),
      lastDump: lastDump === null ? null : { createdAt: lastDump.createdAt.toISOString(), bytes: lastDump.bytes },
    }));
  },
});
