import type { Knex } from 'knex';
import type { SeenCertificate } from '../domain/certificate';
import { date, text, word, type Row } from './rows';

/** The certificate a host showed, and when. */
export interface HostCertificate extends SeenCertificate {
  readonly host: string;
  readonly seenAt: Date;
}

export class CertificateStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async find(host: string): Promise<HostCertificate | null> {
    const row = (await this.db('certificates').where({ host }).first()) as Row | undefined;
    if (row === undefined) return null;
    return {
      host,
      issuer: word(row, 'issuer'),
      issuedBy: text(row, 'issued_by'),
      notAfter: date(row, 'not_after'),
      seenAt: date(row, 'seen_at'),
    };
  }

  async record(seen: readonly HostCertificate[]): Promise<void> {
    if (seen.length === 0) return;
    await this.db('certificates')
      .insert(
        seen.map(({ host, issuer, issuedBy, notAfter, seenAt }) => ({
          host,
          issuer,
          issued_by: issuedBy.slice(0, 190),
          not_after: notAfter,
          seen_at: seenAt,
        })),
      )
      .onConflict('host')
      .merge();
  }

  /** Hosts nobody has shown a certificate for since `before`. */
  async forget(before: Date): Promise<void> {
    await this.db('certificates').where('seen_at', '<', before).delete();
  }
}
