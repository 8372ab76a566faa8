import type { MemberState, Rollout } from '../../domain/rollout';
import { tileState } from '../../domain/tile-state';
import type { Stores } from '../../stores';

/** A rollout as lists tell it: counted in the database, without its thousands of members. */
export interface RolloutTally {
  readonly rollout: Rollout;
  /** Desa by state and wave. */
  readonly desa: readonly { readonly state: MemberState; readonly wave: number; readonly count: number }[];
  /** Per app the release most of its members come from and the one they go to. */
  readonly apps: readonly { readonly app: string; readonly from: string | null; readonly to: string | null }[];
  /** Name of the desa when there is only one. */
  readonly only: string | null;
  /** release id → version */
  readonly versions: ReadonlyMap<string, string>;
}
const streamOf = (id: string): string => `rollout:${id}`;
type Counted = Pick<RolloutTally, 'desa' | 'apps' | 'only'>;
type Desa = Counted['desa'];

interface StateRow {
  readonly rollout: string;
  readonly states: string;
  readonly wave: number;
  readonly n: number;
}
interface AppRow {
  readonly rollout: string;
  readonly app: string;
  readonly from_release_id: string | null;
  readonly to_release_id: string | null;
  readonly n: number;
}
interface NameRow {
  readonly rollout: string;
  readonly nama: string;
}
const STATES = (places: string): string => `
  SELECT rollout, states, wave, COUNT(*) AS n FROM (
    SELECT rollout_id AS rollout, MIN(wave) AS wave, GROUP_CONCAT(state ORDER BY position) AS states
    FROM rollout_members WHERE rollout_id IN (${places}) GROUP BY rollout_id, kode
  ) d GROUP BY rollout, states, wave`;
const APPS = (places: string): string => `
  SELECT rollout_id AS rollout, app, from_release_id, to_release_id, COUNT(*) AS n
  FROM rollout_members WHERE rollout_id IN (${places}) GROUP BY rollout_id, app, from_release_id, to_release_id`;
const NAMES = (places: string): string => `
  SELECT rollout_id AS rollout, MIN(nama) AS nama
  FROM rollout_members WHERE rollout_id IN (${places}) GROUP BY rollout_id HAVING MIN(kode) = MAX(kode)`;

const desaOf = (rows: readonly StateRow[]): Desa => {
  const counts = new Map<string, { state: MemberState; wave: number; count: number }>();
  for (const { states, wave, n } of rows) {
    const state = tileState(states.split(',') as MemberState[]);
    const key = `${state} ${wave}`;
    const known = counts.get(key);
    counts.set(key, { state, wave, count: (known?.count ?? 0) + n });
  }
  return [...counts.values()];
};
const appsOf = (rows: readonly AppRow[]): Counted['apps'] => {
  const names = [...new Set(rows.map((row) => row.app))];
  return names.map((app) => {
    const own = rows.filter((row) => row.app === app);
    const from = new Map<string | null, number>();
    for (const row of own) from.set(row.from_release_id, (from.get(row.from_release_id) ?? 0) + row.n);
    const [most] = [...from].sort((left, right) => right[1] - left[1]);
    return { app, from: most?.[0] ?? null, to: own.find((row) => row.to_release_id !== null)?.to_release_id ?? null };
  });
};

const count = async (read: Stores, ids: readonly string[]): Promise<ReadonlyMap<string, Counted>> => {
  if (ids.length === 0) return new Map();
  const places = ids.map(() => '?').join(', ');
  const ask = async (sql: (places: string) => string): Promise<unknown> =>
    ((await read.knex.raw(sql(places), [...ids])) as [unknown])[0];
  const states = (await ask(STATES)) as readonly StateRow[];
  const apps = (await ask(APPS)) as readonly AppRow[];
  const names = (await ask(NAMES)) as readonly NameRow[];
  const of = <T extends { readonly rollout: string }>(rows: readonly T[], id: string): readonly T[] =>
    rows.filter((row) => row.rollout === id);
  return new Map(
    ids.map((id) => [
      id,
      { desa: desaOf(of(states, id)), apps: appsOf(of(apps, id)), only: of(names, id)[0]?.nama ?? null },
    ]),
  );
};

/** Counts rollouts; again only after somebody changed them, which their stream says: no member changes without an event. */
export class RolloutTallies {
  private readonly read: Stores;
  private readonly counted = new Map<string, { readonly stamp: string; readonly counted: Counted }>();
  constructor(read: Stores) {
    this.read = read;
  }

  async of(rollouts: readonly Rollout[]): Promise<readonly RolloutTally[]> {
    const ids = rollouts.map((one) => one.id);
    const stamps = await this.stamps(rollouts);
    const known = (id: string): Counted | null => {
      const found = this.counted.get(id);
      return found !== undefined && found.stamp === stamps.get(id) ? found.counted : null;
    };
    const [counted, releases] = await Promise.all([
      count(
        this.read,
        ids.filter((id) => known(id) === null),
      ),
      this.read.knex('releases').select('id', 'version') as Promise<
        readonly { readonly id: string; readonly version: string }[]
      >,
    ]);
    const versions = new Map(releases.map((one) => [one.id, one.version] as const));
    return rollouts.map((rollout) => {
      const own = known(rollout.id) ?? counted.get(rollout.id) ?? { desa: [], apps: [], only: null };
      this.counted.set(rollout.id, { stamp: stamps.get(rollout.id) ?? '', counted: own });
      return { rollout, versions, ...own };
    });
  }

  private async stamps(rollouts: readonly Rollout[]): Promise<ReadonlyMap<string, string>> {
    const rows = (await this.read
      .knex('streams')
      .whereIn(
        'stream',
        rollouts.map((one) => streamOf(one.id)),
      )
      .select('stream', 'last_seq')) as readonly { readonly stream: string; readonly last_seq: number }[];
    const seqs = new Map(rows.map((row) => [row.stream, row.last_seq] as const));
    return new Map(
      rollouts.map(({ id, state, endedAt }) => [
        id,
        `${seqs.get(streamOf(id)) ?? 0} ${state} ${endedAt?.toISOString() ?? ''}`,
      ]),
    );
  }
}
