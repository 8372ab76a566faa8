import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** People who sign in. Roles arrive as rows; `role` names one. */
export const migration = createTable('users', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('email', 190).notNullable().unique();
  table.string('name', 120).notNullable();
  table.string('role', 32).notNullable();
  table.string('wilayah_kode', 13).nullable();
  table.string('password_hash', 255).notNullable();
  table.string('locale', 2).notNullable().defaultTo('id');
  table.integer('failed_sign_ins').notNullable().defaultTo(0);
  utc(table, 'locked_until').nullable();
  utc(table, 'last_seen_at').nullable();
  createdAt(table);
});
