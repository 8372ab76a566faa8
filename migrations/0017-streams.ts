import { createTable } from './helpers';

/** Last number of each event stream; its row lock keeps the numbers gapless. */
export const migration = createTable('streams', (table) => {
  table.string('stream', 48).primary();
  table.bigInteger('last_seq').notNullable().defaultTo(0);
});
