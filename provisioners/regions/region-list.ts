/** The official list of regions in memory: checked once, then looked up by code. */
import { ProvisionError } from '../contracts';

/** Which list it is. `sha256` = of the source file it was made from; `date` YYYY-MM-DD. */
export interface RegionDataset {
  readonly id: string;
  readonly regulation: string;
  readonly date: string;
  readonly source: string;
  readonly sha256: string;
}
export type RegionLevel = 'provinsi' | 'kabupaten' | 'kecamatan' | 'desa';
export type RegionKind = 'provinsi' | 'kabupaten' | 'kota' | 'kecamatan' | 'desa' | 'kelurahan' | 'desa_adat';
/** `kode` and `parent` dotted. Names of level kabupaten carry their kind: "Kabupaten Kebumen", "Kota Magelang". */
export interface RegionRow {
  readonly kode: string;
  readonly parent: string | null;
  readonly level: RegionLevel;
  readonly jenis: RegionKind;
  readonly nama: string;
}
export interface RegionList {
  readonly dataset: RegionDataset;
  /** All kabupaten and kota by code. */
  readonly kabupaten: readonly RegionRow[];
  readonly provinsi: readonly RegionRow[];
  /** The provinsi, the kabupaten, its kecamatan and desa, by code; empty when unknown. */
  within(kabupaten: string): readonly RegionRow[];
  /** Everything; made on demand. */
  all(): readonly RegionRow[];
}

/** `[digits, nama]`, sorted by digits, parents first. */
export type RegionPair = readonly [digits: string, nama: string];

const LEVELS: Readonly<Record<number, RegionLevel>> = { 2: 'provinsi', 4: 'kabupaten', 6: 'kecamatan', 10: 'desa' };
const KINDS: Readonly<Record<string, RegionKind>> = { '1': 'kelurahan', '2': 'desa', '3': 'desa_adat' };
const PARENT_LENGTH: Readonly<Record<number, number>> = { 4: 2, 6: 4, 10: 6 };
const CODE = /^[1-9]\d(\d{2}(\d{2}([123]\d{3})?)?)?$/;

const dots = (digits: string): string =>
  [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6), digits.slice(6)].filter((part) => part !== '').join('.');

const kindOf = (digits: string, level: RegionLevel): RegionKind => {
  if (level === 'kabupaten') return Number(digits.slice(2, 4)) > 70 ? 'kota' : 'kabupaten';
  return level === 'desa' ? (KINDS[digits.charAt(6)] ?? 'desa') : level;
};

export const datasetFault = (facts: Record<string, string | number | null>, cause?: unknown): ProvisionError =>
  new ProvisionError('invalid', 'not a list of regions', { reason: 'dataset_invalid', ...facts }, cause);

const toRow = ([digits, nama]: RegionPair): RegionRow => {
  const level = LEVELS[digits.length] ?? 'desa';
  const parent = PARENT_LENGTH[digits.length];
  const parentKode = parent === undefined ? null : dots(digits.slice(0, parent));
  return { kode: dots(digits), parent: parentKode, level, jenis: kindOf(digits, level), nama };
};

/** Trims, sorts and checks: codes well formed and unique, every parent there, no empty or overlong name. */
export function checkPairs(pairs: readonly RegionPair[]): readonly RegionPair[] {
  const sorted = pairs
    .map(([code, nama]): RegionPair => [code.replaceAll('.', ''), nama.trim().replace(/\s+/g, ' ')])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const seen = new Set<string>();
  for (const [digits, nama] of sorted) {
    const parent = PARENT_LENGTH[digits.length];
    if (!CODE.test(digits)) throw datasetFault({ problem: 'code', kode: digits.slice(0, 20) });
    if (nama === '' || nama.length > 100 || /\p{Cc}/u.test(nama)) throw datasetFault({ problem: 'name', kode: digits });
    if (seen.has(digits)) throw datasetFault({ problem: 'duplicate', kode: digits });
    if (parent !== undefined && !seen.has(digits.slice(0, parent)))
      throw datasetFault({ problem: 'parent', kode: digits });
    seen.add(digits);
  }
  return sorted;
}

/** Index of the first pair whose digits are ≥ `wanted`. */
function lowerBound(pairs: readonly RegionPair[], wanted: string): number {
  let low = 0;
  let high = pairs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pairs[middle]?.[0] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `pairs` must come from `checkPairs` or from a file written from it. */
export function createRegionList(dataset: RegionDataset, pairs: readonly RegionPair[]): RegionList {
  const ofLength = (length: number): readonly RegionRow[] =>
    pairs.filter(([digits]) => digits.length === length).map(toRow);
  return {
    dataset,
    provinsi: ofLength(2),
    kabupaten: ofLength(4),
    within(kabupaten) {
      const digits = kabupaten.replaceAll('.', '');
      if (!/^\d{4}$/.test(digits)) return [];
      const start = lowerBound(pairs, digits);
      const end = lowerBound(pairs, `${digits}~`);
      const province = pairs[lowerBound(pairs, digits.slice(0, 2))];
      if (start === end || province?.[0] !== digits.slice(0, 2)) return [];
      return [province, ...pairs.slice(start, end)].map(toRow);
    },
    all: () => pairs.map(toRow),
  };
}
