import { createTable, ulidColumn, createdAt } from './helpers';

/** Removed desa: where their volumes, rows and keys lie. */
export const migration = createTable('archives', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('desa_kode', 13).notNullable().index();
  table.string('path', 400).notNullable();
  table.json('manifest').notNullable();
  table.bigInteger('bytes').notNullable();
  createdAt(table);
});
