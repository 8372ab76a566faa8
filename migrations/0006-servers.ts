import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** Machines with an engine; `local` is the one we run on. */
export const migration = createTable('servers', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('name', 64).notNullable().unique();
  table.string('target', 16).notNullable();
  table.string('engine_url', 190).nullable();
  table.string('ssh_host', 190).nullable();
  table.integer('ssh_port').nullable();
  table.string('ssh_user', 64).nullable();
  table.string('host_key', 512).nullable();
  table.string('state', 16).notNullable();
  table.json('facts').nullable();
  table.integer('parallel').notNullable().defaultTo(4);
  utc(table, 'checked_at').nullable();
  createdAt(table);
});
