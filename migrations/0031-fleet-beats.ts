import { createTable } from './helpers';

/** The sums of `heartbeats` over all instances, so that the first page reads a day in 144 rows. */
export const migration = createTable('fleet_beats', (table) => {
  table.integer('bucket').unsigned().notNullable().primary();
  for (const state of ['ok', 'run', 'act', 'down', 'unk']) table.integer(state).unsigned().notNullable().defaultTo(0);
});
