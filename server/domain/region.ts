import type { Jenis, KodeWilayah, WilayahLevel } from './kode-wilayah';

/** A region of the official list. `jenis` of levels above desa is the level itself, kabupaten told apart from kota. */
export interface Region {
  readonly kode: KodeWilayah;
  readonly parent: KodeWilayah | null;
  readonly level: WilayahLevel;
  readonly jenis: Jenis | 'provinsi' | 'kabupaten' | 'kota' | 'kecamatan';
  readonly nama: string;
}
/** A region as loaded into this installation; inactive = gone from the newest list, kept because codes are never deleted. */
export interface LoadedRegion extends Region {
  readonly dataset: string;
  readonly active: boolean;
}

/** Which list it is: a short id such as `2026-02-13`, the regulation it follows, and where it came from. */
export interface Dataset {
  readonly id: string;
  readonly regulation: string;
  readonly date: string;
  readonly source: string;
}
/** An official list: the bundled one, or a file somebody brought. */
export interface RegionSource {
  dataset(): Promise<Dataset>;
  /** All 514 kabupaten and kota, in the order of their codes. */
  kabupaten(): Promise<readonly Region[]>;
  /** The provinsi, the kabupaten, its kecamatan and their desa; empty when the code is not in the list. */
  within(kabupaten: KodeWilayah): Promise<readonly Region[]>;
}

export interface RegionChange {
  readonly kode: string;
  readonly before: string;
  readonly after: string;
}
/** What a newer list changes in the loaded one. `moved`: same name and kind under another code inside the kabupaten. */
export interface RegionDiff {
  readonly added: readonly Region[];
  readonly removed: readonly Region[];
  readonly renamed: readonly RegionChange[];
  readonly moved: readonly { readonly nama: string; readonly before: string; readonly after: string }[];
  readonly returned: readonly Region[];
}

const identity = (region: Region): string => `${region.level}|${region.jenis}|${region.nama.toLowerCase()}`;

const pairMoves = (gone: readonly Region[], fresh: readonly Region[]): RegionDiff['moved'] => {
  const only = (regions: readonly Region[]): Map<string, Region | null> => {
    const found = new Map<string, Region | null>();
    for (const region of regions) found.set(identity(region), found.has(identity(region)) ? null : region);
    return found;
  };
  const targets = only(fresh);
  return [...only(gone)].flatMap(([key, from]) => {
    const to = targets.get(key) ?? null;
    return from === null || to === null ? [] : [{ nama: to.nama, before: from.kode, after: to.kode }];
  });
};

/** A move is told only when the name is unique on both sides: names have twins. */
export const diffRegions = (loaded: readonly LoadedRegion[], next: readonly Region[]): RegionDiff => {
  const before = new Map(loaded.map((region) => [region.kode, region]));
  const after = new Map(next.map((region) => [region.kode, region]));
  const fresh = next.filter((region) => !before.has(region.kode));
  const gone = loaded.filter((region) => region.active && !after.has(region.kode));
  const moved = pairMoves(gone, fresh);
  const movedCodes = new Set(moved.flatMap((move) => [move.before, move.after]));
  return {
    added: fresh.filter((region) => !movedCodes.has(region.kode)),
    removed: gone.filter((region) => !movedCodes.has(region.kode)),
    renamed: next.flatMap((region) => {
      const old = before.get(region.kode);
      return old === undefined || old.nama === region.nama
        ? []
        : [{ kode: region.kode, before: old.nama, after: region.nama }];
    }),
    moved,
    returned: next.filter((region) => before.get(region.kode)?.active === false),
  };
};
