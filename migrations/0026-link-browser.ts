import type { Migration } from './helpers';

/** Hash of the browser that opened the link first: nobody else may go on with it. */
export const migration: Migration = {
  async up(knex) {
    if (await knex.schema.hasColumn('one_time_links', 'browser_hash')) return;
    await knex.schema.alterTable('one_time_links', (table) => {
      table.specificType('browser_hash', 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin').nullable();
    });
  },
};
