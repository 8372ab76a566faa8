import { createTable, createdAt, ulidColumn, utc } from './helpers';

/**
 * Certificates from outside with their keys: ordered from an authority or uploaded. The proxy's folder follows these rows.
 * `kept_for`: hosts for which it stays although a newer one has the other names.
 */
export const migration = createTable('certificate_files', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('source', 16).notNullable();
  table.json('names').notNullable();
  table.json('kept_for').nullable();
  table.text('chain', 'mediumtext').notNullable();
  table.text('private_key').notNullable();
  table.string('issued_by', 190).notNullable();
  utc(table, 'not_before').notNullable();
  utc(table, 'not_after').notNullable();
  createdAt(table);
  utc(table, 'issued_at').notNullable();
  utc(table, 'installed_at').nullable();
});
