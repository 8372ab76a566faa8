import type { AppAdapter, PromisedPart, TaskVerdict } from '../../provisioners/contracts';
import type { Release } from '../domain/release';
import type { World } from './world';

type StoredRelease = Pick<Release, 'app' | 'version' | 'treePath' | 'schemaVersion'>;
interface Migrated {
  readonly app: AppAdapter;
  readonly schema: string;
  readonly release: StoredRelease;
  /** Release whose structure the schema had before; null = it was empty. */
  readonly before: StoredRelease | null;
}
type Looking = Pick<World, 'readRelease' | 'databaseServer'>;
type Sources = ReadonlyMap<string, string>;

/** Migrations that are new or other than in the release before: those that should have changed something now. */
const fresh = (sources: Sources, before: Sources): Sources =>
  new Map([...sources].filter(([file, text]) => before.get(file) !== text));

const sourcesOf = async (world: Looking, wanted: RegExp, release: StoredRelease | null): Promise<Sources> =>
  (release === null ? null : await world.readRelease(release, wanted)) ?? new Map<string, string>();

const listed = async (
  world: Looking,
  schema: string,
  list: { table: string; column: string },
): Promise<Set<string>> => {
  const sql = `SELECT ${list.column} AS word FROM ${list.table}`;
  return new Set((await world.databaseServer.query(schema, sql, [])).map((row) => String(row['word'])));
};

const COLUMNS = 'SELECT TABLE_NAME AS t, COLUMN_NAME AS c FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?';
/** A column is missed only where its table is: whether the table should be there is another promise. */
const missingOf = async (
  world: Looking,
  schema: string,
  parts: readonly PromisedPart[],
): Promise<readonly PromisedPart[]> => {
  const rows = await world.databaseServer.query(schema, COLUMNS, [schema]);
  const there = new Set(
    rows.flatMap((row) => {
      const table = String(row['t']).toLowerCase();
      return [table, `${table}.${String(row['c']).toLowerCase()}`];
    }),
  );
  return parts.filter(({ table, column }) => {
    const name = table.toLowerCase();
    return column === null ? !there.has(name) : there.has(name) && !there.has(`${name}.${column.toLowerCase()}`);
  });
};

const verdict = (reason: string | null, facts: TaskVerdict['facts']): TaskVerdict => ({
  ok: reason === null,
  reason,
  facts,
});

/**
 * Whether a migration did what the release itself says it does: its list of migrations is recorded, and the tables and
 * columns they make are in the schema. Read from the server, never asked of the release; its own word for success is none.
 */
export const proveMigration = async (
  world: Looking,
  { app, schema, release, before }: Migrated,
): Promise<TaskVerdict> => {
  const { migrations } = app;
  const sources = migrations === undefined ? null : await world.readRelease(release, migrations.files);
  if (migrations === undefined || sources === null) return verdict(null, {});
  const recorded = await listed(world, schema, migrations.list);
  const unrecorded = migrations
    .recorded([...sources.keys()], release.schemaVersion)
    .filter((one) => !recorded.has(one));
  if (unrecorded.length > 0)
    return verdict('not_migrated', { migration: unrecorded[0] ?? '', count: unrecorded.length });
  const parts = migrations.promises(fresh(sources, await sourcesOf(world, migrations.files, before)));
  const missing = await missingOf(world, schema, parts);
  const [first] = missing;
  if (first === undefined) return verdict(null, { promised: parts.length });
  const name = first.column === null ? first.table : `${first.table}.${first.column}`;
  return verdict('structure_missing', { missing: name, migration: first.by, count: missing.length });
};
