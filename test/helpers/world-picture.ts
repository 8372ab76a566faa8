import type { WorkloadSpec } from '../../provisioners/contracts';
import type { EngineBench } from './engine-bench';
import type { FakeDatabase } from './fake-database';
import type { FakeEngine } from './fake-engine';
import type { FakeProxy } from './fake-proxy';

export const KODES = ['33.05.05.2011', '33.05.03.2020'] as const;
export const hostOf = (kode: string): string => `d${kode.replaceAll('.', '')}.localhost`;

export const addDesa = async (bench: EngineBench, kode: string): Promise<void> => {
  await bench.transact.read.desa.ensure({
    kode,
    kecamatanKode: kode.slice(0, 8),
    nama: `Desa ${kode}`,
    jenis: 'desa',
    host: hostOf(kode),
    network: `t-kec-${kode.slice(0, 8).replaceAll('.', '')}`,
    databaseId: bench.databaseId,
  });
};

/** Stands for the proxy: networks are connected to it. */
export const proxyWorkload = (image: string): WorkloadSpec => ({
  name: 't-proxy',
  image,
  labels: {},
  command: ['sleep', '3600'],
  env: {},
  mounts: [],
  networks: [{ network: 't-kontrol' }],
  readOnlyRoot: true,
  capabilities: [],
  restart: 'no',
});

/** What the world looks like, without names that differ from run to run. */
export const pictureOf = async ({
  bench,
  engine,
  database,
  proxy,
  releases,
}: {
  readonly bench: EngineBench;
  readonly engine: FakeEngine;
  readonly database: FakeDatabase;
  readonly proxy: FakeProxy;
  /** image → release id */
  readonly releases: ReadonlyMap<string, string>;
}): Promise<unknown> => {
  const { read } = bench.transact;
  const nameless = (name: string): string => name.replace(/-[0-9a-z]{8}(-konfig)?$/, '-*$1');
  const versions = new Map([...releases].map(([image, id]) => [id, image] as const));
  const rows = await Promise.all(
    (await read.instances.all()).map(async (one) => ({
      at: `${one.wilayahKode} ${one.app}`,
      release: versions.get(one.releaseId ?? '') ?? null,
      route: one.routeMode,
      slot: one.slot,
      hosts: one.hosts,
      serves: one.container !== null && engine.containers.get(one.container)?.state === 'running',
      tenant: (await read.desa.find(one.wilayahKode))?.tenantId !== null,
    })),
  );
  const [lane] = (await bench.control.db('databases').select('lane_holder', 'schema_release_id')) as {
    lane_holder: string | null;
    schema_release_id: string | null;
  }[];
  return {
    rows: rows.sort((left, right) => (left.at < right.at ? -1 : 1)),
    containers: [...engine.containers.values()]
      .map((one) => `${nameless(one.spec.name)} ${one.spec.image} ${one.state}`)
      .sort(),
    volumes: [...engine.volumes.keys()].map(nameless).sort(),
    schemas: [...database.schemas]
      .map(([name, one]) => `${name} ${one.version} ${[...one.tenants.values()].sort().join(',')}`)
      .sort(),
    users: [...database.users].map(([name, one]) => `${name} ${one.grant}`).sort(),
    schemaRelease: versions.get(lane?.schema_release_id ?? '') ?? null,
    lane: lane?.lane_holder ?? null,
    members: (await bench.control
      .db('rollout_members')
      .orderBy(['rollout_id', 'position'])
      .select('app', 'kode', 'state', 'reason_code')) as unknown,
    visits: KODES.flatMap((kode) =>
      ['/', '/api/x', '/pbb/x'].map((url) => `${kode} ${url} ${proxy.visit(hostOf(kode), url).kind}`),
    ),
  };
};
