import type { Knex } from 'knex';
import { date, numberOrNull, text, textOrNull, type Row } from './rows';

/** A request that was made under a key. `status` null = it has not been answered. */
export interface KeptRequest {
  readonly requestHash: string;
  readonly status: number | null;
  /** JSON text; null when it is not kept. */
  readonly answer: string | null;
  readonly createdAt: Date;
}
const HOURS = 24;
const SWEEP = 200;

export class IdempotencyStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  /** True for exactly one caller per key; the key is free again after 24 hours. */
  async claim(userId: string, keyHash: string, requestHash: string): Promise<boolean> {
    await this.db('idempotency_keys').where('expires_at', '<=', this.db.raw('UTC_TIMESTAMP(3)')).limit(SWEEP).delete();
    const [result] = (await this.db.raw(
      `INSERT IGNORE INTO idempotency_keys (user_id, key_hash, request_hash, expires_at)
       VALUES (?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL ? HOUR)`,
      [userId, keyHash, requestHash, HOURS],
    )) as [{ readonly affectedRows: number }];
    return result.affectedRows === 1;
  }

  async find(userId: string, keyHash: string): Promise<KeptRequest | null> {
    const row = (await this.db('idempotency_keys').where({ user_id: userId, key_hash: keyHash }).first()) as
      Row | undefined;
    if (row === undefined) return null;
    return {
      requestHash: text(row, 'request_hash'),
      status: numberOrNull(row, 'status'),
      answer: textOrNull(row, 'answer'),
      createdAt: date(row, 'created_at'),
    };
  }

  async answer(userId: string, keyHash: string, status: number, answer: string | null): Promise<void> {
    await this.db('idempotency_keys').where({ user_id: userId, key_hash: keyHash }).update({ status, answer });
  }

  /** Nothing was done: the same key may be tried again. */
  async release(userId: string, keyHash: string): Promise<void> {
    await this.db('idempotency_keys').where({ user_id: userId, key_hash: keyHash }).whereNull('status').delete();
  }
}
