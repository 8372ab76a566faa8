import { createTable } from './helpers';

/** What all looks of ten minutes found together (slot = Unix time / 600), so that the first page reads a day in 144 rows. */
export const migration = createTable('fleet_beats', (table) => {
  table.integer('slot').unsigned().notNullable().primary();
  for (const state of ['ok', 'run', 'act', 'down', 'unk']) table.integer(state).unsigned().notNullable().defaultTo(0);
});
