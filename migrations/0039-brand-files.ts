import { createTable, utc } from './helpers';

/** Pictures of the office, small and shown on every page. */
export const migration = createTable('brand_files', (table) => {
  table.string('name', 32).notNullable().primary();
  table.string('type', 32).notNullable();
  table.specificType('sha256', 'CHAR(64) CHARACTER SET ascii').notNullable();
  table.specificType('content', 'MEDIUMBLOB').notNullable();
  utc(table, 'updated_at').notNullable();
});
