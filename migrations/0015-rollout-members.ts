import { createTable, ulidColumn } from './helpers';

/** Which instances a rollout changes, in which wave and order. */
export const migration = createTable('rollout_members', (table) => {
  ulidColumn(table, 'rollout_id').notNullable();
  ulidColumn(table, 'instance_id').notNullable();
  table.string('kode', 13).notNullable();
  table.string('kecamatan_kode', 8).notNullable();
  table.string('nama', 120).notNullable();
  table.string('kecamatan', 120).notNullable();
  table.string('app', 32).notNullable();
  table.integer('position').notNullable();
  table.integer('wave').notNullable();
  table.string('state', 16).notNullable();
  table.integer('attempt').notNullable().defaultTo(0);
  ulidColumn(table, 'deployment_id').nullable();
  ulidColumn(table, 'from_release_id').nullable();
  ulidColumn(table, 'to_release_id').nullable();
  table.string('reason_code', 64).nullable();
  table.json('reason').nullable();
  table.integer('step').notNullable().defaultTo(0);
  table.integer('steps').notNullable().defaultTo(0);
  table.primary(['rollout_id', 'instance_id']);
  table.index(['rollout_id', 'state']);
});
