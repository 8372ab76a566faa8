import type { Knex } from 'knex';
import type { Chore, ChoreKind, ChoreState } from '../domain/chore';
import type { Reason } from '../domain/deployment';
import { date, dateOrNull, reasonOf, text, toJson, word, type Row } from './rows';

const fromRow = (row: Row): Chore => ({
  id: text(row, 'id'),
  kind: word<ChoreKind>(row, 'kind'),
  subject: text(row, 'subject'),
  state: word<ChoreState>(row, 'state'),
  requestedBy: text(row, 'requested_by'),
  reason: reasonOf(row),
  createdAt: date(row, 'created_at'),
  endedAt: dateOrNull(row, 'ended_at'),
});

export class ChoreStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  /** False when the same chore is open already: asking twice does it once. */
  async ask(fresh: Pick<Chore, 'id' | 'kind' | 'subject' | 'requestedBy'>): Promise<boolean> {
    const [result] = (await this.db.raw(
      `INSERT IGNORE INTO chores (id, kind, subject, state, open_key, requested_by) VALUES (?, ?, ?, 'waiting', ?, ?)`,
      [fresh.id, fresh.kind, fresh.subject, `${fresh.kind}:${fresh.subject}`, fresh.requestedBy],
    )) as [{ affectedRows: number }];
    return result.affectedRows === 1;
  }

  /** Oldest first: waiting ones, and those a worker began and did not end. */
  async open(): Promise<readonly Chore[]> {
    const rows = (await this.db('chores').whereNotNull('open_key').orderBy('id')) as Row[];
    return rows.map(fromRow);
  }

  /** Newest first. */
  async recent(limit: number): Promise<readonly Chore[]> {
    const rows = (await this.db('chores').orderBy('id', 'desc').limit(limit)) as Row[];
    return rows.map(fromRow);
  }

  async begin(id: string): Promise<void> {
    await this.db('chores').where({ id }).whereNotNull('open_key').update({ state: 'running' });
  }

  async end(id: string, state: 'done' | 'failed', reason: Reason | null): Promise<void> {
    await this.db('chores')
      .where({ id })
      .update({
        state,
        open_key: null,
        reason_code: reason?.code ?? null,
        reason: toJson(reason?.params),
        ended_at: this.db.raw('UTC_TIMESTAMP(3)'),
      });
  }

  /** What ended long ago tells nobody anything. */
  async forget(days: number): Promise<void> {
    await this.db('chores').whereRaw('ended_at < UTC_TIMESTAMP(3) - INTERVAL ? DAY', [days]).delete();
  }
}
