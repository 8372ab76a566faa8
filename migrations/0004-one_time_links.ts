import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** Links that work once: first set-up, sign-in from the terminal. */
export const migration = createTable('one_time_links', (table) => {
  table.specificType('token_hash', 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin').primary();
  table.string('purpose', 16).notNullable();
  ulidColumn(table, 'user_id').nullable();
  utc(table, 'expires_at').notNullable();
  utc(table, 'used_at').nullable();
  createdAt(table);
});
