import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** Registration tokens (kind A) issued to desa; the token itself is encrypted. */
export const migration = createTable('tokens', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('desa_kode', 13).notNullable().index();
  table.string('jti', 32).notNullable().unique();
  table.string('kid', 64).notNullable();
  table.text('token').notNullable();
  table.string('domain', 255).notNullable();
  table.date('starts_on').notNullable();
  table.date('ends_on').notNullable();
  utc(table, 'revoked_at').nullable();
  utc(table, 'installed_at').nullable();
  createdAt(table);
});
