import { createTable } from './helpers';

/** One row: how many audit rows there are and the hash of the last. Serialises writers, and shows rows cut off the end. */
export const migration = createTable('audit_head', (table) => {
  table.specificType('id', 'TINYINT UNSIGNED').primary();
  table.bigInteger('entries').notNullable();
  table.specificType('hash', 'CHAR(64) CHARACTER SET ascii').notNullable();
});
