import type { AppAdapter, InstanceContext, OneShotResult, Task, TaskVerdict } from '../../provisioners/contracts';

const task = (ctx: InstanceContext, what: string): Task => ({
  argv: ['tugas', what, ctx.database?.schema ?? '', ctx.version, ctx.wilayah.kodeAngka],
  files: [],
  timeoutMs: 10_000,
});
const judge = (_task: string, result: OneShotResult): TaskVerdict => {
  const facts = result.exitCode === 0 ? (JSON.parse(result.stdout || '{}') as Record<string, number>) : {};
  return { ok: result.exitCode === 0, reason: result.exitCode === 0 ? null : 'exit', facts };
};
const base = (name: string): AppAdapter => ({
  name,
  label: name,
  description: '',
  icon: 'x',
  scope: 'desa',
  path: '/',
  order: 10,
  needs: [],
  database: 'shared',
  phpLines: ['8.2'],
  pairing: 'any',
  licence: 'gpl',
  limits: { memoryBytes: 1, memoryReservationBytes: 1, pids: 1 },
  holdsTraffic: false,
  secrets: {},
  volumes: [{ key: 'isi', target: '/isi', folders: [] }],
  sharedMounts: [],
  tmpfs: [],
  configTargets: [],
  readRelease: () => Promise.reject(new Error('not here')),
  files: (ctx) => [
    {
      path: 'jawaban',
      mode: 0o600,
      uid: 33,
      gid: 33,
      content: JSON.stringify({
        key: ctx.identityKey,
        kode: ctx.wilayah.kode,
        nama: ctx.wilayah.nama,
        version: ctx.version,
        instance: ctx.instanceId,
        // As in the real ones: the app at `/` alone carries it.
        ...(name === 'opensid' ? { token: ctx.shared['token'] } : {}),
      }),
    },
  ],
  seedFiles: () => ({}),
  tasks: {},
  judge,
  page: (ctx) => ({ path: '/', mustContain: [ctx.wilayah.nama, ctx.version] }),
  firstAccount: null,
});

/** Three apps as the real ones are built: one shared, one that borrows from it, one with a schema of its own. */
export const FAKE_APPS: ReadonlyMap<string, AppAdapter> = new Map(
  [
    {
      ...base('opensid'),
      tasks: {
        provision: (ctx: InstanceContext) => task(ctx, 'provision'),
        migrate: (ctx: InstanceContext) => task(ctx, 'migrate'),
        followUp: (ctx: InstanceContext) => task(ctx, 'followUp'),
      },
      tenantRows: (id: number) => ({ root: { table: 'config', key: 'id' }, column: 'config_id', id, followers: [] }),
      template: {
        kode: '00.00.00.0000',
        kodeAngka: '0000000000',
        nama: 'Templat',
        jenis: 'desa' as const,
        kecamatan: { kode: '00.00.00', nama: 'T' },
        kabupaten: { kode: '00.00', nama: 'T' },
        provinsi: { kode: '00', nama: 'T' },
      },
    },
    { ...base('api'), path: '/api', order: 20, needs: ['opensid'], database: 'borrowed' as const },
    {
      ...base('pbb'),
      path: '/pbb',
      order: 30,
      needs: ['opensid'],
      database: 'own' as const,
      holdsTraffic: true,
      tasks: {
        provision: (ctx: InstanceContext) => task(ctx, 'provision'),
        migrate: (ctx: InstanceContext) => task(ctx, 'migrate'),
      },
    },
  ].map((app) => [app.name, app] as const),
);
