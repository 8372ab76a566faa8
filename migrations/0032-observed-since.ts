import { utc, type Migration } from './helpers';

/** Since when an instance has been seen in its present state. */
export const migration: Migration = {
  async up(knex) {
    if (await knex.schema.hasColumn('instances', 'observed_since')) return;
    await knex.schema.alterTable('instances', (table) => void utc(table, 'observed_since').nullable());
  },
};
