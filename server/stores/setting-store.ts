import type { Knex } from 'knex';
import { json, text, type Row } from './rows';

export class SettingStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  /** Every stored key with its parsed JSON value; unknown keys included. */
  async all(): Promise<ReadonlyMap<string, unknown>> {
    const rows = await this.db('settings').select<Row[]>('key', 'value');
    return new Map(rows.map((row) => [text(row, 'key'), json<unknown>(row, 'value')]));
  }

  async put(key: string, value: unknown): Promise<void> {
    await this.db('settings')
      .insert({ key, value: JSON.stringify(value), updated_at: new Date() })
      .onConflict('key')
      .merge();
  }

  async remove(key: string): Promise<void> {
    await this.db('settings').where({ key }).delete();
  }
}
