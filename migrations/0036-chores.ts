import { createTable, createdAt, ulidColumn, utc } from './helpers';

/** Small work a person asked the worker for: a dump now, a file to be checked. `open_key` keeps one open chore per subject. */
export const migration = createTable('chores', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('kind', 24).notNullable();
  table.string('subject', 190).notNullable();
  table.string('state', 16).notNullable();
  table.string('open_key', 220).nullable().unique();
  table.string('requested_by', 190).notNullable();
  table.string('reason_code', 64).nullable();
  table.json('reason').nullable();
  createdAt(table);
  utc(table, 'ended_at').nullable();
});
