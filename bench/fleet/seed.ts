import type { AppAdapter } from '../../provisioners/contracts';
import type { SecretBox } from '../../server/auth/secret-box';
import type { Transactor } from '../../server/stores';
import { makeChance } from './chance';
import { addObserver, makeGround, setUp } from './ground';
import { layAudit, layDumps, layHeartbeats, measureUse } from './past';
import { CURRENT, releaseOf, type FleetState, type RolloutWish } from './plan';
import { layNewestRollout, layPastRollouts } from './rollouts';
import { installAll, issueTokens, lookOnABadDay, lookOnAGoodDay, placeDesa } from './villages';

export interface SeedWish {
  readonly state: FleetState;
  readonly rollout: RolloutWish;
}
export interface Seeded {
  /** Codes of all desa, sorted. */
  readonly kodes: readonly string[];
  /** The newest rollout; null = none was wished. */
  readonly rolloutId: string | null;
}
/** What a state usually has going on. */
export const usualRollout = (state: FleetState): RolloutWish =>
  state === 'empty' ? 'none' : state === '852' ? 'half' : 'halted';

/**
 * Fills an empty control database with the largest kabupaten: 852 desa of the official list with three apps each, a year of rollouts,
 * two days of looks, tokens, dumps. The same wish gives the same fleet, but for the moment it was made.
 */
export const seedFleet = async (
  transact: Transactor,
  box: SecretBox,
  apps: ReadonlyMap<string, AppAdapter>,
  wish: SeedWish,
): Promise<Seeded> => {
  const chance = makeChance(852);
  await setUp(transact);
  if (wish.state === 'empty') return { kodes: [], rolloutId: null };
  const ids = await makeGround(transact, box, chance);
  await addObserver(transact, chance);
  const placed = await placeDesa(transact);
  const lookOf = wish.state === 'failing' ? lookOnABadDay : lookOnAGoodDay;
  const instances = await installAll(transact, placed, { ids, box, chance, lookOf });
  await issueTokens(transact, placed, { box, chance }, wish.state === 'failing' ? 'bad' : 'good');
  await transact.read.databases.update(ids.databaseId, { schemaReleaseId: releaseOf(ids, 'opensid', CURRENT) });
  const ground = { transact, ids, apps, instances, chance };
  await layPastRollouts(ground);
  const rolloutId = await layNewestRollout(ground, wish.rollout);
  await layHeartbeats(transact);
  await measureUse(transact, instances, ids, chance);
  await layDumps(transact, wish.state === 'failing' ? 9 : 0, chance);
  await layAudit(transact, instances);
  for (const table of ['instances', 'desa', 'deployments', 'rollout_members', 'events', 'tokens'])
    await transact.read.knex.raw('ANALYZE TABLE ??', [table]);
  return { kodes: placed.map((one) => String(one.region.kode)), rolloutId };
};
