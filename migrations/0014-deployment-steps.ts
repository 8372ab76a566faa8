import { createTable, ulidColumn, utc } from './helpers';

/** The steps of a deployment, in order, with what each found or made. */
export const migration = createTable('deployment_steps', (table) => {
  ulidColumn(table, 'deployment_id').notNullable();
  table.integer('position').notNullable();
  table.string('kind', 32).notNullable();
  table.string('state', 16).notNullable();
  table.integer('attempt').notNullable().defaultTo(0);
  table.json('output').nullable();
  table.string('reason_code', 64).nullable();
  table.json('reason').nullable();
  utc(table, 'started_at').nullable();
  utc(table, 'ended_at').nullable();
  table.primary(['deployment_id', 'position']);
});
