import type { Knex } from 'knex';
import { date, json, number, text, type Row } from './rows';

/** What is left of a removed desa. `path` is an absolute folder; the manifest names files, rows and checksums in it. */
export interface Archive {
  readonly id: string;
  readonly desaKode: string;
  readonly path: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  readonly createdAt: Date;
}

const fromRow = (row: Row): Archive => ({
  id: text(row, 'id'),
  desaKode: text(row, 'desa_kode'),
  path: text(row, 'path'),
  manifest: json(row, 'manifest'),
  bytes: number(row, 'bytes'),
  createdAt: date(row, 'created_at'),
});

export class ArchiveStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(fresh: Omit<Archive, 'createdAt'>): Promise<void> {
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

  async list(limit: number): Promise<readonly Archive[]> {
    const rows = (await this.db('archives').orderBy('id', 'desc').limit(limit)) as Row[];
    return rows.map(fromRow);
  }
}
