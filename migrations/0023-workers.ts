import { createTable, ulidColumn, utc } from './helpers';

/** Worker processes; each holds GET_LOCK('worker:<id>'), a free lock means it is gone. */
export const migration = createTable('workers', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('host', 190).notNullable();
  table.integer('pid').notNullable();
  utc(table, 'started_at').notNullable();
  utc(table, 'seen_at').notNullable();
});
