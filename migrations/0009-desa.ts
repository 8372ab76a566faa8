import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** A desa or kelurahan that was chosen for installation. Names derived from its code are stored once and never recomputed. */
export const migration = createTable('desa', (table) => {
  table.string('kode', 13).primary();
  table.string('kecamatan_kode', 8).notNullable().index();
  table.string('nama', 120).notNullable();
  table.string('jenis', 16).notNullable();
  table.string('host', 190).notNullable().unique();
  table.json('old_hosts').nullable();
  ulidColumn(table, 'database_id').nullable();
  table.string('network', 64).notNullable();
  table.text('app_key').nullable();
  table.text('first_password').nullable();
  utc(table, 'first_password_shown_at').nullable();
  table.integer('tenant_id').nullable();
  utc(table, 'archived_at').nullable();
  createdAt(table);
});
