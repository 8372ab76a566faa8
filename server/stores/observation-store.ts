import type { Knex } from 'knex';
import type { RouteMode } from '../domain/instance';
import { InstanceStore, type Observation } from './instance-store';
import { dateOrNull, text, textOrNull, type Row } from './rows';

/** What was seen, and of what: a look at something that was changed meanwhile says nothing. */
export interface Look {
  readonly instanceId: string;
  readonly container: string | null;
  readonly releaseId: string | null;
  readonly routeMode: RouteMode;
  readonly seen: Observation;
}
interface Known {
  readonly look: Look;
  readonly row: Row;
}

const isTrue = ({ look, row }: Known, busy: ReadonlySet<string>): boolean => {
  const at = dateOrNull(row, 'observed_at');
  return (
    !busy.has(look.instanceId) &&
    textOrNull(row, 'container') === look.container &&
    textOrNull(row, 'release_id') === look.releaseId &&
    textOrNull(row, 'route_mode') === look.routeMode &&
    (at === null || at <= look.seen.at)
  );
};
const isNews = ({ look, row }: Known): boolean =>
  textOrNull(row, 'observed') !== look.seen.observed || textOrNull(row, 'observed_release') !== look.seen.release;
const isSame = (known: Known): boolean =>
  !isNews(known) && textOrNull(known.row, 'observed_reason') === known.look.seen.reason;

/** Writes many looks at once: what is as before costs one statement for all of it. */
export class ObservationStore {
  private readonly db: Knex;
  private readonly instances: InstanceStore;
  constructor(db: Knex) {
    this.db = db;
    this.instances = new InstanceStore(db);
  }

  /** In the caller's transaction. `kept` were true of the world, `news` of them are another state or release than before. */
  async record(looks: readonly Look[]): Promise<{ readonly kept: readonly Look[]; readonly news: readonly Look[] }> {
    const known = await this.known(looks);
    const busy = await this.busy(known.map(({ look }) => look.instanceId));
    const kept = known.filter((one) => isTrue(one, busy));
    for (const { look } of kept.filter((one) => !isSame(one))) await this.instances.observe(look.instanceId, look.seen);
    const same = kept.filter(isSame).map(({ look }) => look);
    await this.repeat(same.filter((look) => !look.seen.deep));
    await this.repeat(same.filter((look) => look.seen.deep));
    return { kept: kept.map(({ look }) => look), news: kept.filter(isNews).map(({ look }) => look) };
  }

  private async known(looks: readonly Look[]): Promise<readonly Known[]> {
    if (looks.length === 0) return [];
    const rows = (await this.db('instances')
      .whereIn(
        'id',
        looks.map((look) => look.instanceId),
      )
      .orderBy('id')
      .forUpdate()
      .select('id', 'container', 'release_id', 'route_mode', 'observed', 'observed_release', 'observed_reason')
      .select('observed_at')) as Row[];
    const byId = new Map(rows.map((row) => [text(row, 'id'), row] as const));
    return looks.flatMap((look) => {
      const row = byId.get(look.instanceId);
      return row === undefined ? [] : [{ look, row }];
    });
  }

  /** Those that are being changed now: the change itself looks at them. */
  private async busy(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const rows = (await this.db('deployments')
      .whereIn(
        'active_subject',
        ids.map((id) => `instance:${id}`),
      )
      .select('subject_id')) as Row[];
    return new Set(rows.map((row) => text(row, 'subject_id')));
  }

  /** As it was, seen again: the earliest moment of the group, so that nothing seems fresher than it is. */
  private async repeat(looks: readonly Look[]): Promise<void> {
    const [first] = [...looks].sort((left, right) => left.seen.at.getTime() - right.seen.at.getTime());
    if (first === undefined) return;
    const { at, deep } = first.seen;
    await this.db('instances')
      .whereIn(
        'id',
        looks.map((look) => look.instanceId),
      )
      .update({
        observed_at: this.db.raw('GREATEST(COALESCE(observed_at, ?), ?)', [at, at]),
        ...(deep ? { deep_observed_at: at } : {}),
      });
  }
}
