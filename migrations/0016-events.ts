import { createTable, utc } from './helpers';

/** Append-only, numbered without a gap per stream; what the browser replays. */
export const migration = createTable('events', (table) => {
  table.string('stream', 48).notNullable();
  table.bigInteger('seq').notNullable();
  table.string('type', 32).notNullable();
  table.json('body').notNullable();
  utc(table, 'at').notNullable();
  table.primary(['stream', 'seq']);
});
