import type { Knex } from 'knex';
import type { PersonalToken, TokenAccess } from '../domain/personal-token';
import { date, dateOrNull, text, textOrNull, word, type Row } from './rows';

const fromRow = (row: Row): PersonalToken => ({
  id: text(row, 'id'),
  userId: text(row, 'user_id'),
  name: text(row, 'name'),
  access: word<TokenAccess>(row, 'access'),
  createdAt: date(row, 'created_at'),
  expiresAt: dateOrNull(row, 'expires_at'),
  lastUsedAt: dateOrNull(row, 'last_used_at'),
  lastUsedIp: textOrNull(row, 'last_used_ip'),
  revokedAt: dateOrNull(row, 'revoked_at'),
});

export class PersonalTokenStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(
    fresh: Pick<PersonalToken, 'id' | 'userId' | 'name' | 'access' | 'expiresAt'> & { readonly tokenHash: string },
  ): Promise<void> {
    await this.db('personal_tokens').insert({
      id: fresh.id,
      user_id: fresh.userId,
      name: fresh.name,
      access: fresh.access,
      token_hash: fresh.tokenHash,
      expires_at: fresh.expiresAt,
    });
  }

  async find(id: string): Promise<PersonalToken | null> {
    const row = (await this.db('personal_tokens').where({ id }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Only one that still works. */
  async findLive(tokenHash: string): Promise<PersonalToken | null> {
    const row = (await this.db('personal_tokens')
      .where({ token_hash: tokenHash })
      .whereNull('revoked_at')
      .andWhere((where) => {
        void where.whereNull('expires_at').orWhere('expires_at', '>', this.db.raw('UTC_TIMESTAMP(3)'));
      })
      .first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Newest first, revoked ones included. */
  async listOf(userId: string): Promise<readonly PersonalToken[]> {
    const rows = (await this.db('personal_tokens').where({ user_id: userId }).orderBy('id', 'desc')) as Row[];
    return rows.map(fromRow);
  }

  /** False when it is not a working one of that person. */
  async revoke(userId: string, id: string): Promise<boolean> {
    const count: number = await this.db('personal_tokens')
      .where({ user_id: userId, id })
      .whereNull('revoked_at')
      .update({ revoked_at: this.db.raw('UTC_TIMESTAMP(3)') });
    return count === 1;
  }

  /** At most once a minute: a script that asks each second must not write each second. */
  async used(id: string, ip: string): Promise<void> {
    await this.db('personal_tokens')
      .where({ id })
      .andWhereRaw('(last_used_at IS NULL OR last_used_at < UTC_TIMESTAMP(3) - INTERVAL 60 SECOND)')
      .update({ last_used_at: this.db.raw('UTC_TIMESTAMP(3)'), last_used_ip: ip.slice(0, 45) });
  }
}
