import { createTable, ulidColumn, utc, createdAt } from './helpers';

/** One version of one app: imported, verified, immutable. */
export const migration = createTable('releases', (table) => {
  ulidColumn(table, 'id').primary();
  table.string('app', 32).notNullable();
  table.string('version', 32).notNullable();
  table.string('channel', 16).notNullable();
  table.string('checksum', 64).nullable();
  table.string('php_line', 8).nullable();
  table.string('schema_version', 32).nullable();
  table.string('state', 16).notNullable();
  table.string('stage', 16).nullable();
  table.bigInteger('stage_done').nullable();
  table.bigInteger('stage_total').nullable();
  table.string('reason_code', 64).nullable();
  table.json('reason').nullable();
  table.string('source', 400).notNullable();
  table.string('tag', 120).nullable();
  table.text('credential').nullable();
  table.string('tree_path', 400).nullable();
  table.string('image', 190).nullable();
  table.string('image_id', 80).nullable();
  table.bigInteger('bytes').nullable();
  table.integer('files').nullable();
  table.json('lint').nullable();
  table.text('notes').nullable();
  table.string('requested_by', 190).notNullable();
  table.bigInteger('last_seq').notNullable().defaultTo(0);
  utc(table, 'ready_at').nullable();
  createdAt(table);
  table.index(['app', 'version']);
});
