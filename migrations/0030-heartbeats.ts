import { createTable, ulidColumn } from './helpers';

/**
 * How an instance was seen, an hour a row: the worst of every ten minutes (`marks`: 0 not seen, 1 right, 2 planned change, 3 needs a person,
 * 4 not measured, 5 wrong) and how many looks found what. Kept for two days. The rows of one hour lie side by side: a round of the observer
 * writes a few pages, whatever the number of desa.
 */
export const migration = createTable('heartbeats', (table) => {
  table.integer('hour').unsigned().notNullable();
  ulidColumn(table, 'instance_id').notNullable();
  table.specificType('marks', "CHAR(6) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '000000'");
  for (const state of ['ok', 'run', 'act', 'down', 'unk']) table.smallint(state).unsigned().notNullable().defaultTo(0);
  table.primary(['hour', 'instance_id']);
});
