import type { Knex } from 'knex';

export interface Migration {
  up(knex: Knex): Promise<void>;
}

/** Creates a table unless it is there: DDL is not transactional, so every migration checks the state first. */
export const createTable = (name: string, build: (table: Knex.CreateTableBuilder, knex: Knex) => void): Migration => ({
  async up(knex) {
    if (await knex.schema.hasTable(name)) return;
    await knex.schema.createTable(name, (table) => {
      table.engine('InnoDB');
      table.charset('utf8mb4');
      table.collate('utf8mb4_unicode_ci');
      build(table, knex);
    });
  },
});

/** ULID, ASCII and case-sensitive: 26 bytes in an index instead of 104. */
export const ulidColumn = (table: Knex.CreateTableBuilder, name: string): Knex.ColumnBuilder =>
  table.specificType(name, 'CHAR(26) CHARACTER SET ascii COLLATE ascii_bin');

/** DATETIME(3), always UTC: control connections set time_zone '+00:00'. */
export const utc = (table: Knex.CreateTableBuilder, name: string): Knex.ColumnBuilder =>
  table.specificType(name, 'DATETIME(3)');
export const createdAt = (table: Knex.CreateTableBuilder, name = 'created_at'): void => {
  table.specificType(name, 'DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)');
};
