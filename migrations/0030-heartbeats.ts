import { createTable, ulidColumn } from './helpers';

/**
 * How often an instance was seen in which state, ten minutes a row (bucket = Unix time / 600); kept for two days. The rows of one bucket lie
 * side by side: a round of the observer writes a dozen pages, whatever the number of desa.
 */
export const migration = createTable('heartbeats', (table) => {
  table.integer('bucket').unsigned().notNullable();
  ulidColumn(table, 'instance_id').notNullable();
  for (const state of ['ok', 'run', 'act', 'down', 'unk']) table.smallint(state).unsigned().notNullable().defaultTo(0);
  table.primary(['bucket', 'instance_id']);
});
