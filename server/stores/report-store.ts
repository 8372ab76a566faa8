import type { Knex } from 'knex';
import { date, json, text, word, type Row } from './rows';

export type ReportKind = 'versi' | 'daftarhitam' | 'pantau';
/** The last thing an installed app said about itself; anybody can say it, so it proves nothing. */
export interface AppReport {
  readonly desaKode: string;
  readonly kind: ReportKind;
  readonly body: Readonly<Record<string, string | null>>;
  readonly at: Date;
}

export class ReportStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  /** Keeps the newest of each kind per desa. */
  async put(report: AppReport): Promise<void> {
    await this.db('app_reports')
      .insert({ desa_kode: report.desaKode, kind: report.kind, body: JSON.stringify(report.body), at: report.at })
      .onConflict(['desa_kode', 'kind'])
      .merge();
  }

  async listOf(desaKode: string): Promise<readonly AppReport[]> {
    const rows = (await this.db('app_reports').where({ desa_kode: desaKode })) as Row[];
    return rows.map((row) => ({
      desaKode: text(row, 'desa_kode'),
      kind: word(row, 'kind'),
      body: json(row, 'body'),
      at: date(row, 'at'),
    }));
  }
}
