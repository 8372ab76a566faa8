import { createTable, createdAt, ulidColumn, utc } from './helpers';

/** Orders at an authority: an open one is finished after a crash; ended ones are the count of the week. */
export const migration = createTable('certificate_orders', (table) => {
  ulidColumn(table, 'id').primary();
  ulidColumn(table, 'certificate_id').nullable();
  table.json('names').notNullable();
  table.string('state', 16).notNullable().index();
  table.string('url', 512).notNullable();
  table.text('private_key').nullable();
  createdAt(table);
  utc(table, 'ended_at').nullable();
});
