import { hostname } from 'node:os';
import type { Knex } from 'knex';
import { text, type Row } from './rows';

export interface WorkerRow {
  readonly id: string;
  readonly seenAt: Date;
}

export class WorkerStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }
  async beat(id: string, pid: number, startedAt: Date): Promise<void> {
    await this.db('workers')
      .insert({ id, host: hostname(), pid, started_at: startedAt, seen_at: this.db.raw('UTC_TIMESTAMP(3)') })
      .onConflict('id')
      .merge(['seen_at']);
  }
  async latest(): Promise<Date | null> {
    const row = (await this.db('workers').max({ at: 'seen_at' }).first()) as Row | undefined;
    const at = row?.['at'];
    return at instanceof Date ? at : null;
  }
  /** Rows of workers that have been silent for long. */
  async forgetSilent(seconds: number): Promise<void> {
    await this.db('workers').whereRaw('seen_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND', [seconds]).delete();
  }
  async ids(): Promise<readonly string[]> {
    const rows = (await this.db('workers').select('id')) as Row[];
    return rows.map((row) => text(row, 'id'));
  }
}
