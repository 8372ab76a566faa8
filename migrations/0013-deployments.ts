import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** One change of one instance or one database: a frozen plan of steps. At most one is active per subject, kept by the unique key. */
export const migration = createTable('deployments', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('subject_kind', 10).notNullable();
  ulidColumn(table, 'subject_id').notNullable().index();
  ulidColumn(table, 'rollout_id').notNullable().index();
  table.string('kind', 16).notNullable();
  ulidColumn(table, 'from_release_id').nullable();
  ulidColumn(table, 'to_release_id').nullable();
  table.string('state', 16).notNullable();
  table.string('reason_code', 64).nullable();
  table.json('reason').nullable();
  table.json('plan').notNullable();
  table.specificType('plan_hash', 'CHAR(64) CHARACTER SET ascii').notNullable();
  table.integer('plan_version').notNullable();
  table.integer('position').notNullable().defaultTo(0);
  ulidColumn(table, 'lease_owner').nullable();
  table.integer('lease_epoch').notNullable().defaultTo(0);
  utc(table, 'lease_until').nullable();
  utc(table, 'wake_at').nullable();
  table.string('waiting_for', 48).nullable().index();
  utc(table, 'cancel_requested_at').nullable();
  utc(table, 'progress_at').nullable();
  utc(table, 'started_at').nullable();
  utc(table, 'ended_at').nullable();
  table.integer('probes_sent').notNullable().defaultTo(0);
  table.integer('probes_failed').notNullable().defaultTo(0);
  table.integer('probes_held').notNullable().defaultTo(0);
  createdAt(table);
  table.specificType(
    'active_subject',
    "VARCHAR(40) CHARACTER SET ascii GENERATED ALWAYS AS (CASE WHEN state IN ('queued','running','waiting','soaking','undoing') THEN CONCAT(subject_kind, ':', RTRIM(subject_id)) END) STORED UNIQUE",
  );
  table.index(['state', 'wake_at']);
});
