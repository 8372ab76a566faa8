import { createTable, ulidColumn, utc } from './helpers';

/** What the engine last said about the serving container of an instance, and how much its volumes and its own schema hold. */
export const migration = createTable('instance_use', (table) => {
  ulidColumn(table, 'instance_id').notNullable().primary();
  table.string('container', 120).nullable();
  table.bigInteger('memory_bytes').nullable();
  table.bigInteger('memory_limit_bytes').nullable();
  table.double('cpu_percent').nullable();
  table.double('cpu_seconds').nullable();
  table.integer('restarts').nullable();
  utc(table, 'made_at').nullable();
  utc(table, 'started_at').nullable();
  utc(table, 'sampled_at').nullable();
  table.bigInteger('disk_bytes').nullable();
  table.bigInteger('schema_bytes').nullable();
  utc(table, 'disk_at').nullable();
});
