import type { Knex } from 'knex';
import { text, type Row } from './rows';

export interface BrandFile {
  readonly type: string;
  readonly sha256: string;
  readonly content: Buffer;
}

export class BrandStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  /** What a page must know to point to it; null when there is none. */
  async hashOf(name: string): Promise<string | null> {
    const row = (await this.db('brand_files').where({ name }).first('sha256')) as Row | undefined;
    return row ? text(row, 'sha256') : null;
  }

  async find(name: string): Promise<BrandFile | null> {
    const row = (await this.db('brand_files').where({ name }).first()) as Row | undefined;
    const content = row?.['content'];
    if (row === undefined || !Buffer.isBuffer(content)) return null;
    return { type: text(row, 'type'), sha256: text(row, 'sha256'), content };
  }

  async put(name: string, file: BrandFile): Promise<void> {
    await this.db('brand_files')
      .insert({ name, ...file, updated_at: this.db.raw('UTC_TIMESTAMP(3)') })
      .onConflict('name')
      .merge();
  }

  async remove(name: string): Promise<void> {
    await this.db('brand_files').where({ name }).delete();
  }
}
