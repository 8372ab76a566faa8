import { createTable, utc } from './helpers';

/** The certificate each public host showed when it was last seen; `issuer` internal | external. */
export const migration = createTable('certificates', (table) => {
  table.string('host', 190).notNullable().primary();
  table.string('issuer', 16).notNullable();
  table.string('issued_by', 190).notNullable();
  utc(table, 'not_after').notNullable();
  utc(table, 'seen_at').notNullable();
});
