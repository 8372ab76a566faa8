import { createTable, ulidColumn, utc } from './helpers';

/** What the server of a shared schema last said: size seldom, connections often. */
export const migration = createTable('database_facts', (table) => {
  ulidColumn(table, 'database_id').notNullable().primary();
  table.string('version', 64).notNullable();
  table.bigInteger('bytes').nullable();
  utc(table, 'sized_at').nullable();
  table.integer('connections_used').notNullable();
  table.integer('connections_max').notNullable();
  utc(table, 'sampled_at').notNullable();
});
