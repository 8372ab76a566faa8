import { authorize } from '../auth/permission';
import type { Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import { kodeWilayah, parseKode, parentOf, type KodeWilayah } from '../domain/kode-wilayah';
import {
  diffRegions,
  type Dataset,
  type LoadedRegion,
  type Region,
  type RegionDiff,
  type RegionSource,
} from '../domain/region';
import type { PlatformStores, PlatformTransactor } from '../stores/platform-stores';
import { recordAudit } from './audit-service';
import { loadSettings } from './setting-service';

export interface WilayahDeps {
  readonly transactor: PlatformTransactor;
  /** The list that comes with the product. */
  readonly bundled: RegionSource;
  /** Opens a list from a file; AppError('dataset_invalid') when it is none. */
  readonly openFile: (path: string) => Promise<RegionSource>;
}
export interface DesaEntry extends LoadedRegion {
  readonly kecamatan: { readonly kode: string; readonly nama: string };
}
export interface WilayahCounts {
  readonly kecamatan: number;
  readonly desa: number;
  readonly kelurahan: number;
  readonly desaAdat: number;
}
/** `inUse`: removed codes that have an installed desa; they stay, marked inactive. */
export interface RegionImport {
  readonly dataset: Dataset;
  readonly diff: RegionDiff;
  readonly inUse: readonly string[];
  readonly applied: boolean;
}
export interface FullRegion {
  readonly desa: LoadedRegion;
  readonly kecamatan: LoadedRegion;
  readonly kabupaten: LoadedRegion;
  readonly provinsi: LoadedRegion;
}

const matches = (region: Region, wanted: string): boolean => {
  const digits = wanted.replaceAll('.', '');
  if (/^\d+$/.test(digits)) return region.kode.replaceAll('.', '').startsWith(digits);
  return region.nama.toLowerCase().includes(wanted.toLowerCase());
};

/** Loads a kabupaten into empty or equal rows in the caller's transaction; another kabupaten only while no desa is chosen. */
export const loadKabupaten = async (
  stores: PlatformStores,
  source: RegionSource,
  kabupaten: KodeWilayah,
): Promise<LoadedRegion> => {
  const regions = await source.within(kabupaten);
  if (!regions.some((region) => region.level === 'desa'))
    throw new AppError('not_found', { object: 'kabupaten', kode: kabupaten }, { field: 'kabupaten' });
  const [chosen] = await stores.wilayah.chosen();
  const foreign = (await stores.wilayah.list({ level: 'kabupaten' })).some((region) => region.kode !== kabupaten);
  if (foreign && chosen !== undefined) throw new AppError('kabupaten_in_use', { kode: chosen }, { field: 'kabupaten' });
  if (foreign) await stores.wilayah.clear();
  await stores.wilayah.put(regions, (await source.dataset()).id);
  const loaded = await stores.wilayah.find(kabupaten);
  if (loaded === null) throw new AppError('internal');
  return loaded;
};

export class WilayahService {
  private readonly deps: WilayahDeps;
  private provinceNames: Promise<ReadonlyMap<string, string>> | null = null;
  constructor(deps: WilayahDeps) {
    this.deps = deps;
  }

  /** Of the whole country, by part of the name or beginning of the code; empty search = all. */
  async searchKabupaten(actor: Actor, search: string): Promise<readonly Region[]> {
    authorize(actor, 'wilayah.read');
    const wanted = search.trim();
    const all = await this.deps.bundled.kabupaten();
    return wanted === '' ? all : all.filter((region) => matches(region, wanted));
  }

  /** Two digits → name of the provinsi, for lists of the whole country. */
  async provinces(actor: Actor): Promise<ReadonlyMap<string, string>> {
    authorize(actor, 'wilayah.read');
    this.provinceNames ??= this.readProvinces().catch((error: unknown) => {
      this.provinceNames = null;
      throw error;
    });
    return this.provinceNames;
  }
  private async readProvinces(): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    for (const { kode } of await this.deps.bundled.kabupaten()) {
      const key = kode.slice(0, 2);
      if (names.has(key)) continue;
      const found = (await this.deps.bundled.within(kode)).find((one) => one.level === 'provinsi');
      names.set(key, found?.nama ?? '');
    }
    return names;
  }

  async kecamatan(actor: Actor): Promise<readonly LoadedRegion[]> {
    authorize(actor, 'wilayah.read');
    return this.deps.transactor.read.wilayah.list({ level: 'kecamatan' });
  }

  /** Desa and kelurahan of this kabupaten, with their kecamatan: names have twins. */
  async searchDesa(
    actor: Actor,
    query: { readonly search?: string; readonly kecamatan?: string; readonly limit?: number },
  ): Promise<readonly DesaEntry[]> {
    authorize(actor, 'wilayah.read');
    const { wilayah } = this.deps.transactor.read;
    const parent = query.kecamatan === undefined ? undefined : this.kode(query.kecamatan, 'kecamatan');
    const desa = await wilayah.list({
      level: 'desa',
      ...(parent === undefined ? {} : { parent }),
      ...(query.search === undefined ? {} : { search: query.search.trim() }),
      ...(query.limit === undefined ? {} : { limit: query.limit }),
    });
    const names = new Map((await wilayah.list({ level: 'kecamatan' })).map((one) => [String(one.kode), one.nama]));
    return desa.map((one) => {
      const kode = one.parent ?? '';
      return { ...one, kecamatan: { kode, nama: names.get(kode) ?? '' } };
    });
  }

  async counts(actor: Actor): Promise<WilayahCounts> {
    authorize(actor, 'wilayah.read');
    const rows = await this.deps.transactor.read.wilayah.counts();
    const of = (jenis: string): number => rows.find((row) => row.jenis === jenis)?.count ?? 0;
    return { kecamatan: of('kecamatan'), desa: of('desa'), kelurahan: of('kelurahan'), desaAdat: of('desa_adat') };
  }

  /** One desa with all levels above it; AppError('desa_unknown') when the code is not of this kabupaten. */
  async full(actor: Actor, kode: string): Promise<FullRegion> {
    authorize(actor, 'wilayah.read');
    return fullRegion(this.deps.transactor.read, this.kode(kode, 'kode'));
  }

  /** What a newer list would change (`apply: 'no'`), or the change itself. Codes are never deleted. */
  async importFile(actor: Actor, path: string, apply: 'yes' | 'no'): Promise<RegionImport> {
    authorize(actor, 'wilayah.import');
    const source = await this.deps.openFile(path);
    return this.importFrom(actor, source, apply);
  }

  async importFrom(actor: Actor, source: RegionSource, apply: 'yes' | 'no'): Promise<RegionImport> {
    authorize(actor, 'wilayah.import');
    const dataset = await source.dataset();
    return this.deps.transactor.run(async (stores) => {
      const { kabupaten } = await loadSettings(stores);
      if (kabupaten === null) throw new AppError('not_set_up');
      const next = await source.within(kabupaten.kode);
      if (next.length === 0) throw new AppError('dataset_invalid', { reason: 'kabupaten_absent' }, { field: 'file' });
      const diff = diffRegions(await stores.wilayah.all(), next);
      const gone = [...diff.removed.map((region) => String(region.kode)), ...diff.moved.map((move) => move.before)];
      const used = new Set(await stores.wilayah.chosen());
      const result = { dataset, diff, inUse: gone.filter((kode) => used.has(kode)), applied: apply === 'yes' };
      if (apply === 'no') return result;
      await stores.wilayah.deactivate(gone);
      await stores.wilayah.put(next, dataset.id);
      await recordAudit(stores, actor, {
        act: 'wilayah.import',
        object: `kabupaten:${kabupaten.kode}`,
        after: { dataset: dataset.id, ...counted(diff) },
      });
      return result;
    });
  }

  private kode(text: string, field: string): KodeWilayah {
    const kode = parseKode(text);
    if (kode === null) throw new AppError('invalid_input', { reason: 'kode_wilayah_format', key: field }, { field });
    return kode;
  }
}

const counted = (diff: RegionDiff): Record<string, number> => ({
  added: diff.added.length,
  removed: diff.removed.length,
  renamed: diff.renamed.length,
  moved: diff.moved.length,
  returned: diff.returned.length,
});

/** The four levels of one desa from the loaded rows. */
export const fullRegion = async (stores: Pick<PlatformStores, 'wilayah'>, kode: KodeWilayah): Promise<FullRegion> => {
  const kecamatan = parentOf(kode);
  const kabupaten = kecamatan === null ? null : parentOf(kecamatan);
  const provinsi = kabupaten === null ? null : parentOf(kabupaten);
  const wanted = [kode, kecamatan, kabupaten, provinsi].filter((one) => one !== null);
  const found = new Map((await stores.wilayah.findMany(wanted)).map((region) => [region.kode, region]));
  const levels = wanted.map((one) => found.get(one));
  const [desaRow, kecamatanRow, kabupatenRow, provinsiRow] = levels;
  if (desaRow?.level !== 'desa' || !kecamatanRow || !kabupatenRow || !provinsiRow)
    throw new AppError('desa_unknown', { kode }, { field: 'kode' });
  return { desa: desaRow, kecamatan: kecamatanRow, kabupaten: kabupatenRow, provinsi: provinsiRow };
};

/** As `fullRegion` for codes from outside; null when it is no code or not of this kabupaten. */
export const findFullRegion = async (
  stores: Pick<PlatformStores, 'wilayah'>,
  text: string,
): Promise<FullRegion | null> => {
  const kode = parseKode(text);
  if (kode === null || (await stores.wilayah.find(kode))?.level !== 'desa') return null;
  return fullRegion(stores, kodeWilayah(kode));
};
