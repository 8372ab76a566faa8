import type { AppAdapter } from '../../../provisioners/contracts';
import { authorize } from '../../auth/permission';
import type { Actor } from '../../domain/actor';
import type { Instance } from '../../domain/instance';
import { compareVersions, type Release } from '../../domain/release';
import type { Stores, Transactor } from '../../stores';
import type { SharedDatabase } from '../../stores/database-store';
import type { Dump } from '../../stores/dump-store';

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
  constructor(transact: Transactor, apps: ReadonlyMap<string, AppAdapter>) {
    this.transact = transact;
    this.apps = apps;
  }

  async report(actor: Actor): Promise<DatabaseReport> {
    authorize(actor, 'database.read');
    const { read } = this.transact;
    const [databases, instances, releases, names, measures] = await Promise.all([
      read.databases.list(),
      read.instances.all(),
      read.releases.list(),
      placeNames(read),
      measuresOf(read),
    ]);
    const versions = new Map(releases.map((one) => [one.id, one.version] as const));
    const shared = await Promise.all(
      databases.map(async (database) => {
        const [lastDump = null] = await read.dumps.ofSchema(database.schemaName, 1);
        const own = serving(instances, database);
        return {
          ...documentOf(database, versions),
          desa: new Set(own.map((one) => one.wilayahKode)).size,
          late: lateOf(own, database, versions, names),
          measure: measures.get(database.id) ?? null,
          lastDump,
        };
      }),
    );
    return { shared, own: await this.ownDatabases(read, instances) };
  }

  private async ownDatabases(read: Stores, instances: readonly Instance[]): Promise<readonly OwnDatabases[]> {
    const sizes = await ownSizes(read);
    return [...this.apps.values()]
      .filter((app) => app.database === 'own')
      .flatMap((app) => {
        const mine = instances.filter((one) => one.app === app.name && one.schemaName !== null);
        const known = mine.flatMap((one) => sizes.get(one.id) ?? []);
        const bytes = known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
        return mine.length === 0 ? [] : [{ app: app.name, schemas: mine.length, bytes }];
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
const serving = (instances: readonly Instance[], database: SharedDatabase): readonly Instance[] =>
  instances.filter((one) => one.databaseId === database.id && one.app === database.app && one.container !== null);

interface Place {
  readonly nama: string;
  readonly kecamatan: string;
}
const placeNames = async (read: Stores): Promise<ReadonlyMap<string, Place>> => {
  const regions = await read.wilayah.all();
  const names = new Map(regions.map((one) => [String(one.kode), one.nama] as const));
  return new Map(
    regions.map((one) => [String(one.kode), { nama: one.nama, kecamatan: names.get(String(one.parent ?? '')) ?? '' }]),
  );
};
const lateOf = (
  own: readonly Instance[],
  database: SharedDatabase,
  versions: Versions,
  names: ReadonlyMap<string, Place>,
): readonly LateDesa[] => {
  const schema = versions.get(database.schemaReleaseId ?? '');
  if (schema === undefined) return [];
  return own
    .flatMap((one) => {
      const release = versions.get(one.releaseId ?? '');
      if (release === undefined || compareVersions(release, schema) >= 0) return [];
      const place = names.get(one.wilayahKode) ?? { nama: one.wilayahKode, kecamatan: '' };
      return [{ kode: one.wilayahKode, ...place, release }];
    })
    .sort((left, right) => left.kode.localeCompare(right.kode));
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
const ownSizes = async (read: Stores): Promise<ReadonlyMap<string, number>> => {
  const rows = await read
    .knex('instance_use')
    .whereNotNull('schema_bytes')
    .select<{ instance_id: string; schema_bytes: unknown }[]>('instance_id', 'schema_bytes');
  return new Map(rows.map((row) => [row.instance_id, Number(row.schema_bytes)]));
};
