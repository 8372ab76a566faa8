import { parsePattern, proposeHosts, type NamedDesa, type ProposedHost } from '../domain/domain-pattern';
import { AppError } from '../domain/errors';
import { kodeWilayah, type Jenis } from '../domain/kode-wilayah';
import type { LoadedRegion } from '../domain/region';
import type { Stores } from '../stores';
import { loadSettings } from './setting-service';
import type { HostPreview } from './setup-service';

/** Host names of desa from the pattern; a name once given to a desa is stored and never recomputed. */
export class HostService {
  /** AppError at field `domainPattern` when the pattern is malformed or two desa would share a host. */
  readonly preview = (
    pattern: string,
    suffix: string | null,
    regions: readonly LoadedRegion[],
  ): readonly HostPreview[] => {
    const proposed = this.propose(pattern, suffix, regions);
    const clash = proposed.find((one) => one.clash.length > 0);
    if (clash !== undefined)
      throw new AppError(
        'invalid_input',
        { problem: 'hosts_clash', host: clash.host, count: proposed.filter((one) => one.clash.length > 0).length },
        { field: 'domainPattern' },
      );
    return proposed;
  };

  private propose(pattern: string, suffix: string | null, regions: readonly LoadedRegion[]): readonly ProposedHost[] {
    const parsed = parsePattern(pattern, suffix);
    if ('fault' in parsed)
      throw new AppError('invalid_input', { problem: `pattern_${parsed.fault}` }, { field: 'domainPattern' });
    return proposeHosts(parsed.pattern, namedDesa(regions));
  }

  /** Host of each code: the stored one, else the pattern's among all desa of the kabupaten. */
  async hostsFor(stores: Stores, kodes: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const stored = new Map((await stores.desa.all()).map((one) => [one.kode, one.host] as const));
    const missing = kodes.filter((kode) => !stored.has(kode));
    const hosts = new Map(kodes.flatMap((kode) => (stored.has(kode) ? [[kode, stored.get(kode) ?? ''] as const] : [])));
    if (missing.length === 0) return hosts;
    const settings = await loadSettings(stores);
    if (settings.kabupaten === null || settings.domainPattern === null) throw new AppError('not_set_up');
    const proposed = new Map(
      this.propose(settings.domainPattern, settings.suffix, await stores.wilayah.all()).map(
        (one) => [String(one.kode), one.host] as const,
      ),
    );
    for (const kode of missing) hosts.set(kode, proposed.get(kode) ?? '');
    return hosts;
  }
}

const namedDesa = (regions: readonly LoadedRegion[]): readonly NamedDesa[] => {
  const names = new Map(regions.map((one) => [String(one.kode), one.nama] as const));
  return regions
    .filter((one) => one.level === 'desa' && one.active)
    .map((one) => ({
      kode: kodeWilayah(one.kode),
      nama: one.nama,
      jenis: one.jenis as Jenis,
      kecamatan: names.get(String(one.parent ?? '')) ?? '',
    }));
};
