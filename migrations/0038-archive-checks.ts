import { utc, type Migration } from './helpers';

/** How the files of an archive were found when somebody looked last: sound | missing | changed. */
export const migration: Migration = {
  async up(knex) {
    if (await knex.schema.hasColumn('archives', 'checked_at')) return;
    await knex.schema.alterTable('archives', (table) => {
      table.string('finding', 16).nullable();
      utc(table, 'checked_at').nullable();
    });
  },
};
