import { ulid } from 'ulid';
import type { AppAdapter } from '../../provisioners/contracts';
import type { RolloutKind, RolloutPolicy } from '../../server/domain/rollout';
import { planRollout, type RolloutRequest } from '../../server/domain/rollout-plan';
import { freshStages } from '../../server/rollouts/coordinator';
import type { Transactor } from '../../server/stores';
import type { EngineBench } from './engine-bench';
import { addDesa, hostOf } from './world-picture';

const addInstance = async (
  bench: EngineBench,
  stores: Transactor['read'],
  { kode, app }: { readonly kode: string; readonly app: AppAdapter | undefined },
): Promise<string> => {
  const [server] = (await bench.control.db('servers').select('id')) as { id: string }[];
  const made = await stores.instances.ensure({
    id: ulid(),
    wilayahKode: kode,
    serverId: server?.id ?? '',
    databaseId: app?.database === 'own' ? null : bench.databaseId,
    app: app?.name ?? '',
    wanted: 'running',
  });
  return made.id;
};

/** Plans and starts a rollout as the service does, without its people and settings; throws with the reasons when it may not. */
export const planOnBench = (
  bench: EngineBench,
  apps: ReadonlyMap<string, AppAdapter>,
  request: RolloutRequest,
  policy: Partial<RolloutPolicy>,
): Promise<string> =>
  bench.transact.run(async (stores) => {
    for (const kode of request.kodes)
      if ((await stores.desa.find(kode)) === null && request.kind === 'install') await addDesa(bench, kode);
    const databases = await stores.databases.list();
    const facts = {
      desa: request.kodes.map((kode) => ({
        kode,
        kecamatanKode: kode.slice(0, 8),
        nama: `Desa ${kode}`,
        host: hostOf(kode),
      })),
      kecamatan: {},
      instances: await stores.instances.all(),
      releases: await stores.releases.list(),
      apps: [...apps.values()],
      schemaRelease: Object.fromEntries(databases.map((one) => [one.app, one.schemaReleaseId])),
      busy: Object.fromEntries(await stores.rollouts.busyDesa()),
      updating: new Set<string>(),
      takenHosts: {},
    };
    const planned = planRollout(facts, request, { waves: policy.waves ?? [] });
    if (planned.blocked.length > 0 || planned.members.length === 0)
      throw new Error(JSON.stringify([planned.blocked, planned.leftOut]));
    const id = ulid();
    await stores.rollouts.create({
      id,
      kind: request.kind as RolloutKind,
      state: 'checking',
      stage: 'check',
      title: '',
      policy: { waves: [], parallel: 4, soakSeconds: 0, haltAt: 2, acknowledged: [], hosts: request.hosts, ...policy },
      releases: planned.releases,
      stages: freshStages(),
      planHash: 'x'.repeat(64),
      requestedBy: 'test',
    });
    const members = await Promise.all(
      planned.members.map(async (one) => ({
        ...one,
        rolloutId: id,
        instanceId: one.instanceId ?? (await addInstance(bench, stores, { kode: one.kode, app: apps.get(one.app) })),
      })),
    );
    await stores.rollouts.addMembers(members);
    return id;
  });
