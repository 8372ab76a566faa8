import type { Knex } from 'knex';
import { kodeWilayah, type WilayahLevel } from '../domain/kode-wilayah';
import type { LoadedRegion, Region } from '../domain/region';
import { number, text, textOrNull, word, type Row } from './rows';

const fromRow = (row: Row): LoadedRegion => {
  const parent = textOrNull(row, 'parent');
  return {
    kode: kodeWilayah(text(row, 'kode')),
    parent: parent === null ? null : kodeWilayah(parent),
    level: word(row, 'level'),
    jenis: word(row, 'jenis'),
    nama: text(row, 'nama'),
    dataset: text(row, 'dataset'),
    active: number(row, 'active') === 1,
  };
};
const CHUNK = 500;

export interface WilayahFilter {
  readonly level?: WilayahLevel;
  readonly parent?: string;
  /** Part of a name, or the beginning of a code (dotted or digits). */
  readonly search?: string;
  readonly limit?: number;
}

export class WilayahStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async find(kode: string): Promise<LoadedRegion | null> {
    const row = (await this.db('wilayah').where({ kode }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  async findMany(kodes: readonly string[]): Promise<readonly LoadedRegion[]> {
    const rows = (await this.db('wilayah').whereIn('kode', [...kodes])) as Row[];
    return rows.map(fromRow);
  }

  async all(): Promise<readonly LoadedRegion[]> {
    const rows = (await this.db('wilayah').orderBy('kode')) as Row[];
    return rows.map(fromRow);
  }

  /** Active regions in the order of their codes. */
  async list(filter: WilayahFilter): Promise<readonly LoadedRegion[]> {
    const query = this.db('wilayah').where({ active: true }).orderBy('kode');
    if (filter.level !== undefined) void query.where({ level: filter.level });
    if (filter.parent !== undefined) void query.where({ parent: filter.parent });
    if (filter.limit !== undefined) void query.limit(filter.limit);
    if (filter.search !== undefined && filter.search !== '') {
      const like = filter.search.replace(/[\\%_]/g, (sign) => `\\${sign}`);
      const digits = filter.search.replaceAll('.', '');
      void query.andWhere((where) => {
        void where.where('nama', 'like', `%${like}%`);
        if (/^\d+$/.test(digits)) void where.orWhereRaw("REPLACE(kode, '.', '') LIKE ?", [`${digits}%`]);
      });
    }
    const rows = (await query) as Row[];
    return rows.map(fromRow);
  }

  /** Active regions by `level` and `jenis`. */
  async counts(): Promise<readonly { readonly level: string; readonly jenis: string; readonly count: number }[]> {
    const rows = await this.db('wilayah')
      .where({ active: true })
      .groupBy('level', 'jenis')
      .select<Row[]>('level', 'jenis', this.db.raw('COUNT(*) AS n'));
    return rows.map((row) => ({ level: text(row, 'level'), jenis: text(row, 'jenis'), count: number(row, 'n') }));
  }

  /** Inserts and updates by code, active again; nothing is ever deleted. */
  async put(regions: readonly Region[], dataset: string): Promise<void> {
    for (let start = 0; start < regions.length; start += CHUNK) {
      const rows = regions.slice(start, start + CHUNK).map((region) => ({
        kode: region.kode,
        parent: region.parent,
        level: region.level,
        jenis: region.jenis,
        nama: region.nama,
        dataset,
        active: true,
      }));
      await this.db('wilayah').insert(rows).onConflict('kode').merge();
    }
  }

  async deactivate(kodes: readonly string[]): Promise<void> {
    if (kodes.length > 0)
      await this.db('wilayah')
        .whereIn('kode', [...kodes])
        .update({ active: false });
  }

  /** Codes of the desa that were chosen for installation. */
  async chosen(): Promise<readonly string[]> {
    const rows = await this.db('desa').orderBy('kode').select<Row[]>('kode');
    return rows.map((row) => text(row, 'kode'));
  }

  /** Empties the table; only right while no desa has been chosen. */
  async clear(): Promise<void> {
    await this.db('wilayah').delete();
  }
}
