import type { Knex } from 'knex';
import type { IssuedToken } from '../domain/token';
import { date, dateOrNull, json, text, type Row } from './rows';

/** DATE columns come back as midnight UTC: connections run in UTC. */
const day = (row: Row, key: string): string => {
  const value = row[key];
  return value instanceof Date ? value.toISOString().slice(0, 10) : text(row, key);
};

const fromRow = (row: Row): IssuedToken => ({
  id: text(row, 'id'),
  desaKode: text(row, 'desa_kode'),
  jti: text(row, 'jti'),
  kid: text(row, 'kid'),
  sealed: text(row, 'token'),
  domain: text(row, 'domain'),
  startsOn: day(row, 'starts_on'),
  endsOn: day(row, 'ends_on'),
  revokedAt: dateOrNull(row, 'revoked_at'),
  installedAt: dateOrNull(row, 'installed_at'),
  createdAt: date(row, 'created_at'),
});

export interface SigningKey {
  readonly kid: string;
  /** JSON of the public JWK. */
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** Encrypted PKCS#8 PEM. */
  readonly sealedPrivateKey: string;
  readonly retiredAt: Date | null;
}
const keyFromRow = (row: Row): SigningKey => ({
  kid: text(row, 'kid'),
  publicJwk: json(row, 'public_jwk'),
  sealedPrivateKey: text(row, 'private_key'),
  retiredAt: dateOrNull(row, 'retired_at'),
});

export class TokenStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(fresh: Omit<IssuedToken, 'revokedAt' | 'installedAt' | 'createdAt'>): Promise<void> {
    await this.db('tokens').insert({
      id: fresh.id,
      desa_kode: fresh.desaKode,
      jti: fresh.jti,
      kid: fresh.kid,
      token: fresh.sealed,
      domain: fresh.domain,
      starts_on: fresh.startsOn,
      ends_on: fresh.endsOn,
    });
  }

  /** The newest token of the desa that is not revoked (now or later). */
  async current(desaKode: string): Promise<IssuedToken | null> {
    const row = (await this.db('tokens')
      .where({ desa_kode: desaKode })
      .whereNull('revoked_at')
      .orderBy('id', 'desc')
      .first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Of every desa the token `current` gives. */
  async newest(): Promise<readonly IssuedToken[]> {
    const ids = this.db('tokens').whereNull('revoked_at').groupBy('desa_kode').max('id');
    const rows = (await this.db('tokens').whereIn('id', ids).orderBy('ends_on').orderBy('desa_kode')) as Row[];
    return rows.map(fromRow);
  }

  async findByJti(jti: string): Promise<IssuedToken | null> {
    const row = (await this.db('tokens').where({ jti }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Newest first, revoked ones included. */
  async listOf(desaKode: string): Promise<readonly IssuedToken[]> {
    const rows = (await this.db('tokens').where({ desa_kode: desaKode }).orderBy('id', 'desc')) as Row[];
    return rows.map(fromRow);
  }

  /** From `at` on the token is refused; a time in the future is the overlap of a rotation. Never later than before. */
  async revoke(ids: readonly string[], at: Date): Promise<void> {
    if (ids.length === 0) return;
    await this.db('tokens')
      .whereIn('id', [...ids])
      .andWhere((where) => void where.whereNull('revoked_at').orWhere('revoked_at', '>', at))
      .update({ revoked_at: at });
  }

  async markInstalled(id: string): Promise<void> {
    await this.db('tokens')
      .where({ id })
      .update({ installed_at: this.db.raw('UTC_TIMESTAMP(3)') });
  }

  /** Locks the desa's row, so that two issuers of one desa come one after the other; false when there is no such desa. */
  async lockDesa(desaKode: string): Promise<boolean> {
    const row = await this.db('desa').where({ kode: desaKode }).forUpdate().first<Row | undefined>('kode');
    return row !== undefined;
  }

  async signingKeys(): Promise<readonly SigningKey[]> {
    const rows = (await this.db('signing_keys').orderBy('created_at').orderBy('kid')) as Row[];
    return rows.map(keyFromRow);
  }

  /** Keeps a key of that kid that is already there; false then. */
  async addSigningKey(key: Omit<SigningKey, 'retiredAt'>): Promise<boolean> {
    const [result] = (await this.db.raw(
      'INSERT IGNORE INTO signing_keys (kid, public_jwk, private_key) VALUES (?, ?, ?)',
      [key.kid, JSON.stringify(key.publicJwk), key.sealedPrivateKey],
    )) as [{ affectedRows: number }];
    return result.affectedRows === 1;
  }

  async retireSigningKey(kid: string): Promise<void> {
    await this.db('signing_keys')
      .where({ kid })
      .update({ retired_at: this.db.raw('UTC_TIMESTAMP(3)') });
  }
}
