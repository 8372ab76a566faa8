import { createTable, createdAt, ulidColumn, utc } from './helpers';

/** What a repeated request of REST is answered with. `answer` null = not finished, or its answer held a secret. */
export const migration = createTable('idempotency_keys', (table) => {
  ulidColumn(table, 'user_id').notNullable();
  table.specificType('key_hash', 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin').notNullable();
  table.primary(['user_id', 'key_hash']);
  table.specificType('request_hash', 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin').notNullable();
  table.smallint('status').nullable();
  table.text('answer', 'mediumtext').nullable();
  utc(table, 'expires_at').notNullable().index();
  createdAt(table);
});
