import type { Knex } from 'knex';
import { json, number, date, text, type Row } from './rows';

/** A numbered, append-only log row of a stream such as `rollout:01J…`. */
export interface StreamEvent {
  readonly stream: string;
  readonly seq: number;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly at: Date;
}
export interface NewEvent {
  readonly stream: string;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const fromRow = (row: Row): StreamEvent => ({
  stream: text(row, 'stream'),
  seq: number(row, 'seq'),
  type: text(row, 'type'),
  body: json(row, 'body'),
  at: date(row, 'at'),
});

/** The next numbers of a stream, whether it is there or not; its row stays locked until commit. */
const NUMBERS = `INSERT INTO streams (stream, last_seq) VALUES (?, ?)
  ON DUPLICATE KEY UPDATE last_seq = last_seq + VALUES(last_seq) RETURNING last_seq`;

export class EventStore {
  private readonly db: Knex;
  /** Streams touched in this transaction with their new last number: published after commit. */
  readonly touched: Map<string, number>;
  constructor(db: Knex, touched: Map<string, number>) {
    this.db = db;
    this.touched = touched;
  }

  /** Appends in the caller's transaction. Numbers are gapless: the stream's row stays locked until commit. */
  async append(events: readonly NewEvent[]): Promise<void> {
    for (const [stream, group] of groupByStream(events)) {
      const [[row]] = (await this.db.raw(NUMBERS, [stream, group.length])) as [Row[]];
      if (row === undefined) throw new Error(`no numbers for ${stream}`);
      let seq = number(row, 'last_seq') - group.length;
      const at = new Date();
      const rows = group.map((event) => ({
        stream,
        seq: ++seq,
        type: event.type,
        body: JSON.stringify(event.body),
        at,
      }));
      await this.db('events').insert(rows);
      this.touched.set(stream, seq);
    }
  }

  async after(stream: string, seq: number, limit: number): Promise<readonly StreamEvent[]> {
    const rows = (await this.db('events')
      .where({ stream })
      .andWhere('seq', '>', seq)
      .orderBy('seq')
      .limit(limit)) as Row[];
    return rows.map(fromRow);
  }

  async latest(stream: string, limit: number): Promise<readonly StreamEvent[]> {
    const rows = (await this.db('events').where({ stream }).orderBy('seq', 'desc').limit(limit)) as Row[];
    return rows.map(fromRow);
  }

  async lastSeq(stream: string): Promise<number> {
    const [row] = (await this.db('streams').where({ stream }).select('last_seq')) as Row[];
    return row ? number(row, 'last_seq') : 0;
  }
}

const groupByStream = (events: readonly NewEvent[]): Map<string, NewEvent[]> => {
  const groups = new Map<string, NewEvent[]>();
  for (const event of events) groups.set(event.stream, [...(groups.get(event.stream) ?? []), event]);
  // Always in the same order: two transactions that write to the same streams wait for each other, never in a circle.
  return new Map([...groups].sort(([left], [right]) => (left < right ? -1 : 1)));
};
