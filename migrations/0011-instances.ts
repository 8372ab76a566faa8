import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** One app of one wilayah on one server: what is wanted and what was observed. */
export const migration = createTable('instances', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('wilayah_kode', 13).notNullable();
  ulidColumn(table, 'server_id').notNullable();
  ulidColumn(table, 'database_id').nullable();
  table.string('app', 32).notNullable();
  table.string('wanted', 16).notNullable();
  ulidColumn(table, 'release_id').nullable();
  table.string('slot', 1).nullable();
  table.string('container', 120).nullable();
  table.string('address_a', 15).nullable();
  table.string('address_b', 15).nullable();
  table.string('network', 64).nullable();
  table.integer('network_index').nullable();
  table.string('route_mode', 8).notNullable().defaultTo('none');
  table.json('hosts').nullable();
  table.string('schema_name', 64).nullable();
  table.string('db_user', 64).nullable();
  table.text('secrets').nullable();
  table.string('observed', 16).notNullable().defaultTo('unknown');
  table.string('observed_release', 32).nullable();
  table.string('observed_reason', 64).nullable();
  table.json('observed_facts').nullable();
  utc(table, 'observed_at').nullable();
  utc(table, 'deep_observed_at').nullable();
  utc(table, 'removed_at').nullable();
  createdAt(table);
  table.unique(['wilayah_kode', 'app']);
  table.unique(['network', 'network_index']);
});
