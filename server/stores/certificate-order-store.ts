import type { Knex } from 'knex';
import { refusalProblem, type CertificateOrder, type CertificateRefusal } from '../domain/certificate';
import { date, dateOrNull, json, number, text, textOrNull, toJson, word, type Row } from './rows';

const orderOf = (row: Row): CertificateOrder => ({
  id: text(row, 'id'),
  certificateId: textOrNull(row, 'certificate_id'),
  names: json<string[]>(row, 'names'),
  state: word<CertificateOrder['state']>(row, 'state'),
  url: text(row, 'url'),
  privateKey: textOrNull(row, 'private_key'),
  createdAt: date(row, 'created_at'),
  endedAt: dateOrNull(row, 'ended_at'),
});
const refusalOf = (row: Row): CertificateRefusal => ({
  host: text(row, 'host'),
  failures: number(row, 'failures'),
  problem: refusalProblem(text(row, 'problem')),
  detail: text(row, 'detail'),
  refusedAt: date(row, 'refused_at'),
  retryAt: date(row, 'retry_at'),
});

/** Orders at an authority, and the hosts it refused. */
export class CertificateOrderStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async open(): Promise<readonly CertificateOrder[]> {
    const rows = (await this.db('certificate_orders').where({ state: 'open' }).orderBy('id')) as Row[];
    return rows.map(orderOf);
  }

  /** Those that ended in a certificate. */
  async issuedSince(since: Date): Promise<readonly { readonly at: Date; readonly names: readonly string[] }[]> {
    const rows = (await this.db('certificate_orders')
      .where({ state: 'issued' })
      .where('ended_at', '>=', since)
      .orderBy('ended_at')) as Row[];
    return rows.map((row) => ({ at: date(row, 'ended_at'), names: json<string[]>(row, 'names') }));
  }

  async create(order: Omit<CertificateOrder, 'state' | 'endedAt'>): Promise<void> {
    await this.db('certificate_orders').insert({
      id: order.id,
      certificate_id: order.certificateId,
      names: toJson(order.names),
      state: 'open',
      url: order.url,
      private_key: order.privateKey,
      created_at: order.createdAt,
    });
  }

  /** Its key is forgotten: the certificate has it, or nobody needs it. False = it had ended before. */
  async end(id: string, state: Exclude<CertificateOrder['state'], 'open'>, at: Date): Promise<boolean> {
    const ended = await this.db('certificate_orders')
      .where({ id, state: 'open' })
      .update({ state, private_key: null, ended_at: at });
    return ended === 1;
  }

  async refusals(): Promise<readonly CertificateRefusal[]> {
    const rows = (await this.db('certificate_refusals').orderBy('host')) as Row[];
    return rows.map(refusalOf);
  }

  async refuse(refusal: Omit<CertificateRefusal, 'problem'> & { readonly problem: string }): Promise<void> {
    await this.db('certificate_refusals')
      .insert({
        host: refusal.host,
        failures: refusal.failures,
        problem: refusal.problem.slice(0, 64),
        detail: refusal.detail.slice(0, 500),
        refused_at: refusal.refusedAt,
        retry_at: refusal.retryAt,
      })
      .onConflict('host')
      .merge();
  }

  async forgetRefusals(hosts: readonly string[]): Promise<void> {
    await this.db('certificate_refusals').whereIn('host', hosts).delete();
  }

  /** They may be asked for at once; how often they failed is forgotten. */
  async retryNow(at: Date): Promise<void> {
    await this.db('certificate_refusals').update({ retry_at: at, failures: 0 });
  }
}
