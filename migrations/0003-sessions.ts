import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** Sign-ins, listable and revocable. Only the hash of the session id is kept. */
export const migration = createTable('sessions', (table) => {
  table.specificType('id_hash', 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin').primary();
  ulidColumn(table, 'user_id').nullable().index();
  table.json('data').notNullable();
  utc(table, 'expires_at').notNullable().index();
  createdAt(table);
});
