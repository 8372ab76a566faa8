import type { DeploymentKind } from '../../domain/deployment';
import type { Instance, Observed, Wanted } from '../../domain/instance';
import { compareVersions } from '../../domain/release';
import type { Settings } from '../../domain/settings';
import type { Stores } from '../../stores';
import { loadSettings } from '../setting-service';
import { isoOf, KeptRows, lineOf } from './kept-rows';

/** A desa of the kabupaten as a list names it; host null = not chosen for installation. */
export interface Place {
  readonly kode: string;
  readonly nama: string;
  readonly jenis: string;
  readonly kecamatan: string;
  readonly kecamatanKode: string;
  readonly host: string | null;
}
/** What a list says of one app of one desa. Times are ISO 8601. */
export interface Running extends Pick<
  Instance,
  'id' | 'wilayahKode' | 'app' | 'wanted' | 'releaseId' | 'container' | 'observed' | 'observedAt'
> {
  /** Canonical host it answers to; null = the one of its desa. */
  readonly host: string | null;
  readonly seenRelease: string | null;
  readonly seenReason: string | null;
  readonly seenAt: string | null;
  readonly seenSince: string | null;
}
export interface DesaFacts {
  readonly places: readonly Place[];
  readonly running: readonly Running[];
  readonly settings: Settings;
  /** Instances that are being changed now. */
  readonly changing: ReadonlyMap<string, DeploymentKind>;
  /** By release: its version, and whether the schema is ahead of it. */
  readonly releases: ReadonlyMap<string, { readonly version: string; readonly behind: boolean }>;
  readonly now: Date;
}

const PLACE = ['d.kode', 'd.nama', 'd.jenis', 'k.nama', 'd.parent', 'v.host'];
const RUNNING = [
  'id',
  'wilayah_kode',
  'app',
  'wanted',
  'release_id',
  'container',
  "JSON_VALUE(hosts, '$[0]')",
  'observed',
  'observed_release',
  'observed_reason',
  'observed_at',
  'observed_since',
];
const orNull = (field: string): string | null => (field === '' ? null : field);
const timeOf = (field: string): string | null => (field === '' ? null : isoOf(field));

const placeOf = (fields: readonly string[]): Place => {
  const [kode = '', nama = '', jenis = '', kecamatan = '', kecamatanKode = '', host = ''] = fields;
  return { kode, nama, jenis, kecamatan, kecamatanKode, host: orNull(host) };
};
const runningOf = (fields: readonly string[]): Running => {
  const [id = '', wilayahKode = '', app = '', wanted = '', releaseId = '', container = '', host = ''] = fields;
  const [observed = '', release = '', reason = '', at = '', since = ''] = fields.slice(7);
  const seenAt = timeOf(at);
  return {
    id,
    wilayahKode,
    app,
    wanted: wanted as Wanted,
    releaseId: orNull(releaseId),
    container: orNull(container),
    host: orNull(host),
    observed: observed as Observed,
    observedAt: seenAt === null ? null : new Date(seenAt),
    seenRelease: orNull(release),
    seenReason: orNull(reason),
    seenAt,
    seenSince: timeOf(since),
  };
};

const readReleases = async (read: Stores): Promise<DesaFacts['releases']> => {
  const [rows, databases] = await Promise.all([
    read.knex('releases').select('id', 'app', 'version') as Promise<
      readonly { readonly id: string; readonly app: string; readonly version: string }[]
    >,
    read.databases.list(),
  ]);
  const versions = new Map(rows.map((one) => [one.id, one.version] as const));
  const schema = new Map(databases.map((one) => [one.app, versions.get(one.schemaReleaseId ?? '')] as const));
  return new Map(
    rows.map(({ id, app, version }) => {
      const ahead = schema.get(app);
      return [id, { version, behind: ahead !== undefined && compareVersions(version, ahead) < 0 }] as const;
    }),
  );
};

/** Reads what lists show, and only that: secrets, tokens and old hosts of thousands of rows would cost most. */
export class DesaFactsReader {
  private readonly read: Stores;
  private readonly places = new KeptRows(placeOf);
  private readonly running = new KeptRows(runningOf);
  constructor(read: Stores) {
    this.read = read;
  }

  /** One look at everything, or at one desa. */
  async look(kode: string | null): Promise<DesaFacts> {
    const [places, running, releases, changing, settings] = await Promise.all([
      this.placeLines(kode),
      this.runningLines(kode),
      readReleases(this.read),
      this.read.deployments.activeKinds(),
      loadSettings(this.read),
    ]);
    return {
      places: this.places.take(places),
      running: this.running.take(running),
      releases,
      changing,
      settings,
      now: new Date(),
    };
  }

  private async placeLines(kode: string | null): Promise<readonly string[]> {
    const { knex } = this.read;
    const query = knex('wilayah as d')
      .leftJoin('wilayah as k', 'k.kode', 'd.parent')
      .leftJoin('desa as v', 'v.kode', 'd.kode')
      .where('d.level', 'desa')
      .andWhere((either) => void either.where('d.active', true).orWhereNotNull('v.kode'))
      .orderBy('d.kode')
      .select(knex.raw(lineOf(PLACE)));
    if (kode !== null) void query.where('d.kode', kode);
    return linesOf(await query);
  }
  private async runningLines(kode: string | null): Promise<readonly string[]> {
    const { knex } = this.read;
    const query = knex('instances').select(knex.raw(lineOf(RUNNING)));
    if (kode !== null) void query.where('wilayah_kode', kode);
    return linesOf(await query);
  }
}
const linesOf = (rows: unknown): readonly string[] =>
  (rows as readonly { readonly line: string }[]).map((row) => row.line);
