import { utc, type Migration } from './helpers';

/** How a dump's file was found when somebody looked last: sound | missing | changed. */
export const migration: Migration = {
  async up(knex) {
    if (await knex.schema.hasColumn('dumps', 'checked_at')) return;
    await knex.schema.alterTable('dumps', (table) => {
      table.string('finding', 16).nullable();
      utc(table, 'checked_at').nullable();
    });
  },
};
