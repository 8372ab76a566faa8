import { createTable, utc } from './helpers';

/** Values an admin may change; one row per key. */
export const migration = createTable('settings', (table) => {
  table.string('key', 64).primary();
  table.json('value').notNullable();
  utc(table, 'updated_at').notNullable();
});
