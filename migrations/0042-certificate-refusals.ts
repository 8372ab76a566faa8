import { createTable, utc } from './helpers';

/** Hosts an authority did not certify when it was last asked, and when it is asked again. */
export const migration = createTable('certificate_refusals', (table) => {
  table.string('host', 190).notNullable().primary();
  table.integer('failures').notNullable();
  table.string('problem', 64).notNullable();
  table.string('detail', 500).notNullable();
  utc(table, 'refused_at').notNullable();
  utc(table, 'retry_at').notNullable();
});
