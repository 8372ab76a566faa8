import { format } from 'mysql2/promise';
import { quoteIdentifier as q } from '../../lib/sql-identifier';
import type { Connections, Snapshot } from './connection';
import { text } from './rows';

type Kind = 'number' | 'bytes' | 'text';
export interface StoredColumn {
  readonly name: string;
  readonly kind: Kind;
}

const NUMBERS = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'year']);
const BYTES = new Set([
  'binary',
  'varbinary',
  'tinyblob',
  'blob',
  'mediumblob',
  'longblob',
  'bit',
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
]);
/** Bytes of one INSERT; a single larger row gets one of its own. */
const BATCH_BYTES = 512 * 1024;

const kindOf = (type: string): Kind => (NUMBERS.has(type) ? 'number' : BYTES.has(type) ? 'bytes' : 'text');

/** Columns that are stored, that is without generated ones, by table. */
export const storedColumns = async (
  connections: Connections,
  schema: string,
): Promise<ReadonlyMap<string, readonly StoredColumn[]>> => {
  const rows = await connections.run(
    `SELECT TABLE_NAME AS t, COLUMN_NAME AS c, DATA_TYPE AS type FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = ? AND IS_GENERATED = 'NEVER' ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    [schema],
  );
  const byTable = new Map<string, StoredColumn[]>();
  for (const row of rows) {
    const columns = byTable.get(text(row, 't')) ?? [];
    columns.push({ name: text(row, 'c'), kind: kindOf(text(row, 'type').toLowerCase()) });
    byTable.set(text(row, 't'), columns);
  }
  return byTable;
};

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\n': '\\n',
  '\r': '\\r',
  '\x1a': '\\Z',
  "'": "\\'",
  '\\': '\\\\',
};
// eslint-disable-next-line no-control-regex -- these are the bytes that end or change a literal
const SPECIAL = /[\0\n\r\x1a'\\]/g;

const literal = (value: Buffer | null, kind: Kind): string => {
  if (value === null) return 'NULL';
  if (kind === 'number') return value.toString('latin1');
  if (value.length === 0) return "''";
  if (kind === 'bytes') return `0x${value.toString('hex')}`;
  return `'${value.toString('utf8').replace(SPECIAL, (character) => ESCAPES[character] ?? character)}'`;
};

export interface RowSelection {
  readonly table: string;
  readonly columns: readonly StoredColumn[];
  readonly where: string;
  readonly values: readonly number[];
}

/** INSERT statements of the selected rows, in batches, read as a stream; `onRow` is called for each row. */
export async function* insertsOf(
  snapshot: Snapshot,
  selection: RowSelection,
  onRow: () => void,
): AsyncGenerator<Buffer, void, undefined> {
  const { table, columns, where, values } = selection;
  const names = columns.map(({ name }) => q(name)).join(', ');
  const sql = format(`SELECT ${names} FROM ${q(table)} WHERE ${where}`, [...values]);
  const head = `INSERT INTO ${q(table)} (${names}) VALUES\n`;
  let batch: string[] = [];
  let bytes = 0;
  for await (const row of snapshot.stream(sql)) {
    onRow();
    const tuple = `(${row.map((value, i) => literal(value, columns[i]?.kind ?? 'text')).join(',')})`;
    batch.push(tuple);
    bytes += tuple.length;
    if (bytes < BATCH_BYTES) continue;
    yield Buffer.from(`${head}${batch.join(',\n')};\n`);
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield Buffer.from(`${head}${batch.join(',\n')};\n`);
}
