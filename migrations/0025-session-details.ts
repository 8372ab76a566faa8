import { utc, type Migration } from './helpers';

/** What a person needs to recognise a sign-in before revoking it. */
export const migration: Migration = {
  async up(knex) {
    if (await knex.schema.hasColumn('sessions', 'last_seen_at')) return;
    await knex.schema.alterTable('sessions', (table) => {
      table.string('ip', 45).nullable();
      table.string('user_agent', 255).nullable();
      utc(table, 'last_seen_at').nullable();
    });
  },
};
