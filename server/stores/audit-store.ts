import type { Knex } from 'knex';
import { date, number, text, textOrNull, type Row } from './rows';

/** `before` and `after` are the JSON texts that were hashed, byte for byte. */
export interface AuditRow {
  readonly id: number;
  readonly actor: string;
  readonly act: string;
  readonly object: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly at: Date;
  readonly previousHash: string;
  readonly hash: string;
}
export type NewAuditRow = Omit<AuditRow, 'id'>;
export interface AuditHead {
  readonly entries: number;
  readonly hash: string;
}
export interface AuditFilter {
  readonly act?: string;
  readonly object?: string;
  readonly actor?: string;
  /** Words anywhere in it, as a person would search. */
  readonly actorHas?: string;
  readonly objectHas?: string;
  /** Acts that begin so, e.g. `rollout.`. */
  readonly actStarts?: string;
  readonly since?: Date;
  readonly before?: Date;
  /** Only rows older than this id. */
  readonly beforeId?: number;
  readonly limit: number;
}
export const FIRST_HASH = '0'.repeat(64);

const fromRow = (row: Row): AuditRow => ({
  id: number(row, 'id'),
  actor: text(row, 'actor'),
  act: text(row, 'act'),
  object: text(row, 'object'),
  before: textOrNull(row, 'before'),
  after: textOrNull(row, 'after'),
  at: date(row, 'at'),
  previousHash: text(row, 'previous_hash'),
  hash: text(row, 'hash'),
});

/** A per cent sign that was typed is one. */
const literal = (text: string): string => text.replace(/[\\%_]/g, (sign) => `\\${sign}`);

export class AuditStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  /** The head stays locked until the caller's transaction ends: rows form one chain. */
  async lockHead(): Promise<AuditHead> {
    await this.db.raw('INSERT INTO audit_head (id, entries, hash) VALUES (1, 0, ?) ON DUPLICATE KEY UPDATE id = id', [
      FIRST_HASH,
    ]);
    const row = (await this.db('audit_head').where({ id: 1 }).forUpdate().first()) as Row;
    return { entries: number(row, 'entries'), hash: text(row, 'hash') };
  }

  async append(row: NewAuditRow): Promise<void> {
    await this.db('audit').insert({
      actor: row.actor,
      act: row.act,
      object: row.object,
      before: row.before,
      after: row.after,
      at: row.at,
      previous_hash: row.previousHash,
      hash: row.hash,
    });
    await this.db('audit_head')
      .where({ id: 1 })
      .update({ entries: this.db.raw('entries + 1'), hash: row.hash });
  }

  async head(): Promise<AuditHead> {
    const row = (await this.db('audit_head').where({ id: 1 }).first()) as Row | undefined;
    return row ? { entries: number(row, 'entries'), hash: text(row, 'hash') } : { entries: 0, hash: FIRST_HASH };
  }

  async after(id: number, limit: number): Promise<readonly AuditRow[]> {
    const rows = (await this.db('audit').where('id', '>', id).orderBy('id').limit(limit)) as Row[];
    return rows.map(fromRow);
  }

  /** Newest first. */
  async list(filter: AuditFilter): Promise<readonly AuditRow[]> {
    const query = this.db('audit').orderBy('id', 'desc').limit(filter.limit);
    if (filter.act !== undefined) void query.where({ act: filter.act });
    if (filter.object !== undefined) void query.where({ object: filter.object });
    if (filter.actor !== undefined) void query.where({ actor: filter.actor });
    if (filter.actorHas !== undefined) void query.whereILike('actor', `%${literal(filter.actorHas)}%`);
    if (filter.objectHas !== undefined) void query.whereILike('object', `%${literal(filter.objectHas)}%`);
    if (filter.actStarts !== undefined) void query.whereILike('act', `${literal(filter.actStarts)}%`);
    if (filter.since !== undefined) void query.where('at', '>=', filter.since);
    if (filter.before !== undefined) void query.where('at', '<', filter.before);
    if (filter.beforeId !== undefined) void query.where('id', '<', filter.beforeId);
    const rows = (await query) as Row[];
    return rows.map(fromRow);
  }
}
