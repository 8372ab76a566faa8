import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { DocsWorld } from '../helpers/docs-world';

/** What is remembered of a refusal is no change of the world. */
const MEMORY: ReadonlySet<string> = new Set(['audit', 'audit_head', 'personal_tokens', 'sessions', 'workers']);
const isMemory = (table: string, row: Readonly<Record<string, unknown>>): boolean =>
  MEMORY.has(table) ||
  (table === 'releases' && row['state'] === 'refused') ||
  (typeof row['stream'] === 'string' && row['stream'].startsWith('release:'));

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
}
let known: readonly Column[] | null = null;
const columnsOf = async ({ bench }: DocsWorld): Promise<readonly Column[]> =>
  bench.bench.control
    .db('information_schema.columns')
    .where({ table_schema: 'control' })
    .select<Column[]>({ table: 'table_name', name: 'column_name', type: 'data_type' });

/** Every row of every table, without times. */
const rowsOf = async (world: DocsWorld): Promise<Readonly<Record<string, readonly string[]>>> => {
  const { db } = world.bench.bench.control;
  const columns = (known ??= await columnsOf(world));
  const tables: Record<string, readonly string[]> = {};
  for (const table of new Set(columns.map((one) => one.table))) {
    const kept = columns.filter((one) => one.table === table && !['datetime', 'timestamp'].includes(one.type));
    const rows = (await db(table).select(kept.map((one) => one.name))) as Record<string, unknown>[];
    tables[table] = rows
      .filter((row) => !isMemory(table, row))
      .map((row) => JSON.stringify(row))
      .sort();
  }
  return tables;
};

const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 16);
/** Where imports work and store: it must be empty, and whether it is there does not matter. */
const PLACES = /(^|\/)releases\/[^/]+$/;
/** Every file, folder and link. */
const filesIn = (folder: string, below = ''): readonly string[] =>
  readdirSync(path.join(folder, below)).flatMap((name): readonly string[] => {
    const at = path.join(below, name);
    const full = path.join(folder, at);
    const facts = lstatSync(full);
    if (facts.isSymbolicLink()) return [`${at} -> ${readlinkSync(full)}`];
    if (facts.isDirectory()) return [...(PLACES.test(at) ? [] : [`${at}/`]), ...filesIn(folder, at)];
    return [`${at} ${facts.size} ${facts.isFile() && facts.size < 1024 ** 2 ? digest(readFileSync(full)) : ''}`];
  });

/** The whole world of an installation: equal before and after means that nothing was made. */
export const imageOf = async (world: DocsWorld): Promise<unknown> => ({
  rows: await rowsOf(world),
  files: filesIn(world.folder).filter((line) => !line.includes('/logs/')),
  outside: await world.bench.picture(),
});
