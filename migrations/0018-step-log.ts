import { createTable, ulidColumn, utc } from './helpers';

/** What the containers and tools of a step said, redacted, bounded. */
export const migration = createTable('step_log', (table) => {
  table.bigIncrements('id');
  ulidColumn(table, 'deployment_id').notNullable().index();
  table.integer('position').notNullable();
  utc(table, 'at').notNullable();
  table.string('line', 2000).notNullable();
});
