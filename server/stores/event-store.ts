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

/** The next numbers of so many streams, whether they are there or not; their rows stay locked until commit. */
const numbersOf = (streams: number): string => `INSERT INTO streams (stream, last_seq)
  VALUES ${Array.from({ length: streams }, () => '(?, ?)').join(', ')}
  ON DUPLICATE KEY UPDATE last_seq = last_seq + VALUES(last_seq) RETURNING stream, last_seq`;

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
    if (events.length === 0) return;
    const groups = groupByStream(events);
    const wanted = [...groups].flatMap(([stream, group]) => [stream, group.length]);
    const [numbers] = (await this.db.raw(numbersOf(groups.size), wanted)) as [Row[]];
    const last = new Map(numbers.map((row) => [text(row, 'stream'), number(row, 'last_seq')] as const));
    const at = new Date();
    const rows = [...groups].flatMap(([stream, group]) => {
      const end = last.get(stream);
      if (end === undefined) throw new Error(`no numbers for ${stream}`);
      const first = end - group.length + 1;
      return group.map(({ type, body }, index) => ({
        stream,
        seq: first + index,
        type,
        body: JSON.stringify(body),
        at,
      }));
    });
    await this.db('events').insert(rows);
    for (const [stream, end] of last) this.touched.set(stream, end);
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
  // Always in the same order, in one statement too: two transactions that write to the same streams wait for each other, never in a circle.
  return new Map([...groups].sort(([left], [right]) => (left < right ? -1 : 1)));
};
