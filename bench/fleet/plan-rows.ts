import type { Transactor } from '../../server/stores';
import { APPS, type AppName, type FleetIds, type PlacedInstance } from './plan';
import { placeDesa } from './villages';

const isApp = (text: string): text is AppName => APPS.some((one) => one === text);

/** The members of a rollout in the order of its plan, as the seed made them. */
export const placedInstances = async (
  transact: Transactor,
  rolloutId: string,
): Promise<{ readonly ids: FleetIds; readonly instances: readonly PlacedInstance[] }> => {
  const { read } = transact;
  const desa = new Map((await placeDesa(transact)).map((one) => [String(one.region.kode), one] as const));
  const members = await read.rollouts.members(rolloutId);
  const [releases, databases, servers] = await Promise.all([
    read.releases.list(),
    read.databases.list(),
    read.servers.list(),
  ]);
  return {
    ids: {
      databaseId: databases[0]?.id ?? '',
      serverId: servers[0]?.id ?? '',
      releases: new Map(releases.map((one) => [`${one.app}@${one.version}`, one.id] as const)),
    },
    instances: members.flatMap((one) => {
      const place = desa.get(one.kode);
      return place === undefined || !isApp(one.app) ? [] : [{ id: one.instanceId, app: one.app, desa: place }];
    }),
  };
};
