import type { Config } from '../config';
import { IDLE_AS_LONG_AS_NEEDED, IDLE_AS_USUAL } from '../stores/connect';
import type { Control } from './control';

/** A lock of the database keeps two workers from the same work; null when another has it. */
export const exclusiveIn =
  (control: Pick<Control, 'db'> & { readonly config: Pick<Config, 'id'> }) =>
  async <T>(name: string, work: () => Promise<T>): Promise<T | null> =>
    control.db.transaction(async (trx) => {
      const key = `sp:${control.config.id}:${name}`;
      const [[row]] = (await trx.raw('SELECT GET_LOCK(?, 0) AS got', [key])) as [[{ got: number }]];
      if (row.got !== 1) return null;
      try {
        // It holds no row, and the work may take an hour.
        await trx.raw(IDLE_AS_LONG_AS_NEEDED).catch(() => undefined);
        return await work();
      } finally {
        await trx.raw(IDLE_AS_USUAL).catch(() => undefined);
        await trx.raw('SELECT RELEASE_LOCK(?)', [key]);
      }
    });
