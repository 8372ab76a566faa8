import { kodeWilayah, levelOf, jenisOf, parentOf, isKota } from '../../server/domain/kode-wilayah';
import type { Dataset, LoadedRegion, Region, RegionSource } from '../../server/domain/region';

const region = (kode: string, nama: string): Region => {
  const parsed = kodeWilayah(kode);
  const level = levelOf(parsed);
  const above = level === 'kabupaten' && isKota(parsed) ? 'kota' : level;
  const jenis = jenisOf(parsed) ?? (above === 'desa' ? 'kecamatan' : above);
  return { kode: parsed, parent: parentOf(parsed), level, jenis, nama };
};

/** A corner of Kebumen with its twins, and a neighbour; enough for tests that are not about the data itself. */
export const SMALL_REGIONS: readonly Region[] = [
  region('33', 'Jawa Tengah'),
  region('33.05', 'Kabupaten Kebumen'),
  region('33.05.03', 'Puring'),
  region('33.05.03.2020', 'Bumirejo'),
  region('33.05.05', 'Klirong'),
  region('33.05.05.2011', 'Klirong'),
  region('33.05.05.2012', 'Tambakprogaten'),
  region('33.05.12', 'Kebumen'),
  region('33.05.12.1026', 'Bumirejo'),
  region('33.06', 'Kabupaten Purworejo'),
  region('33.06.01', 'Grabag'),
  region('33.06.01.2001', 'Sumberagung'),
];
export const DATASET: Dataset = { id: '2026-02-13', regulation: 'Kepmendagri', date: '2026-02-13', source: 'test' };

export const regionSource = (regions: readonly Region[] = SMALL_REGIONS, dataset: Dataset = DATASET): RegionSource => ({
  dataset: async () => dataset,
  kabupaten: async () => regions.filter((one) => one.level === 'kabupaten'),
  within: async (kabupaten) =>
    regions.some((one) => one.kode === kabupaten)
      ? regions.filter(
          (one) => one.kode === kabupaten || one.kode.startsWith(`${kabupaten}.`) || one.kode === parentOf(kabupaten),
        )
      : [],
});

export const makeRegion = region;

/** `{desa}.kec-{kec}.suffix` without any rule: the real pattern has its own tests. */
export const previewHosts = (
  pattern: string,
  suffix: string | null,
  regions: readonly LoadedRegion[],
): readonly { kode: string; nama: string; host: string }[] => {
  const slug = (nama: string): string => nama.toLowerCase().replaceAll(' ', '-');
  return regions
    .filter((one) => one.level === 'desa')
    .map((one) => {
      const kecamatan = regions.find((other) => other.kode === one.parent);
      const host = pattern
        .replace('{desa}', slug(one.nama))
        .replace('{kec}', slug(kecamatan?.nama ?? ''))
        .replace('{suffix}', suffix ?? '');
      return { kode: one.kode, nama: one.nama, host };
    });
};
