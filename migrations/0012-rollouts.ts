import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** One change over many instances. States and stages: server/domain/rollout.ts. */
export const migration = createTable('rollouts', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('kind', 16).notNullable();
  table.string('state', 16).notNullable();
  table.string('stage', 16).notNullable();
  table.string('title', 190).notNullable();
  table.json('policy').notNullable();
  table.json('releases').notNullable();
  table.json('stages').notNullable();
  table.specificType('plan_hash', 'CHAR(64) CHARACTER SET ascii').notNullable();
  table.string('reason_code', 64).nullable();
  table.json('reason').nullable();
  table.string('requested_by', 190).notNullable();
  table.integer('parallel').notNullable();
  table.bigInteger('last_seq').notNullable().defaultTo(0);
  utc(table, 'tick_at').nullable().index();
  utc(table, 'started_at').nullable();
  utc(table, 'ended_at').nullable();
  createdAt(table);
});
