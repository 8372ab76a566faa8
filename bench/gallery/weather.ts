import { ulid } from 'ulid';
import type { Finding, Server } from '../../server/domain/server';
import { liveEvent } from '../../server/rollouts/member-events';
import type { Transactor } from '../../server/stores';
import { REQUESTED_BY } from '../fleet/plan';

const GIB = 2 ** 30;
const KEY = 'ssh-ed25519 SHA256:9f41c7d2a05b6b9e7d0c2a6a8e4f1b3c5d7e9f0a1b2';
const HEALTHY = {
  osId: 'debian',
  osVersion: '12',
  kernel: '6.1.0-26-amd64',
  arch: 'x86_64',
  cores: 16,
  memoryBytes: 64 * GIB,
  diskFreeBytes: 700 * GIB,
  engineVersion: '20.10.24',
  storageDriver: 'overlay2',
  liveRestore: true,
  neighbourLimit: 16384,
  skewSeconds: 0,
};
const machine = (name: string, rest: Partial<Server>): Omit<Server, 'checkedAt'> => ({
  id: ulid(),
  name,
  target: 'docker',
  engineUrl: null,
  ssh: { host: '10.20.4.12', port: 22, user: 'root' },
  hostKey: KEY,
  state: 'ready',
  facts: { facts: HEALTHY, findings: [] },
  parallel: 8,
  ...rest,
});
const checkLocal = (transact: Transactor, state: Server['state'], facts: Server['facts']): Promise<void> =>
  transact.run(async (stores) => {
    const local = (await stores.servers.list()).find((one) => one.ssh === null);
    if (local !== undefined) await stores.servers.setChecked(local.id, state, facts);
  });
const addRelease = async (
  transact: Transactor,
  version: string,
  row: Readonly<Record<string, unknown>>,
): Promise<string> => {
  const id = ulid();
  const fresh = { id, app: 'opensid', version, channel: 'umum' as const, source: `/media/usb/opensid-${version}.zip` };
  await transact.run(async (stores) => {
    await stores.releases.create({ ...fresh, tag: null, requestedBy: REQUESTED_BY });
    await stores.knex('releases').where({ id }).update(row);
    const body = { done: 412_000_000, total: 640_000_000, perSecond: 3_100_000, reason: null };
    await stores.events.append([liveEvent(`release:${id}`, 'release.state', { state: 'fetching', ...body })]);
  });
  return id;
};

/** A working day: another server, a release on its way, dumps that somebody checked, one archive. */
export const makeBusy = async (transact: Transactor): Promise<void> => {
  const { knex } = transact.read;
  await checkLocal(transact, 'ready', { facts: HEALTHY, findings: [] });
  await transact.run((stores) => stores.servers.create(machine('sp-02', {})));
  await addRelease(transact, '2412.0.0', { state: 'fetching', stage_done: 412_000_000, stage_total: 640_000_000 });
  await knex.raw(
    `UPDATE dumps SET finding = 'sound', checked_at = UTC_TIMESTAMP() - INTERVAL 3 HOUR ORDER BY id DESC LIMIT 2`,
  );
  await transact.run((stores) =>
    stores.archives.create({
      id: ulid(),
      desaKode: '11.08.12.2009',
      path: '/var/lib/siappakai/archives/1108122009-opensid-01JD8W3T5QX7YV2M9K4H8B3',
      manifest: {
        nama: '',
        app: 'opensid',
        files: [{ name: 'berkas.tar.gz' }, { name: 'db_gabungan.sql.gz' }],
        rows: [{ table: 'penduduk', rows: 212_391 }],
      },
      bytes: 61_000_000,
    }),
  );
};

const TROUBLES: readonly Finding[] = [
  { code: 'engine_silent', severity: 'error', params: {} },
  { code: 'disk_small', severity: 'error', params: { found: 3, need: 38 } },
  { code: 'neighbours_few', severity: 'warning', params: { found: 1024, need: 4096 } },
];
/** A bad day: no worker, engine or disk, a server out of reach, a broken archive, a failed dump, damaged files, a changed audit trail. */
export const makeFailing = async (transact: Transactor): Promise<void> => {
  const { knex } = transact.read;
  const facts = { ...HEALTHY, engineVersion: null, diskFreeBytes: 3 * GIB, neighbourLimit: 1024 };
  await transact.read.workers.beat(ulid(), process.pid, new Date());
  await checkLocal(transact, 'unfit', { facts, findings: TROUBLES });
  await transact.run((stores) => stores.servers.create(machine('sp-02', { state: 'unreachable' })));
  await addRelease(transact, '2412.0.0', { state: 'refused', reason_code: 'truncated', reason: '{}' });
  await knex.raw(`UPDATE dumps SET finding = 'changed', checked_at = UTC_TIMESTAMP() ORDER BY id DESC LIMIT 1`);
  await knex.raw(
    `UPDATE dumps SET finding = 'missing', checked_at = UTC_TIMESTAMP() WHERE finding IS NULL ORDER BY id DESC LIMIT 1`,
  );
  const reason = { code: 'provision_no_space', params: { free: 3 * GIB, needed: 38 * GIB } };
  await transact.run(async (stores) => {
    const id = ulid();
    await stores.chores.ask({ id, kind: 'dump', subject: 'gabungan', requestedBy: REQUESTED_BY });
    await stores.chores.end(id, 'failed', reason);
  });
  await knex('audit').where({ id: 300 }).update({ object: 'desa:11.08.01.2001x' });
};
