import type { AppAdapter } from '../../../provisioners/contracts';
import { authorize } from '../../auth/permission';
import type { Actor } from '../../domain/actor';
import { compareVersions, type Release } from '../../domain/release';
import type { Stores, Transactor } from '../../stores';
import type { SharedDatabase } from '../../stores/database-store';
import type { Dump } from '../../stores/dump-store';
import { SharedRead } from './shared-read';

/** A desa whose code is older than the structure of its schema: the next migration waits for it. */
export interface LateDesa {
  readonly kode: string;
  readonly nama: string;
  readonly kecamatan: string;
  readonly release: string;
}
/** What its server last said; null = not asked yet. Sizes in bytes. */
export interface DatabaseMeasure {
  readonly version: string;
  readonly bytes: number | null;
  readonly sizedAt: Date | null;
  readonly connections: { readonly used: number; readonly max: number };
  readonly sampledAt: Date;
}
export interface DatabaseDocument {
  readonly name: string;
  readonly schemaName: string;
  readonly app: string;
  readonly channel: string;
  /** Release whose structure the schema has; null before the first desa. */
  readonly schemaRelease: string | null;
  readonly desa: number;
  readonly late: readonly LateDesa[];
  readonly measure: DatabaseMeasure | null;
  /** Since when a change of structure, or new desa, has it to itself. */
  readonly laneSince: Date | null;
  readonly lastDump: Pick<Dump, 'createdAt' | 'bytes'> | null;
}
/** Databases of one desa and app each, summed by app. */
export interface OwnDatabases {
  readonly app: string;
  readonly schemas: number;
  /** null = not measured. */
  readonly bytes: number | null;
}
export interface DatabaseReport {
  readonly shared: readonly DatabaseDocument[];
  readonly own: readonly OwnDatabases[];
}

/** The databases of the desa as the dashboard knows them: it has no way to them itself. */
export class DatabaseModel {
  private readonly transact: Transactor;
  private readonly apps: ReadonlyMap<string, AppAdapter>;
  private readonly everything: SharedRead<DatabaseReport>;
  /** `keepMs`: for how long pages may be given the same reading. */
  constructor(transact: Transactor, apps: ReadonlyMap<string, AppAdapter>, keepMs = 0) {
    this.transact = transact;
    this.apps = apps;
    this.everything = new SharedRead(() => this.look(), { ms: keepMs, changes: transact.changes });
  }

  async report(actor: Actor): Promise<DatabaseReport> {
    authorize(actor, 'database.read');
    return this.everything.ask();
  }

  private async look(): Promise<DatabaseReport> {
    const { read } = this.transact;
    const [databases, desa, releases, measures, own] = await Promise.all([
      read.databases.list(),
      servedDesa(read),
      read.releases.list(),
      measuresOf(read),
      this.ownDatabases(read),
    ]);
    const versions = new Map(releases.map((one) => [one.id, one.version] as const));
    const shared = await Promise.all(
      databases.map(async (database) => {
        const [lastDump, late] = await Promise.all([
          read.dumps.newestWhole(database.schemaName),
          lateDesa(read, database, versions),
        ]);
        return {
          ...documentOf(database, versions),
          desa: desa.get(database.id) ?? 0,
          late,
          measure: measures.get(database.id) ?? null,
          lastDump,
        };
      }),
    );
    return { shared, own };
  }

  private async ownDatabases(read: Stores): Promise<readonly OwnDatabases[]> {
    const sizes = await ownSizes(read);
    return [...this.apps.values()].flatMap(({ name, database }) => {
      const own = database === 'own' ? sizes.get(name) : undefined;
      return own === undefined ? [] : [{ app: name, ...own }];
    });
  }
}

type Versions = ReadonlyMap<Release['id'], string>;
const documentOf = (
  database: SharedDatabase,
  versions: Versions,
): Omit<DatabaseDocument, 'desa' | 'late' | 'measure' | 'lastDump'> => {
  const { name, schemaName, app, channel, schemaReleaseId, laneHolder, laneSince } = database;
  return {
    name,
    schemaName,
    app,
    channel,
    schemaRelease: schemaReleaseId === null ? null : (versions.get(schemaReleaseId) ?? null),
    laneSince: laneHolder === null ? null : laneSince,
  };
};
/** Database → desa whose app serves from it. */
const servedDesa = async (read: Stores): Promise<ReadonlyMap<string, number>> => {
  const rows = (await read
    .knex('instances as i')
    .join('databases as d', { 'd.id': 'i.database_id', 'd.app': 'i.app' })
    .whereNotNull('i.container')
    .groupBy('i.database_id')
    .select('i.database_id')
    .countDistinct({ desa: 'i.wilayah_kode' })) as readonly { readonly database_id: string; readonly desa: number }[];
  return new Map(rows.map((row) => [row.database_id, row.desa]));
};

const lateDesa = async (read: Stores, database: SharedDatabase, versions: Versions): Promise<readonly LateDesa[]> => {
  const schema = versions.get(database.schemaReleaseId ?? '');
  if (schema === undefined) return [];
  const older = [...versions].flatMap(([id, version]) => (compareVersions(version, schema) < 0 ? [id] : []));
  const rows = (await read
    .knex('instances as i')
    .leftJoin('wilayah as d', 'd.kode', 'i.wilayah_kode')
    .leftJoin('wilayah as k', 'k.kode', 'd.parent')
    .where({ 'i.database_id': database.id, 'i.app': database.app })
    .whereNotNull('i.container')
    .whereIn('i.release_id', older)
    .orderBy('i.wilayah_kode')
    .select({ kode: 'i.wilayah_kode', nama: 'd.nama', kecamatan: 'k.nama', release: 'i.release_id' })) as readonly {
    readonly kode: string;
    readonly nama: string | null;
    readonly kecamatan: string | null;
    readonly release: string;
  }[];
  return rows.map(({ kode, nama, kecamatan, release }) => ({
    kode,
    nama: nama ?? kode,
    kecamatan: kecamatan ?? '',
    release: versions.get(release) ?? '',
  }));
};

const numeric = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
const measuresOf = async (read: Stores): Promise<ReadonlyMap<string, DatabaseMeasure>> => {
  const rows = await read.knex('database_facts').select<
    {
      database_id: string;
      version: string;
      bytes: unknown;
      sized_at: Date | null;
      connections_used: number;
      connections_max: number;
      sampled_at: Date;
    }[]
  >('*');
  return new Map(
    rows.map((row) => [
      row.database_id,
      {
        version: row.version,
        bytes: numeric(row.bytes),
        sizedAt: row.sized_at,
        connections: { used: row.connections_used, max: row.connections_max },
        sampledAt: row.sampled_at,
      },
    ]),
  );
};
/** By app: databases of one desa each, and what those that were measured take. */
const ownSizes = async (read: Stores): Promise<ReadonlyMap<string, Omit<OwnDatabases, 'app'>>> => {
  const rows = (await read
    .knex('instances as i')
    .leftJoin('instance_use as u', 'u.instance_id', 'i.id')
    .whereNotNull('i.schema_name')
    .groupBy('i.app')
    .select('i.app')
    .count({ schemas: '*' })
    .sum({ bytes: 'u.schema_bytes' })) as readonly {
    readonly app: string;
    readonly schemas: number;
    readonly bytes: unknown;
  }[];
  return new Map(rows.map(({ app, schemas, bytes }) => [app, { schemas, bytes: numeric(bytes) }]));
};
