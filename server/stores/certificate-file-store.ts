import type { Knex } from 'knex';
import type { CertificateFile } from '../domain/certificate';
import { date, dateOrNull, json, jsonOrNull, text, toJson, word, type Row } from './rows';

const fromRow = (row: Row): CertificateFile => ({
  id: text(row, 'id'),
  source: word<CertificateFile['source']>(row, 'source'),
  names: json<string[]>(row, 'names'),
  keptFor: jsonOrNull<string[]>(row, 'kept_for'),
  chain: text(row, 'chain'),
  privateKey: text(row, 'private_key'),
  issuedBy: text(row, 'issued_by'),
  notBefore: date(row, 'not_before'),
  notAfter: date(row, 'not_after'),
  issuedAt: date(row, 'issued_at'),
  installedAt: dateOrNull(row, 'installed_at'),
});
const toRow = (one: CertificateFile): Row => ({
  id: one.id,
  source: one.source,
  names: toJson(one.names),
  kept_for: toJson(one.keptFor),
  chain: one.chain,
  private_key: one.privateKey,
  issued_by: one.issuedBy.slice(0, 190),
  not_before: one.notBefore,
  not_after: one.notAfter,
  issued_at: one.issuedAt,
  installed_at: one.installedAt,
});

/** Certificates from outside; the proxy's folder follows these rows. */
export class CertificateFileStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  /** Oldest first. */
  async all(): Promise<readonly CertificateFile[]> {
    const rows = (await this.db('certificate_files').orderBy('id')) as Row[];
    return rows.map(fromRow);
  }

  async find(id: string): Promise<CertificateFile | null> {
    const row = (await this.db('certificate_files').where({ id }).first()) as Row | undefined;
    return row === undefined ? null : fromRow(row);
  }

  /** Takes the place of the one with its id. */
  async put(file: CertificateFile): Promise<void> {
    await this.db('certificate_files').insert(toRow(file)).onConflict('id').merge();
  }

  /** `issuedAt` guards: one that was replaced meanwhile is not installed yet. */
  async markInstalled(file: Pick<CertificateFile, 'id' | 'issuedAt'>, at: Date): Promise<void> {
    await this.db('certificate_files')
      .where({ id: file.id, issued_at: file.issuedAt })
      .whereNull('installed_at')
      .update({ installed_at: at });
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.db('certificate_files').whereIn('id', ids).delete();
  }
}
