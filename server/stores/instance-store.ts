import type { Knex } from 'knex';
import type { Desa } from '../domain/desa';
import { errnoOf } from '../domain/errors';
import type { Instance, Observed, RouteMode, Wanted } from '../domain/instance';
import type { Slot } from '../domain/step';
import { desaFromRow } from './desa-store';
import { dateOrNull, jsonOrNull, number, numberOrNull, text, textOrNull, toJson, word, type Row } from './rows';

const REGIONS = ['kecamatan', 'kabupaten', 'provinsi'] as const;
export interface InstanceOfDesa {
  readonly instance: Instance;
  readonly desa: Desa;
  readonly names: ReadonlyMap<string, string>;
}
const fromRow = (row: Row): Instance => ({
  id: text(row, 'id'),
  wilayahKode: text(row, 'wilayah_kode'),
  serverId: text(row, 'server_id'),
  databaseId: textOrNull(row, 'database_id'),
  app: text(row, 'app'),
  wanted: word<Wanted>(row, 'wanted'),
  releaseId: textOrNull(row, 'release_id'),
  slot: textOrNull(row, 'slot') as Slot | null,
  container: textOrNull(row, 'container'),
  addressA: textOrNull(row, 'address_a'),
  addressB: textOrNull(row, 'address_b'),
  network: textOrNull(row, 'network'),
  networkIndex: numberOrNull(row, 'network_index'),
  routeMode: word<RouteMode>(row, 'route_mode'),
  hosts: jsonOrNull<string[]>(row, 'hosts') ?? [],
  schemaName: textOrNull(row, 'schema_name'),
  dbUser: textOrNull(row, 'db_user'),
  secrets: textOrNull(row, 'secrets'),
  observed: word<Observed>(row, 'observed'),
  observedRelease: textOrNull(row, 'observed_release'),
  observedReason: textOrNull(row, 'observed_reason'),
  observedAt: dateOrNull(row, 'observed_at'),
  observedSince: dateOrNull(row, 'observed_since'),
  deepObservedAt: dateOrNull(row, 'deep_observed_at'),
});
const COLUMNS: Readonly<Record<keyof InstanceChange, string>> = {
  wanted: 'wanted',
  releaseId: 'release_id',
  slot: 'slot',
  container: 'container',
  addressA: 'address_a',
  addressB: 'address_b',
  network: 'network',
  networkIndex: 'network_index',
  routeMode: 'route_mode',
  hosts: 'hosts',
  schemaName: 'schema_name',
  dbUser: 'db_user',
  secrets: 'secrets',
  databaseId: 'database_id',
};
export type InstanceChange = Partial<
  Pick<
    Instance,
    | 'wanted'
    | 'releaseId'
    | 'slot'
    | 'container'
    | 'addressA'
    | 'addressB'
    | 'network'
    | 'networkIndex'
    | 'routeMode'
    | 'hosts'
    | 'schemaName'
    | 'dbUser'
    | 'secrets'
    | 'databaseId'
  >
>;
export interface Observation {
  readonly observed: Observed;
  readonly release: string | null;
  readonly reason: string | null;
  readonly facts: Readonly<Record<string, string | number | boolean | null>> | null;
  readonly at: Date;
  /** True when the app itself answered, not only its web server. */
  readonly deep: boolean;
}

export interface Serving {
  readonly desa: number;
  readonly containers: number;
}

export class InstanceStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async ensure(
    fresh: Pick<Instance, 'id' | 'wilayahKode' | 'serverId' | 'databaseId' | 'app' | 'wanted'>,
  ): Promise<Instance> {
    await this.db('instances')
      .insert({
        id: fresh.id,
        wilayah_kode: fresh.wilayahKode,
        server_id: fresh.serverId,
        database_id: fresh.databaseId,
        app: fresh.app,
        wanted: fresh.wanted,
      })
      .onConflict(['wilayah_kode', 'app'])
      .ignore();
    const found = await this.findByApp(fresh.wilayahKode, fresh.app);
    if (!found) throw new Error('instance vanished while it was made');
    return found;
  }
  async find(id: string): Promise<Instance | null> {
    const row = (await this.db('instances').where({ id }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }
  /** With its desa and the names of the regions above that by code; one the data set lacks is not among them. */
  async withDesa(id: string): Promise<InstanceOfDesa | null> {
    const above = (count: number): Knex.Raw => this.db.raw("SUBSTRING_INDEX(d.kode, '.', ?)", [count]);
    const row = (await this.db('instances as i')
      .join('desa as d', 'd.kode', 'i.wilayah_kode')
      .leftJoin('wilayah as kecamatan', 'kecamatan.kode', above(3))
      .leftJoin('wilayah as kabupaten', 'kabupaten.kode', above(2))
      .leftJoin('wilayah as provinsi', 'provinsi.kode', above(1))
      .where('i.id', id)
      .options({ nestTables: true })
      .first('i.*', 'd.*', ...REGIONS.flatMap((region) => [`${region}.kode`, `${region}.nama`]))) as
      Readonly<Record<'i' | 'd' | (typeof REGIONS)[number], Row>> | undefined;
    if (row === undefined) return null;
    const named = REGIONS.map((region) => row[region]).filter((region) => region['kode'] !== null);
    return {
      instance: fromRow(row.i),
      desa: desaFromRow(row.d),
      names: new Map(named.map((region) => [text(region, 'kode'), text(region, 'nama')])),
    };
  }
  async findByApp(wilayahKode: string, app: string): Promise<Instance | null> {
    const row = (await this.db('instances').where({ wilayah_kode: wilayahKode, app }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }
  async ofDesa(wilayahKode: string): Promise<readonly Instance[]> {
    const rows = (await this.db('instances').where({ wilayah_kode: wilayahKode }).orderBy('app')) as Row[];
    return rows.map(fromRow);
  }
  async all(): Promise<readonly Instance[]> {
    const rows = (await this.db('instances').orderBy('wilayah_kode')) as Row[];
    return rows.map(fromRow);
  }
  /** Instance → its shared database, of the members of a rollout. */
  async databasesOf(rolloutId: string): Promise<ReadonlyMap<string, string>> {
    const rows = (await this.db('rollout_members as m')
      .join('instances as i', 'i.id', 'm.instance_id')
      .where('m.rollout_id', rolloutId)
      .whereNotNull('i.database_id')
      .select('i.id', 'i.database_id')) as Row[];
    return new Map(rows.map((row) => [text(row, 'id'), text(row, 'database_id')]));
  }
  /** What serves on each server. */
  async servingByServer(): Promise<ReadonlyMap<string, Serving>> {
    const rows = (await this.db('instances')
      .whereNotNull('container')
      .groupBy('server_id')
      .select('server_id')
      .count({ containers: '*' })
      .countDistinct({ desa: 'wilayah_kode' })) as Row[];
    return new Map(
      rows.map((row) => [text(row, 'server_id'), { containers: number(row, 'containers'), desa: number(row, 'desa') }]),
    );
  }
  /** Release → number of apps that have it. */
  async countByRelease(): Promise<ReadonlyMap<string, number>> {
    const rows = (await this.db('instances')
      .whereNotNull('release_id')
      .groupBy('release_id')
      .select('release_id')
      .count({ apps: '*' })) as Row[];
    return new Map(rows.map((row) => [text(row, 'release_id'), number(row, 'apps')]));
  }
  async update(id: string, change: InstanceChange): Promise<void> {
    const values = Object.fromEntries(
      Object.entries(change).map(
        ([key, value]) => [COLUMNS[key as keyof InstanceChange], Array.isArray(value) ? toJson(value) : value] as const,
      ),
    );
    if (Object.keys(values).length > 0) await this.db('instances').where({ id }).update(values);
  }
  /** The lowest free pair of addresses of a network; when somebody takes it at the same moment, the next one. */
  async takeNetworkIndex(id: string, network: string): Promise<number> {
    for (;;) {
      const rows = (await this.db('instances')
        .where({ network })
        .whereNotNull('network_index')
        .select('network_index')) as Row[];
      const taken = new Set(rows.map((row) => number(row, 'network_index')));
      let index = 0;
      while (taken.has(index)) index += 1;
      try {
        // Waits at the unique key for whoever is taking this place; what they committed is read in the next turn.
        await this.db('instances').where({ id }).update({ network, network_index: index });
        return index;
      } catch (error) {
        if (errnoOf(error) !== 'ER_DUP_ENTRY') throw error;
      }
    }
  }
  /** Older observations never overwrite newer ones. */
  async observe(id: string, seen: Observation): Promise<boolean> {
    const count = await this.db('instances')
      .where({ id })
      .andWhere((where) => void where.whereNull('observed_at').orWhere('observed_at', '<=', seen.at))
      .update({
        // Before `observed`: the columns are set from left to right.
        observed_since: this.db.raw('IF(observed = ? AND observed_since IS NOT NULL, observed_since, ?)', [
          seen.observed,
          seen.at,
        ]),
        observed: seen.observed,
        observed_release: seen.release,
        observed_reason: seen.reason,
        ...(seen.facts === null ? {} : { observed_facts: toJson(seen.facts) }),
        observed_at: seen.at,
        ...(seen.deep ? { deep_observed_at: seen.at } : {}),
      });
    return count === 1;
  }
  /** The next round of the observer asks the app itself again. */
  async forgetDeep(wilayahKode: string): Promise<void> {
    await this.db('instances').where({ wilayah_kode: wilayahKode }).update({ deep_observed_at: null });
  }
  async remove(id: string): Promise<void> {
    await this.db('instances').where({ id }).delete();
  }
}
