import type { Knex } from 'knex';
import { date, text, textOrNull, word, type Row } from './rows';

export type LinkPurpose = 'setup' | 'sign_in';
export interface Link {
  readonly tokenHash: string;
  readonly purpose: LinkPurpose;
  readonly userId: string | null;
  readonly expiresAt: Date;
}

const fromRow = (row: Row): Link => ({
  tokenHash: text(row, 'token_hash'),
  purpose: word(row, 'purpose'),
  userId: textOrNull(row, 'user_id'),
  expiresAt: date(row, 'expires_at'),
});

export class LinkStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(link: Link): Promise<void> {
    await this.db('one_time_links').insert({
      token_hash: link.tokenHash,
      purpose: link.purpose,
      user_id: link.userId,
      expires_at: link.expiresAt,
    });
  }

  /** Binds the link to the first browser that opens it; null when unknown, used, over, or another browser's. */
  async open(tokenHash: string, purpose: LinkPurpose, browserHash: string): Promise<Link | null> {
    const count: number = await this.db('one_time_links')
      .where({ token_hash: tokenHash, purpose })
      .whereNull('used_at')
      .andWhere('expires_at', '>', this.db.raw('UTC_TIMESTAMP(3)'))
      .andWhere((where) => void where.whereNull('browser_hash').orWhere({ browser_hash: browserHash }))
      .update({ browser_hash: browserHash });
    if (count !== 1) return null;
    const row = (await this.db('one_time_links').where({ token_hash: tokenHash }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Whether somebody could still open it; changes nothing. */
  async isOpen(tokenHash: string, purpose: LinkPurpose): Promise<boolean> {
    const row = (await this.db('one_time_links')
      .where({ token_hash: tokenHash, purpose })
      .whereNull('used_at')
      .andWhere('expires_at', '>', this.db.raw('UTC_TIMESTAMP(3)'))
      .first('token_hash')) as Row | undefined;
    return row !== undefined;
  }

  /** Uses the link up; false when that happened before, or it is over. */
  async use(tokenHash: string): Promise<boolean> {
    const count: number = await this.db('one_time_links')
      .where({ token_hash: tokenHash })
      .whereNull('used_at')
      .andWhere('expires_at', '>', this.db.raw('UTC_TIMESTAMP(3)'))
      .update({ used_at: this.db.raw('UTC_TIMESTAMP(3)') });
    return count === 1;
  }

  /** Voids every open link of a purpose, or of one user. */
  async voidAll(purpose: LinkPurpose, userId: string | null): Promise<void> {
    await this.db('one_time_links')
      .where({ purpose, user_id: userId })
      .whereNull('used_at')
      .update({ used_at: this.db.raw('UTC_TIMESTAMP(3)') });
  }

  async removeOld(): Promise<void> {
    await this.db('one_time_links')
      .where('expires_at', '<', this.db.raw('UTC_TIMESTAMP(3) - INTERVAL 30 DAY'))
      .delete();
  }
}
