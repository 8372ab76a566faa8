import { kodeWilayah } from './kode-wilayah';
import type { Dataset, Region, RegionSource } from './region';

/** A list of regions as the provisioners read it: codes are plain text there. */
export interface PlainRegionList {
  readonly dataset: Dataset;
  readonly kabupaten: readonly PlainRegion[];
  within(kabupaten: string): readonly PlainRegion[];
}
interface PlainRegion {
  readonly kode: string;
  readonly parent: string | null;
  readonly level: Region['level'];
  readonly jenis: Region['jenis'];
  readonly nama: string;
}

const toRegion = (row: PlainRegion): Region => ({
  ...row,
  kode: kodeWilayah(row.kode),
  parent: row.parent === null ? null : kodeWilayah(row.parent),
});

/** Opens the list once, at the first question, and gives its codes their type. */
export const officialRegions = (open: () => Promise<PlainRegionList>): RegionSource => {
  let opened: Promise<PlainRegionList> | null = null;
  const list = (): Promise<PlainRegionList> => {
    opened ??= open().catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
  let kabupaten: readonly Region[] | null = null;
  return {
    dataset: async () => {
      const { id, regulation, date, source } = (await list()).dataset;
      return { id, regulation, date, source };
    },
    kabupaten: async () => (kabupaten ??= (await list()).kabupaten.map(toRegion)),
    within: async (kode) => (await list()).within(kode).map(toRegion),
  };
};
