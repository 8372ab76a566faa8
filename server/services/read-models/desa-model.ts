import type { AppAdapter } from '../../../provisioners/contracts';
import { authorize } from '../../auth/permission';
import type { Actor } from '../../domain/actor';
import { desaStatus, type DesaStatus } from '../../domain/desa';
import { shownState, type Instance, type Observed } from '../../domain/instance';
import { digitsOf } from '../../domain/names';
import { compareVersions } from '../../domain/release';
import type { LoadedRegion } from '../../domain/region';
import type { Stores, Transactor } from '../../stores';
import { AppError } from '../../domain/errors';
import { loadSettings } from '../setting-service';

/** As `desa list --json`: observed state, unknown = null, never a guess. */
export interface InstanceDocument {
  readonly app: string;
  readonly release: string | null;
  readonly observedRelease: string | null;
  readonly observedAt: string | null;
  /** Since when it has been seen in its present state. */
  readonly observedSince: string | null;
  readonly state: 'running' | 'stopped' | 'installing' | 'updating' | 'not_installed';
  readonly health: Observed | 'not_installed';
  readonly reason: string | null;
  readonly url: string | null;
  readonly container: string | null;
  /** True when the schema or a newer choice is ahead of this code. */
  readonly behind: boolean;
}
export interface DesaDocument {
  readonly kode: string;
  readonly nama: string;
  readonly jenis: string;
  readonly kecamatan: string;
  readonly kecamatanKode: string;
  readonly host: string | null;
  readonly status: DesaStatus;
  readonly instances: readonly InstanceDocument[];
}
export interface DesaFilter {
  readonly kecamatan?: string;
  readonly status?: string;
  readonly app?: string;
  readonly release?: string;
  readonly search?: string;
  readonly jenis?: string;
  /** Only desa that were chosen for installation. */
  readonly installed?: 'only' | 'all';
}

/** Who runs what and how it was last seen; for lists, pages, terminal and REST alike. */
export class DesaModel {
  private readonly deps: {
    readonly transact: Transactor;
    readonly apps: ReadonlyMap<string, AppAdapter>;
    readonly httpsPort: number;
  };
  constructor(deps: DesaModel['deps']) {
    this.deps = deps;
  }

  async list(actor: Actor, filter: DesaFilter): Promise<readonly DesaDocument[]> {
    authorize(actor, 'desa.read');
    const documents = await this.all();
    return documents.filter((one) => matches(one, filter));
  }

  async show(actor: Actor, kode: string): Promise<DesaDocument> {
    authorize(actor, 'desa.read', kode);
    const found = (await this.all()).find((one) => one.kode === kode);
    if (found === undefined) throw new AppError('desa_unknown', { kode }, { field: 'kode' });
    return found;
  }

  private async all(): Promise<readonly DesaDocument[]> {
    const { read } = this.deps.transact;
    const facts = await readFacts(read);
    const port = facts.settings.publicPorts?.https ?? this.deps.httpsPort;
    const byDesa = new Map<string, InstanceDocument[]>();
    for (const instance of facts.instances) {
      const app = this.deps.apps.get(instance.app);
      const document = instanceDocument(instance, facts, { path: app?.path ?? '/', port });
      byDesa.set(instance.wilayahKode, [...(byDesa.get(instance.wilayahKode) ?? []), document]);
    }
    const order = [...this.deps.apps.values()].sort((left, right) => left.order - right.order).map((app) => app.name);
    const sorted = (kode: string): readonly InstanceDocument[] =>
      [...(byDesa.get(kode) ?? [])].sort((left, right) => order.indexOf(left.app) - order.indexOf(right.app));
    return facts.regions
      .filter((one) => one.level === 'desa' && (one.active || facts.chosen.has(String(one.kode))))
      .map((one) => desaDocument(one, facts, sorted(String(one.kode))));
  }
}

type Facts = Awaited<ReturnType<typeof readFacts>>;
/** One look at everything a list shows. */
const readFacts = async (read: Stores) => {
  const [regions, desa, instances, releases, databases, busy, settings] = await Promise.all([
    read.wilayah.all(),
    read.desa.all(),
    read.instances.all(),
    read.releases.list(),
    read.databases.list(),
    read.deployments.activeKinds(),
    loadSettings(read),
  ]);
  const versions = new Map(releases.map((one) => [one.id, one.version] as const));
  const version = (id: string | null): string | null => (id === null ? null : (versions.get(id) ?? null));
  return {
    regions,
    instances,
    settings,
    active: busy,
    version,
    names: new Map(regions.map((one) => [String(one.kode), one.nama] as const)),
    schema: new Map(databases.map((one) => [one.app, version(one.schemaReleaseId)] as const)),
    chosen: new Map(desa.map((one) => [one.kode, one] as const)),
    now: new Date(),
  };
};

const instanceDocument = (
  instance: Instance,
  facts: Facts,
  place: { readonly path: string; readonly port: number },
): InstanceDocument => {
  const host = instance.hosts[0] ?? facts.chosen.get(instance.wilayahKode)?.host ?? '';
  const release = facts.version(instance.releaseId);
  const kind = facts.active.get(instance.id);
  const ahead = facts.schema.get(instance.app) ?? null;
  const origin = `https://${host}${place.port === 443 ? '' : `:${place.port}`}`;
  return {
    app: instance.app,
    release,
    observedRelease: instance.observedRelease,
    observedAt: instance.observedAt?.toISOString() ?? null,
    observedSince: instance.observedSince?.toISOString() ?? null,
    state: stateOf(instance.wanted, instance.container, kind),
    health: healthOf(instance, kind, facts.now),
    reason: instance.observedReason,
    url: instance.container === null ? null : `${origin}${place.path === '/' ? '/' : `${place.path}/`}`,
    container: instance.container,
    behind: release !== null && ahead !== null && compareVersions(release, ahead) < 0,
  };
};
const healthOf = (instance: Instance, kind: string | undefined, now: Date): InstanceDocument['health'] => {
  if (instance.container === null) return kind === undefined ? 'not_installed' : 'installing';
  return kind === 'update' || kind === 'rollback' ? 'updating' : shownState(instance, now);
};

const desaDocument = (region: LoadedRegion, facts: Facts, instances: readonly InstanceDocument[]): DesaDocument => {
  const kode = String(region.kode);
  const seen = instances.flatMap((one) => (one.health === 'not_installed' ? [] : [one.health]));
  return {
    kode,
    nama: region.nama,
    jenis: region.jenis,
    kecamatan: facts.names.get(String(region.parent ?? '')) ?? '',
    kecamatanKode: String(region.parent ?? ''),
    host: facts.chosen.get(kode)?.host ?? null,
    status: desaStatus(seen),
    instances,
  };
};

const stateOf = (wanted: string, container: string | null, kind: string | undefined): InstanceDocument['state'] => {
  if (container === null) return kind === undefined ? 'not_installed' : 'installing';
  if (kind === 'update' || kind === 'rollback') return 'updating';
  return wanted === 'stopped' ? 'stopped' : 'running';
};

const matches = (one: DesaDocument, filter: DesaFilter): boolean => {
  if (filter.installed === 'only' && one.instances.length === 0) return false;
  if (
    filter.kecamatan !== undefined &&
    digitsOf(one.kecamatanKode) !== digitsOf(filter.kecamatan) &&
    one.kecamatan.toLowerCase() !== filter.kecamatan.toLowerCase()
  )
    return false;
  if (filter.jenis !== undefined && one.jenis !== filter.jenis) return false;
  if (filter.status !== undefined && one.status !== filter.status) return false;
  const apps =
    filter.app === undefined ? one.instances : one.instances.filter((instance) => instance.app === filter.app);
  if (filter.app !== undefined && apps.length === 0) return false;
  if (filter.release !== undefined && !apps.some((instance) => instance.release === filter.release)) return false;
  return filter.search === undefined || filter.search.trim() === '' || found(one, filter.search.trim());
};
const found = (one: DesaDocument, search: string): boolean => {
  const wanted = search.toLowerCase();
  const digits = wanted.replaceAll('.', '');
  if (/^\d+$/.test(digits)) return digitsOf(one.kode).includes(digits);
  return one.nama.toLowerCase().includes(wanted) || (one.host ?? '').includes(wanted);
};
