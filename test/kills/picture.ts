import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { FakeEngine } from '../helpers/fake-engine';
import type { RolloutBench } from '../helpers/rollout-bench';

/** What tells how it went, not how it is: journals, beats, sessions. */
const JOURNALS: ReadonlySet<string> = new Set([
  ...['events', 'streams', 'step_log', 'workers', 'schema_migrations', 'schema_migrations_lock', 'sessions'],
  ...['audit', 'audit_head', 'heartbeats', 'fleet_beats', 'instance_use', 'database_facts', 'certificates'],
  ...[
    'one_time_links',
    'app_reports',
    'idempotency_keys',
    'wilayah',
    'users',
    'settings',
    'signing_keys',
    'brand_files',
  ],
]);
/** Times are there or not; secrets too. */
const VEILED =
  /(_at|_until|^at|_since)$|^(secrets|app_key|first_password|owner_password|template_app_key|credential|observed_facts)$/;
/** How often something was tried, looked at or numbered by chance. */
const LEFT_OUT =
  /^(lease_.*|attempt|wake_at|waiting_for|probes_.*|plan_hash|last_seq|network_index|position|id|jti|sha256|bytes|stage_(done|total)|title|facts|observed.*|deep_observed_at|active_subject)$/;
const TIMES_IN_JSON = new Set([
  'ms',
  'seconds',
  'bytes',
  'id',
  'startedAt',
  'endedAt',
  'archivedAt',
  'sha256',
  'tries',
]);

type Row = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Names for what is called by chance in every run. */
export const namesOf = (rows: readonly (readonly [string, string])[], folder: string): ((value: string) => string) => {
  const known = new Map(rows);
  return (value) =>
    value
      .replaceAll(folder, '')
      .replaceAll(/[0-9A-HJKMNP-TV-Z]{26}/g, (id) => known.get(id) ?? 'ID')
      .replaceAll(/(-(?:[a-z]+)-\d{10}|-tugas)-[0-9a-z]{8}\b/g, '$1-*')
      .replaceAll(/\b\d{1,3}(\.\d{1,3}){3}\b/g, 'IP')
      .replaceAll(/base64:[A-Za-z0-9+/=]{40,}/g, 'KEY')
      .replaceAll(/\b[0-9a-f]{16,}\b/g, 'HEX')
      .replaceAll(/[A-Za-z0-9_-]{20,}/g, (word) => (/[A-Z]/.test(word) && /[a-z]/.test(word) ? 'WORD' : word));
};
const plainJson = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !TIMES_IN_JSON.has(key))
      .map(([key, inner]) => [key, plainJson(inner)]),
  );
};
const cell = (column: string, value: unknown, name: (value: string) => string): unknown => {
  if (value === null) return null;
  if (VEILED.test(column) || value instanceof Date) return 'there';
  if (typeof value !== 'string') return value;
  return /^[[{]/.test(value) ? name(text(plainJson(JSON.parse(value)))) : name(value);
};

/** Every row of the control database that says how the world is, without ids, times and what chance gave. */
export const controlRows = async (
  db: Knex,
  name: (value: string) => string,
): Promise<Readonly<Record<string, readonly string[]>>> => {
  const [tables] = (await db.raw('SHOW TABLES')) as [Record<string, string>[]];
  const found: Record<string, readonly string[]> = {};
  for (const table of tables.flatMap((one) => Object.values(one)).filter((one) => !JOURNALS.has(one))) {
    const rows = (await db(table).select('*')) as Row[];
    const plain = rows.map((row) =>
      Object.entries(row)
        .filter(([column]) => !LEFT_OUT.test(column))
        .map(([column, value]) => `${column}=${text(cell(column, value, name))}`)
        .join(' '),
    );
    if (plain.length > 0) found[table] = plain.sort();
  }
  return found;
};

/** ids of rows → what they are, for `namesOf`. */
export const knownIds = async (db: Knex): Promise<readonly (readonly [string, string])[]> => {
  const read = async (table: string, ...columns: readonly string[]): Promise<readonly (readonly [string, string])[]> =>
    ((await db(table).select('id', ...columns)) as Row[]).map(
      (row) => [text(row['id']), [table, ...columns.map((one) => text(row[one]))].join(':')] as const,
    );
  const instances = await read('instances', 'wilayah_kode', 'app');
  const others = [await read('releases', 'app', 'version'), await read('databases', 'name')];
  const subjects = new Map(instances);
  const deployments = ((await db('deployments').select('id', 'kind', 'subject_id')) as Row[]).map(
    (row) => [text(row['id']), `${text(row['kind'])}:${subjects.get(text(row['subject_id'])) ?? 'schema'}`] as const,
  );
  return [...instances, ...others.flat(), ...(await read('rollouts', 'kind')), ...deployments];
};

const sumOf = (value: string): string => createHash('sha256').update(value).digest('hex').slice(0, 12);
const volumesOf = (engine: FakeEngine, name: (value: string) => string): readonly string[] =>
  [...engine.volumes].map(([volume, { labels, files }]) => {
    const lines = [...files].map(([file, { content, mode, uid, gid }]) => {
      const body = content === null ? 'folder' : sumOf(name(content.toString('utf8')));
      return `${file} ${mode.toString(8)} ${uid}:${gid} ${body}`;
    });
    return [name(volume), name(text(labels)), ...lines.sort()].join('\n');
  });
const withoutSpec = ({ labels }: { readonly labels: Readonly<Record<string, string>> }): Row =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !key.endsWith('.spec')));

/** The whole world of a scripted target and its control database, the same for the same work. */
export const wholePicture = async (world: RolloutBench, folder: string): Promise<Readonly<Record<string, unknown>>> => {
  const { db } = world.bench.control;
  const name = namesOf(await knownIds(db), folder);
  const engine = world.engine();
  return {
    simple: await world.picture(),
    rows: await controlRows(db, name),
    containers: [...engine.containers.values()]
      .map((one) => {
        const networks = [...one.addresses.keys()].join(',');
        return name(`${one.spec.name} ${one.spec.image} ${one.state} ${networks} ${text(withoutSpec(one))}`);
      })
      .sort(),
    networks: [...engine.networks.keys()].sort(),
    volumes: volumesOf(engine, name).toSorted(),
    routes: (world.proxy().applied.at(-1)?.routes ?? []).map((one) => name(text(one))).toSorted(),
    redirects: (world.proxy().applied.at(-1)?.redirects ?? []).map((one) => text(one)).toSorted(),
  };
};

/** What differs, as `path: expected ≠ seen`; at most a dozen. */
export const differences = (expected: unknown, seen: unknown, at = ''): readonly string[] => {
  if (text(expected) === text(seen)) return [];
  const isTree = (value: unknown): value is Row => typeof value === 'object' && value !== null;
  if (Array.isArray(expected) && Array.isArray(seen)) {
    const [left, right] = [expected.map(text), seen.map(text)];
    const [lost, more] = [left.filter((one) => !right.includes(one)), right.filter((one) => !left.includes(one))];
    return [...lost.map((one) => `${at}: missing ${one}`), ...more.map((one) => `${at}: unexpected ${one}`)].slice(
      0,
      12,
    );
  }
  if (!isTree(expected) || !isTree(seen)) return [`${at}: ${text(expected)} ≠ ${text(seen)}`];
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(seen)])];
  return keys.flatMap((key) => differences(expected[key], seen[key], `${at}/${key}`)).slice(0, 12);
};
