import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** One shared schema with its channel and schema release. `lane_holder` is the deployment that may change the structure now. */
export const migration = createTable('databases', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('name', 64).notNullable().unique();
  table.string('schema_name', 64).notNullable();
  table.string('app', 32).notNullable();
  table.string('channel', 16).notNullable();
  ulidColumn(table, 'schema_release_id').nullable();
  table.string('fingerprint', 64).nullable();
  table.text('owner_password').nullable();
  table.text('template_app_key').nullable();
  ulidColumn(table, 'lane_holder').nullable();
  utc(table, 'lane_since').nullable();
  createdAt(table);
});
