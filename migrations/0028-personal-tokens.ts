import { createTable, createdAt, ulidColumn, utc } from './helpers';

/** Keys of people for REST; only the hash of a key is kept. They go with their owner. */
export const migration = createTable('personal_tokens', (table) => {
  ulidColumn(table, 'id').primary();
  ulidColumn(table, 'user_id').notNullable().references('users.id').onDelete('CASCADE');
  table.string('name', 80).notNullable();
  table.string('access', 8).notNullable();
  table.specificType('token_hash', 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin').notNullable().unique();
  utc(table, 'expires_at').nullable();
  utc(table, 'last_used_at').nullable();
  table.string('last_used_ip', 45).nullable();
  utc(table, 'revoked_at').nullable();
  createdAt(table);
});
