import { loadRegions } from '../../../provisioners/regions/index';
import { officialRegions } from '../../../server/domain/official-regions';
import { parsePattern, proposeHosts, type DomainPattern, type NamedDesa } from '../../../server/domain/domain-pattern';
import { jenisOf, kodeWilayah } from '../../../server/domain/kode-wilayah';
import type { Region } from '../../../server/domain/region';
import { isLabel, joinSlugs, RESERVED_LABELS, slugOf } from '../../../server/domain/slug';

const source = officialRegions(loadRegions);
const kebumen = kodeWilayah('33.05');
const pattern = (text: string, suffix: string | null = 'kebumenkab.go.id'): DomainPattern => {
  const parsed = parsePattern(text, suffix);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed.pattern;
};
const desa = (kode: string, nama: string, kecamatan = 'Ayah'): NamedDesa => ({
  kode: kodeWilayah(kode),
  nama,
  kecamatan,
  jenis: kode.startsWith('1', 9) ? 'kelurahan' : kode.startsWith('3', 9) ? 'desa_adat' : 'desa',
});

const namedDesa = (regions: readonly Region[]): readonly NamedDesa[] => {
  const names = new Map(regions.map((region) => [region.kode, region.nama]));
  return regions.flatMap(({ kode, parent, nama }) => {
    const jenis = jenisOf(kode);
    return jenis === null || parent === null ? [] : [{ kode, nama, jenis, kecamatan: names.get(parent) ?? '' }];
  });
};
const hostsOf = (text: string, regions: readonly Region[]) => proposeHosts(pattern(text), namedDesa(regions));

describe('slug', () => {
  it.each([
    ['Klirong', 'klirong'],
    ["Pasi Kuala Ba'u", 'pasi-kuala-bau'],
    ['Ba’u II (Kulon)/Wetan, dsb.', 'bau-ii-kulon-wetan-dsb'],
    ['  Sûngai   Béliung ', 'sungai-beliung'],
    ['Ⅳ Koto', 'iv-koto'],
    ['---', 'desa'],
    ['村', 'desa'],
    [`${'a'.repeat(62)}-bcd`, 'a'.repeat(62)],
  ])('%s → %s', (name, slug) => expect(slugOf(name)).toBe(slug));

  it('cuts the first part only', () => {
    const label = joinSlugs('a'.repeat(80), 'kebumen', 'desa');
    expect(label).toHaveLength(63);
    expect(label.endsWith('a-kebumen-desa')).toBe(true);
    expect(isLabel(label)).toBe(true);
  });
});

describe('domain pattern', () => {
  it.each([
    ['', 'a.id', 'empty'],
    ['desa.{suffix}', 'a.id', 'desa_missing'],
    ['{desa}.{kab}.id', 'a.id', 'unknown_placeholder'],
    ['{desa}.{suffix}', null, 'suffix_missing'],
    ['{desa}.{suffix}', ' ', 'suffix_missing'],
    ['{desa}', null, 'not_a_host'],
    ['{desa}.a b.id', null, 'not_a_host'],
    ['{desa}/x.id', null, 'not_a_host'],
    ['https://{desa}.id', null, 'not_a_host'],
    ['{desa}.-{kec}.id', null, 'not_a_host'],
    [`{desa}.${'a'.repeat(40)}.${'b'.repeat(40)}.${'c'.repeat(60)}.id`, null, 'too_long'],
  ])('refuses %s with suffix %s: %s', (text, suffix, fault) => expect(parsePattern(text, suffix)).toEqual({ fault }));

  it('is lower-cased', () => {
    expect(pattern('{Desa}.Kec-{KEC}.{suffix}', 'KebumenKab.go.id')).toEqual({
      text: '{desa}.kec-{kec}.{suffix}',
      suffix: 'kebumenkab.go.id',
    });
  });

  it('gives Kebumen 460 hosts of its own without any addition', async () => {
    const hosts = hostsOf('{desa}.kec-{kec}.{suffix}', await source.within(kebumen));
    expect(hosts).toHaveLength(460);
    expect(hosts.filter((one) => one.added !== 'nothing')).toEqual([]);
    expect(hosts.find((one) => one.kode === '33.05.05.2011')?.host).toBe('klirong.kec-klirong.kebumenkab.go.id');
    expect(new Set(hosts.map((one) => one.host)).size).toBe(460);
  });

  it('names the kecamatan of both twins, and of nobody else', async () => {
    const hosts = hostsOf('{desa}.desa.{suffix}', await source.within(kebumen));
    expect(hosts.filter((one) => one.nama === 'Bumirejo').map((one) => one.host)).toEqual([
      'bumirejo-puring.desa.kebumenkab.go.id',
      'bumirejo-kebumen.desa.kebumenkab.go.id',
    ]);
    expect(new Set(hosts.filter((one) => one.added !== 'nothing').map((one) => one.nama)).size).toBe(24);
    expect(new Set(hosts.map((one) => one.host)).size).toBe(460);
  });

  it('tells kinds apart where name and kecamatan are the same, whatever the order', () => {
    const twins = [desa('33.05.01.2001', 'Ayah'), desa('33.05.01.1002', 'Ayah'), desa('33.05.01.2003', 'Lain')];
    const hosts = proposeHosts(pattern('{desa}.kec-{kec}.{suffix}'), twins);
    expect(hosts.map((one) => one.host.split('.')[0])).toEqual(['ayah-desa', 'ayah-kel', 'lain']);
    const reversed = proposeHosts(pattern('{desa}.kec-{kec}.{suffix}'), twins.toReversed());
    expect(reversed.toReversed()).toEqual(hosts);
    const flat = proposeHosts(pattern('{desa}.{suffix}'), twins);
    expect(flat.map((one) => one.host.split('.')[0])).toEqual(['ayah-ayah-desa', 'ayah-ayah-kel', 'lain']);
  });

  it('gives nobody a reserved label', () => {
    const hosts = proposeHosts(pattern('{desa}.{suffix}'), [
      desa('33.05.01.2001', 'Portal'),
      desa('33.05.01.2002', 'API'),
    ]);
    expect(hosts.map((one) => one.host)).toEqual(['portal-ayah.kebumenkab.go.id', 'api-ayah.kebumenkab.go.id']);
    expect(RESERVED_LABELS.has('www')).toBe(true);
  });

  it('keeps labels within 63 characters', () => {
    const [only] = proposeHosts(pattern('desa-{desa}-{kec}.{suffix}'), [
      desa('33.05.01.2001', 'x'.repeat(100), 'Prembun'),
    ]);
    const label = only?.host.split('.')[0] ?? '';
    expect(label).toHaveLength(63);
    expect(label.startsWith('desa-x') && label.endsWith('x-prembun')).toBe(true);
  });

  it('falls back to the official code where name, kind and kecamatan are the same', async () => {
    const hosts = hostsOf('{desa}.kec-{kec}.{suffix}', await source.within(kodeWilayah('71.02')));
    expect(hosts.filter((one) => one.nama === 'Tounelet Satu').map((one) => one.host)).toEqual([
      'tounelet-satu-desa-2003.kec-sonder.kebumenkab.go.id',
      'tounelet-satu-desa-2018.kec-sonder.kebumenkab.go.id',
    ]);
  });

  it('works for every kabupaten of the country', async () => {
    for (const kabupaten of await source.kabupaten()) {
      const regions = await source.within(kabupaten.kode);
      const hosts = hostsOf('{desa}.{suffix}', regions);
      if (new Set(hosts.map((one) => one.host)).size !== hosts.length) throw new Error(kabupaten.kode);
      if (!hosts.every((one) => one.host.split('.').every(isLabel))) throw new Error(kabupaten.kode);
    }
  }, 60_000);
});
