import type { Knex } from 'knex';
import type { Desa, Jenis } from '../domain/desa';
import { dateOrNull, jsonOrNull, numberOrNull, text, textOrNull, toJson, word, type Row } from './rows';

export const desaFromRow = (row: Row): Desa => ({
  kode: text(row, 'kode'),
  kecamatanKode: text(row, 'kecamatan_kode'),
  nama: text(row, 'nama'),
  jenis: word<Jenis>(row, 'jenis'),
  host: text(row, 'host'),
  oldHosts: jsonOrNull<string[]>(row, 'old_hosts') ?? [],
  databaseId: textOrNull(row, 'database_id'),
  network: text(row, 'network'),
  appKey: textOrNull(row, 'app_key'),
  firstPassword: textOrNull(row, 'first_password'),
  firstPasswordShownAt: dateOrNull(row, 'first_password_shown_at'),
  tenantId: numberOrNull(row, 'tenant_id'),
  archivedAt: dateOrNull(row, 'archived_at'),
});

export interface DesaChange {
  readonly host?: string;
  readonly oldHosts?: readonly string[];
  readonly databaseId?: string;
  readonly appKey?: string | null;
  readonly firstPassword?: string | null;
  readonly firstPasswordShownAt?: Date | null;
  readonly tenantId?: number | null;
  readonly archivedAt?: Date | null;
}

export class DesaStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  /** Keeps what is there: names derived from a code are stored once. */
  async ensure(
    fresh: Pick<Desa, 'kode' | 'kecamatanKode' | 'nama' | 'jenis' | 'host' | 'network' | 'databaseId'>,
  ): Promise<void> {
    await this.db('desa')
      .insert({
        kode: fresh.kode,
        kecamatan_kode: fresh.kecamatanKode,
        nama: fresh.nama,
        jenis: fresh.jenis,
        host: fresh.host,
        network: fresh.network,
        database_id: fresh.databaseId,
      })
      .onConflict('kode')
      .ignore();
  }
  async find(kode: string): Promise<Desa | null> {
    const row = (await this.db('desa').where({ kode }).first()) as Row | undefined;
    return row ? desaFromRow(row) : null;
  }
  async findByHost(host: string): Promise<Desa | null> {
    const row = (await this.db('desa').where({ host }).first()) as Row | undefined;
    return row ? desaFromRow(row) : null;
  }
  async all(): Promise<readonly Desa[]> {
    const rows = (await this.db('desa').orderBy('kode')) as Row[];
    return rows.map(desaFromRow);
  }
  async update(kode: string, change: DesaChange): Promise<void> {
    await this.db('desa')
      .where({ kode })
      .update({
        ...(change.host === undefined ? {} : { host: change.host }),
        ...(change.oldHosts === undefined ? {} : { old_hosts: toJson(change.oldHosts) }),
        ...(change.databaseId === undefined ? {} : { database_id: change.databaseId }),
        ...(change.appKey === undefined ? {} : { app_key: change.appKey }),
        ...(change.firstPassword === undefined ? {} : { first_password: change.firstPassword }),
        ...(change.firstPasswordShownAt === undefined ? {} : { first_password_shown_at: change.firstPasswordShownAt }),
        ...(change.tenantId === undefined ? {} : { tenant_id: change.tenantId }),
        ...(change.archivedAt === undefined ? {} : { archived_at: change.archivedAt }),
      });
  }
  async remove(kode: string): Promise<void> {
    await this.db('desa').where({ kode }).delete();
  }
}
