import { coveringName } from '../../../provisioners/lib/certificate-names';
import type { CertificateFile } from '../../domain/certificate';
import { isPublicName, type CertificateWorld, type WantedHost } from '../../domain/certificate-plan';
import type { Settings } from '../../domain/settings';
import type { Stores } from '../../stores';

const WEEK_MS = 7 * 86_400_000;
/** An uploaded certificate nobody replaces by then is followed by an ordered one. */
const UPLOAD_MARGIN_MS = 14 * 86_400_000;
const DASHBOARD = 'dasbor';

/** What plan, proxy and pages start from. */
export interface CertificateGround {
  /** Every host people reach, also those no public authority knows. */
  readonly hosts: readonly WantedHost[];
  readonly files: readonly CertificateFile[];
  readonly world: CertificateWorld;
}

/** Routes that serve, and old addresses that lead on to them. */
const readHosts = async (read: Stores, settings: Settings): Promise<readonly WantedHost[]> => {
  const [instances, desa] = await Promise.all([read.instances.all(), read.desa.all()]);
  const groupOf = new Map(desa.map((one) => [one.kode, one.kecamatanKode] as const));
  const hosts = new Map<string, string>();
  const add = (host: string, group: string): void => {
    if (!hosts.has(host)) hosts.set(host, group);
  };
  const serving = new Set<string>();
  for (const { wilayahKode, routeMode, hosts: own } of instances) {
    if (routeMode === 'none') continue;
    serving.add(wilayahKode);
    for (const host of own) add(host, groupOf.get(wilayahKode) ?? wilayahKode);
  }
  for (const { kode, kecamatanKode, oldHosts } of desa)
    if (serving.has(kode)) for (const host of oldHosts) add(host, kecamatanKode);
  if (settings.dashboardHost !== null) add(settings.dashboardHost, DASHBOARD);
  return [...hosts].map(([host, group]) => ({ host, group }));
};

export const readGround = async (read: Stores, settings: Settings, now: Date): Promise<CertificateGround> => {
  const [hosts, files, refusals, issued] = await Promise.all([
    readHosts(read, settings),
    read.certificateFiles.all(),
    read.certificateOrders.refusals(),
    read.certificateOrders.issuedSince(new Date(now.getTime() - WEEK_MS)),
  ]);
  const uploaded = files.filter(
    (one) => one.source === 'upload' && one.notAfter.getTime() > now.getTime() + UPLOAD_MARGIN_MS,
  );
  const wanted = hosts.filter(
    ({ host }) => isPublicName(host) && !uploaded.some(({ names }) => coveringName(names, host) !== null),
  );
  const known = files.filter((one) => one.source === 'acme');
  const refused = new Map(refusals.map((one) => [one.host, one.retryAt] as const));
  return { hosts, files, world: { now, wanted, known, refused, issued } };
};
