import { createTable, utc, createdAt } from './helpers';

/** RS256 keys of this kabupaten; the private half is encrypted. */
export const migration = createTable('signing_keys', (table) => {
  table.string('kid', 64).primary();
  table.text('public_jwk').notNullable();
  table.text('private_key').notNullable();
  utc(table, 'retired_at').nullable();
  createdAt(table);
});
