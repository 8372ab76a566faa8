import { createTable, ulidColumn, createdAt } from './helpers';

/** Verified dumps of shared and own schemas. */
export const migration = createTable('dumps', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('schema_name', 64).notNullable().index();
  ulidColumn(table, 'deployment_id').nullable();
  table.string('path', 400).notNullable();
  table.bigInteger('bytes').notNullable();
  table.specificType('sha256', 'CHAR(64) CHARACTER SET ascii').notNullable();
  table.integer('tables').notNullable();
  createdAt(table);
});
