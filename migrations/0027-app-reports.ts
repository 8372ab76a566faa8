import { createTable, utc } from './helpers';

/** What installed apps report about themselves unasked (Layanan `catat-versi`, `daftarhitam`, Pantau `track`). Never proof. */
export const migration = createTable('app_reports', (table) => {
  table.string('desa_kode', 13).notNullable();
  table.string('kind', 16).notNullable();
  table.json('body').notNullable();
  utc(table, 'at').notNullable();
  table.primary(['desa_kode', 'kind']);
});
