import type { Knex } from 'knex';
import { date, dateOrNull, json, text, textOrNull, type Row } from './rows';

/** A sign-in as its owner sees it. `idHash` is the sha256 of the session id, safe to show. */
export interface SignIn {
  readonly idHash: string;
  readonly userId: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date | null;
  readonly expiresAt: Date;
}
export interface StoredSession {
  readonly idHash: string;
  readonly userId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly expiresAt: Date;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

const fromRow = (row: Row): SignIn => ({
  idHash: text(row, 'id_hash'),
  userId: text(row, 'user_id'),
  ip: textOrNull(row, 'ip'),
  userAgent: textOrNull(row, 'user_agent'),
  createdAt: date(row, 'created_at'),
  lastSeenAt: dateOrNull(row, 'last_seen_at'),
  expiresAt: date(row, 'expires_at'),
});

export class SessionStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  /** Null when absent or over. */
  async find(idHash: string): Promise<Readonly<Record<string, unknown>> | null> {
    const row = await this.db('sessions')
      .where({ id_hash: idHash })
      .andWhere('expires_at', '>', this.db.raw('UTC_TIMESTAMP(3)'))
      .first<Row | undefined>('data');
    return row ? json(row, 'data') : null;
  }

  async put(session: StoredSession): Promise<void> {
    await this.db('sessions')
      .insert({ id_hash: session.idHash, ...this.columns(session) })
      .onConflict('id_hash')
      .merge();
  }

  /** Never brings back a session that was revoked meanwhile. */
  async update(session: StoredSession): Promise<void> {
    await this.db('sessions').where({ id_hash: session.idHash }).update(this.columns(session));
  }

  private columns(session: StoredSession): Record<string, unknown> {
    return {
      user_id: session.userId,
      data: JSON.stringify(session.data),
      expires_at: session.expiresAt,
      ip: session.ip?.slice(0, 45) ?? null,
      user_agent: session.userAgent?.slice(0, 255) ?? null,
      last_seen_at: this.db.raw('UTC_TIMESTAMP(3)'),
    };
  }

  /** Never brings back a session that was revoked meanwhile. */
  async touch(idHash: string, expiresAt: Date): Promise<void> {
    await this.db('sessions')
      .where({ id_hash: idHash })
      .update({ expires_at: expiresAt, last_seen_at: this.db.raw('UTC_TIMESTAMP(3)') });
  }

  async remove(idHash: string): Promise<void> {
    await this.db('sessions').where({ id_hash: idHash }).delete();
  }

  async listOf(userId: string): Promise<readonly SignIn[]> {
    const rows = (await this.db('sessions')
      .where({ user_id: userId })
      .andWhere('expires_at', '>', this.db.raw('UTC_TIMESTAMP(3)'))
      .orderBy('created_at', 'desc')) as Row[];
    return rows.map(fromRow);
  }

  /** False when it is not a session of that user. */
  async removeOf(userId: string, idHash: string): Promise<boolean> {
    const count: number = await this.db('sessions').where({ user_id: userId, id_hash: idHash }).delete();
    return count === 1;
  }

  /** All sign-ins of a user but one (`''` = all); returns how many. */
  async removeOthers(userId: string, keepIdHash: string): Promise<number> {
    return this.db('sessions').where({ user_id: userId }).whereNot({ id_hash: keepIdHash }).delete();
  }

  async removeExpired(): Promise<number> {
    return this.db('sessions').where('expires_at', '<=', this.db.raw('UTC_TIMESTAMP(3)')).delete();
  }
}
