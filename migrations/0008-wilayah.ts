import { createTable } from './helpers';

/** Regions of this installation's kabupaten, from the bundled data set. */
export const migration = createTable('wilayah', (table) => {
  table.string('kode', 13).primary();
  table.string('parent', 13).nullable().index();
  table.string('level', 16).notNullable();
  table.string('jenis', 16).notNullable();
  table.string('nama', 120).notNullable();
  table.string('dataset', 32).notNullable();
  table.boolean('active').notNullable().defaultTo(true);
});
