import type { Knex } from 'knex';
import type { FileFinding } from '../domain/chore';
import { date, dateOrNull, json, number, text, textOrNull, word, type Row } from './rows';

/** What is left of a removed desa. `path` is an absolute folder; the manifest names files, rows and checksums in it. */
export interface Archive {
  readonly id: string;
  readonly desaKode: string;
  readonly path: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  readonly createdAt: Date;
  /** How its files were found at `checkedAt`; null = nobody looked since it was made. */
  readonly finding: FileFinding | null;
  readonly checkedAt: Date | null;
}

const fromRow = (row: Row): Archive => ({
  id: text(row, 'id'),
  desaKode: text(row, 'desa_kode'),
  path: text(row, 'path'),
  manifest: json(row, 'manifest'),
  bytes: number(row, 'bytes'),
  createdAt: date(row, 'created_at'),
  finding: textOrNull(row, 'finding') === null ? null : word<FileFinding>(row, 'finding'),
  checkedAt: dateOrNull(row, 'checked_at'),
});

export class ArchiveStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(fresh: Omit<Archive, 'createdAt' | 'finding' | 'checkedAt'>): Promise<void> {
    await this.db('archives').insert({
      id: fresh.id,
      desa_kode: fresh.desaKode,
      path: fresh.path,
      manifest: JSON.stringify(fresh.manifest),
      bytes: fresh.bytes,
    });
  }

  async find(id: string): Promise<Archive | null> {
    const row = (await this.db('archives').where({ id }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** Newest first. */
  async ofDesa(desaKode: string): Promise<readonly Archive[]> {
    const rows = (await this.db('archives').where({ desa_kode: desaKode }).orderBy('id', 'desc')) as Row[];
    return rows.map(fromRow);
  }

  async setFinding(id: string, finding: FileFinding): Promise<void> {
    await this.db('archives')
      .where({ id })
      .update({ finding, checked_at: this.db.raw('UTC_TIMESTAMP(3)') });
  }

  async list(limit: number): Promise<readonly Archive[]> {
    const rows = (await this.db('archives').orderBy('id', 'desc').limit(limit)) as Row[];
    return rows.map(fromRow);
  }
}
