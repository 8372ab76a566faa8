import { createHash } from 'node:crypto';
import { quoteIdentifier, schemaName } from '../../lib/sql-identifier';
import type { Connections, Row } from './connection';
import { plainCharset, requireSchema } from './schemas';
import { text } from './rows';

const TABLES = `(SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE <> 'VIEW')`;

/** One kind of line each: no AUTO_INCREMENT counters, definers, row counts or times, and nothing that names the schema. */
const PARTS: Readonly<Record<string, string>> = {
  table: `SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION, TABLE_COMMENT
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE <> 'VIEW'`,
  column: `SELECT TABLE_NAME, ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, COLLATION_NAME, EXTRA,
    GENERATION_EXPRESSION, COLUMN_COMMENT
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME IN ${TABLES}`,
  index: `SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART, NON_UNIQUE, COLLATION, INDEX_TYPE
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ?`,
  foreign: `SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION, k.COLUMN_NAME,
    NULLIF(k.REFERENCED_TABLE_SCHEMA, k.TABLE_SCHEMA), k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.UPDATE_RULE, r.DELETE_RULE
    FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
      ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.TABLE_NAME = k.TABLE_NAME AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
    WHERE k.TABLE_SCHEMA = ?`,
  check: `SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ?`,
  view: `SELECT TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, SECURITY_TYPE, ALGORITHM
    FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?`,
  trigger: `SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, ACTION_STATEMENT
    FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?`,
  routine: `SELECT ROUTINE_TYPE, ROUTINE_NAME, DTD_IDENTIFIER, ROUTINE_DEFINITION, IS_DETERMINISTIC, SQL_DATA_ACCESS, SECURITY_TYPE
    FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?`,
  parameter: `SELECT SPECIFIC_NAME, ORDINAL_POSITION, PARAMETER_MODE, PARAMETER_NAME, DTD_IDENTIFIER
    FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = ?`,
  event: `SELECT EVENT_NAME, EVENT_DEFINITION, INTERVAL_VALUE, INTERVAL_FIELD, ON_COMPLETION
    FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?`,
};

const lineOf = (part: string, schema: string, row: Row): string => {
  const prefix = `${quoteIdentifier(schema)}.`;
  const cells = Object.keys(row).map((column) => {
    if (row[column] === null) return null;
    const value = text(row, column);
    return column.endsWith('COLLATION_NAME') || column === 'TABLE_COLLATION'
      ? plainCharset(value)
      : value.replaceAll(prefix, '').trim();
  });
  return JSON.stringify([part, ...cells]);
};

/** Sorted lines, one per column, index part, constraint, view, trigger or routine. Equal structures give equal lines on any server. */
export const structureOf = async (connections: Connections, schema: string): Promise<readonly string[]> => {
  const facts = await requireSchema(connections, schemaName(schema));
  const lines = [JSON.stringify(['schema', plainCharset(facts.charset), plainCharset(facts.collation)])];
  for (const [part, sql] of Object.entries(PARTS)) {
    const values = Array.from({ length: sql.split('?').length - 1 }, () => schema);
    const rows = await connections.run(sql, values);
    lines.push(...rows.map((row) => lineOf(part, schema, row)));
  }
  return lines.sort();
};

/** sha256 (hex) of the lines. */
export const fingerprintOf = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('hex');
