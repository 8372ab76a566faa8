import { ProvisionError, type SchemaCharset } from '../../contracts';
import { quoteIdentifier, schemaName } from '../../lib/sql-identifier';
import type { Connections, Row } from './connection';
import { count, text } from './rows';

/** Newer servers call utf8 utf8mb3; this is one name for both. */
export const plainCharset = (name: string): string => name.replace(/^utf8(?=_|$)/, 'utf8mb3');

const KINDS: Readonly<Record<SchemaCharset, { readonly charset: string; readonly collation: string }>> = {
  utf8: { charset: 'utf8', collation: 'utf8_general_ci' },
  utf8mb4: { charset: 'utf8mb4', collation: 'utf8mb4_unicode_ci' },
};

export interface SchemaFacts {
  readonly charset: string;
  readonly collation: string;
}

/** null when there is no such schema. */
export const findSchema = async (connections: Connections, schema: string): Promise<SchemaFacts | null> => {
  const [row] = await connections.run(
    `SELECT DEFAULT_CHARACTER_SET_NAME AS charset, DEFAULT_COLLATION_NAME AS collation
     FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?`,
    [schemaName(schema)],
  );
  return row === undefined ? null : { charset: text(row, 'charset'), collation: text(row, 'collation') };
};

/** As `findSchema`, but ProvisionError('not_found'). */
export const requireSchema = async (connections: Connections, schema: string): Promise<SchemaFacts> => {
  const facts = await findSchema(connections, schema);
  if (facts === null) throw new ProvisionError('not_found', 'There is no such schema', { schema });
  return facts;
};

/** Creates the schema; one that exists with another charset is a conflict, for names would be cut or compared differently. */
export const ensureSchema = async (connections: Connections, schema: string, kind: SchemaCharset): Promise<void> => {
  const { charset, collation } = KINDS[kind];
  const name = quoteIdentifier(schemaName(schema));
  await connections.run(`CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET ${charset} COLLATE ${collation}`);
  const found = await requireSchema(connections, schema);
  if (plainCharset(found.charset) !== plainCharset(charset)) {
    throw new ProvisionError('conflict', 'The schema has another character set', {
      schema,
      wanted: charset,
      found: found.charset,
    });
  }
};

/** Absent is fine. */
export const dropSchema = async (connections: Connections, schema: string): Promise<void> => {
  await connections.run(`DROP DATABASE IF EXISTS ${quoteIdentifier(schemaName(schema))}`);
};

/** The same schema without anything in it; grants on it stay. */
export const emptySchema = async (connections: Connections, schema: string): Promise<void> => {
  const facts = await requireSchema(connections, schema);
  await dropSchema(connections, schema);
  await connections.run(
    `CREATE DATABASE ${quoteIdentifier(schema)} CHARACTER SET ${facts.charset} COLLATE ${facts.collation}`,
  );
};

/** Names of what is in the schema: tables with rows of their own, and views. */
export const objectsOf = async (
  connections: Connections,
  schema: string,
): Promise<{ readonly tables: readonly string[]; readonly views: readonly string[] }> => {
  const rows = await connections.run(
    `SELECT TABLE_NAME AS name, TABLE_TYPE AS type FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = ? AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW') ORDER BY TABLE_NAME`,
    [schemaName(schema)],
  );
  const views = rows.filter((row) => text(row, 'type') === 'VIEW');
  const tables = rows.filter((row) => !views.includes(row));
  const name = (row: Row): string => text(row, 'name');
  return { tables: tables.map(name), views: views.map(name) };
};

/** Bytes of data and of indexes, as the server estimates them. */
export const sizesOf = async (
  connections: Connections,
  schema: string,
): Promise<{ readonly data: number; readonly indexes: number }> => {
  const [row] = await connections.run(
    `SELECT COALESCE(SUM(DATA_LENGTH), 0) AS data, COALESCE(SUM(INDEX_LENGTH), 0) AS indexes
     FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?`,
    [schemaName(schema)],
  );
  return { data: count(row, 'data'), indexes: count(row, 'indexes') };
};
