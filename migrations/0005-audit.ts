import { createTable, utc } from './helpers';

/** Who did what to whom; each row carries the hash of the row before it. */
export const migration = createTable('audit', (table) => {
  table.bigIncrements('id');
  table.string('actor', 190).notNullable();
  table.string('act', 64).notNullable();
  table.string('object', 190).notNullable();
  table.json('before').nullable();
  table.json('after').nullable();
  utc(table, 'at').notNullable().index();
  table.specificType('previous_hash', 'CHAR(64) CHARACTER SET ascii').notNullable();
  table.specificType('hash', 'CHAR(64) CHARACTER SET ascii').notNullable();
});
