import type { Knex } from 'knex';
import type { User } from '../domain/user';
import { date, dateOrNull, number, text, textOrNull, word, type Row } from './rows';

const fromRow = (row: Row): User => ({
  id: text(row, 'id'),
  email: text(row, 'email'),
  name: text(row, 'name'),
  role: word(row, 'role'),
  wilayahKode: textOrNull(row, 'wilayah_kode'),
  locale: word(row, 'locale'),
  failedSignIns: number(row, 'failed_sign_ins'),
  lockedUntil: dateOrNull(row, 'locked_until'),
  lastSeenAt: dateOrNull(row, 'last_seen_at'),
  createdAt: date(row, 'created_at'),
});

export interface NewUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: User['role'];
  readonly wilayahKode: string | null;
  readonly passwordHash: string;
  readonly locale: User['locale'];
}

export class UserStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(fresh: NewUser): Promise<void> {
    await this.db('users').insert({
      id: fresh.id,
      email: fresh.email,
      name: fresh.name,
      role: fresh.role,
      wilayah_kode: fresh.wilayahKode,
      password_hash: fresh.passwordHash,
      locale: fresh.locale,
    });
  }

  async find(id: string): Promise<User | null> {
    const row = (await this.db('users').where({ id }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Lower-case e-mail. The hash leaves the store only here. */
  async findByEmail(email: string): Promise<{ readonly user: User; readonly passwordHash: string } | null> {
    const row = (await this.db('users').where({ email }).first()) as Row | undefined;
    return row ? { user: fromRow(row), passwordHash: text(row, 'password_hash') } : null;
  }

  async list(): Promise<readonly User[]> {
    const rows = (await this.db('users').orderBy('created_at').orderBy('id')) as Row[];
    return rows.map(fromRow);
  }

  async count(): Promise<number> {
    const row = (await this.db('users').count({ n: '*' }).first()) as Row;
    return number(row, 'n');
  }

  /** Admins of the whole installation, locked against change until the transaction ends. */
  async lockAdmins(): Promise<readonly string[]> {
    const rows = await this.db('users')
      .where({ role: 'admin' })
      .whereNull('wilayah_kode')
      .orderBy('id')
      .forUpdate()
      .select<Row[]>('id');
    return rows.map((row) => text(row, 'id'));
  }

  async update(id: string, change: Partial<Pick<User, 'name' | 'role' | 'wilayahKode' | 'locale'>>): Promise<void> {
    const columns = {
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.role === undefined ? {} : { role: change.role }),
      ...(change.wilayahKode === undefined ? {} : { wilayah_kode: change.wilayahKode }),
      ...(change.locale === undefined ? {} : { locale: change.locale }),
    };
    if (Object.keys(columns).length > 0) await this.db('users').where({ id }).update(columns);
  }

  /** A new password also ends a lock-out. */
  async setPassword(id: string, passwordHash: string): Promise<void> {
    await this.db('users')
      .where({ id })
      .update({ password_hash: passwordHash, failed_sign_ins: 0, locked_until: null });
  }

  /** Counts a wrong password; the `limit`-th one in a row locks the account for `lockSeconds` and starts counting anew. */
  async countFailure(id: string, limit: number, lockSeconds: number): Promise<void> {
    await this.db('users')
      .where({ id })
      .update({
        locked_until: this.db.raw('IF(failed_sign_ins + 1 >= ?, UTC_TIMESTAMP(3) + INTERVAL ? SECOND, locked_until)', [
          limit,
          lockSeconds,
        ]),
        failed_sign_ins: this.db.raw('IF(failed_sign_ins + 1 >= ?, 0, failed_sign_ins + 1)', [limit]),
      });
  }

  async signedIn(id: string): Promise<void> {
    await this.db('users')
      .where({ id })
      .update({ failed_sign_ins: 0, locked_until: null, last_seen_at: this.db.raw('UTC_TIMESTAMP(3)') });
  }

  async remove(id: string): Promise<void> {
    await this.db('users').where({ id }).delete();
  }
}
