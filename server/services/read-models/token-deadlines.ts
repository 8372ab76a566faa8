import type { IssuedToken } from '../../domain/token';
import type { Stores } from '../../stores';
import { isoOf, KeptRows, lineOf } from './kept-rows';

/** Whose a token is, when it ends and whether it was read back; never the token. */
export type TokenDeadline = Pick<IssuedToken, 'desaKode' | 'endsOn' | 'installedAt' | 'createdAt'>;
const COLUMNS = ['desa_kode', 'ends_on', 'installed_at', 'created_at'];

const deadlineOf = (fields: readonly string[]): TokenDeadline => {
  const [desaKode = '', endsOn = '', installed = '', created = ''] = fields;
  return {
    desaKode,
    endsOn,
    installedAt: installed === '' ? null : new Date(isoOf(installed)),
    createdAt: new Date(isoOf(created)),
  };
};

export class TokenDeadlines {
  private readonly read: Stores;
  private readonly rows = new KeptRows(deadlineOf);
  constructor(read: Stores) {
    this.read = read;
  }

  /** Of every token that is not revoked, oldest first; the same array as long as nothing changed. */
  async all(): Promise<readonly TokenDeadline[]> {
    const { knex } = this.read;
    const query = knex('tokens')
      .whereNull('revoked_at')
      .orderBy('id')
      .select(knex.raw(lineOf(COLUMNS)));
    const lines = (await query) as readonly { readonly line: string }[];
    return this.rows.take(lines.map((row) => row.line));
  }
}
