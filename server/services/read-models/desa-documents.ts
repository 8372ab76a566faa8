import type { AppAdapter } from '../../../provisioners/contracts';
import { desaStatus, type DesaStatus } from '../../domain/desa';
import { shownState, type Observed } from '../../domain/instance';
import type { DesaFacts, Place, Running } from './desa-facts';

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

/** Where an app of a desa is reached. */
interface Address {
  readonly host: string;
  readonly path: string;
  readonly port: number;
}
interface DrawnInstance {
  readonly row: Running;
  readonly address: Address;
  readonly document: InstanceDocument;
}
interface DrawnDesa {
  readonly place: Place;
  readonly document: DesaDocument;
}

/**
 * Documents out of facts. What is as it was is the same object again, down to the whole list: who counts or sorts a list may remember the
 * result as long as the list is the same.
 */
export class DesaDocuments {
  private readonly deps: { readonly apps: ReadonlyMap<string, AppAdapter>; readonly httpsPort: number };
  private readonly instances = new Map<string, DrawnInstance>();
  private readonly desa = new Map<string, DrawnDesa>();
  private list: readonly DesaDocument[] = [];
  private drawn: DesaFacts | null = null;
  constructor(deps: DesaDocuments['deps']) {
    this.deps = deps;
  }

  draw(facts: DesaFacts): readonly DesaDocument[] {
    if (this.drawn !== null && isAsDrawn(facts, this.drawn)) return this.list;
    const byDesa = this.instancesOf(facts);
    const list = facts.places.map((place) => this.desaOf(place, byDesa.get(place.kode) ?? []));
    const same = list.length === this.list.length && list.every((one, index) => one === this.list[index]);
    if (!same) this.list = list;
    this.drawn = facts;
    return this.list;
  }

  private instancesOf(facts: DesaFacts): ReadonlyMap<string, readonly InstanceDocument[]> {
    const { apps, httpsPort } = this.deps;
    const port = facts.settings.publicPorts?.https ?? httpsPort;
    const hosts = new Map(facts.places.map((one) => [one.kode, one.host] as const));
    const places = new Map([...apps.values()].map((app) => [app.name, { path: app.path, port }] as const));
    const unknown = { path: '/', port };
    const byDesa = new Map<string, InstanceDocument[]>();
    for (const row of facts.running) {
      const host = row.host ?? hosts.get(row.wilayahKode) ?? '';
      const document = this.instanceOf(row, facts, host, places.get(row.app) ?? unknown);
      const own = byDesa.get(row.wilayahKode);
      if (own === undefined) byDesa.set(row.wilayahKode, [document]);
      else own.push(document);
    }
    const order = ({ app }: InstanceDocument): number => apps.get(app)?.order ?? -1;
    for (const own of byDesa.values()) own.sort((left, right) => order(left) - order(right));
    if (this.instances.size > 2 * facts.running.length) this.instances.clear();
    return byDesa;
  }

  private instanceOf(row: Running, facts: DesaFacts, host: string, place: Omit<Address, 'host'>): InstanceDocument {
    const kind = facts.changing.get(row.id);
    const release = facts.releases.get(row.releaseId ?? '');
    const health = healthOf(row, kind, facts.now);
    const state = stateOf(row, kind);
    const [version, behind] = [release?.version ?? null, release?.behind ?? false];
    const known = this.instances.get(row.id);
    if (known?.row === row && known.address.host === host && known.address.port === place.port) {
      const { document } = known;
      const same = document.health === health && document.state === state && document.release === version;
      if (same && document.behind === behind) return document;
    }
    const address = { host, ...place };
    const document: InstanceDocument = {
      app: row.app,
      release: version,
      observedRelease: row.seenRelease,
      observedAt: row.seenAt,
      observedSince: row.seenSince,
      state,
      health,
      reason: row.seenReason,
      url: row.container === null ? null : urlOf(address),
      container: row.container,
      behind,
    };
    this.instances.set(row.id, { row, address, document });
    return document;
  }

  private desaOf(place: Place, instances: readonly InstanceDocument[]): DesaDocument {
    const known = this.desa.get(place.kode);
    if (known?.place === place && isSame(known.document.instances, instances)) return known.document;
    const seen = instances.flatMap((one) => (one.health === 'not_installed' ? [] : [one.health]));
    const document = { ...place, status: desaStatus(seen), instances };
    this.desa.set(place.kode, { place, document });
    return document;
  }
}

const portOf = ({ settings }: DesaFacts): number | undefined => settings.publicPorts?.https;
/** Nothing a document tells is different, and no look became too old meanwhile. */
const isAsDrawn = (now: DesaFacts, before: DesaFacts): boolean =>
  now.running === before.running &&
  now.places === before.places &&
  portOf(now) === portOf(before) &&
  now.changing.size === before.changing.size &&
  [...now.changing].every(([id, kind]) => before.changing.get(id) === kind) &&
  now.releases.size === before.releases.size &&
  [...now.releases].every(([id, { version, behind }]) => {
    const release = before.releases.get(id);
    return release?.version === version && release.behind === behind;
  }) &&
  now.running.every((row) => shownState(row, now.now) === shownState(row, before.now));

const isSame = (left: readonly InstanceDocument[], right: readonly InstanceDocument[]): boolean =>
  left.length === right.length && left.every((one, index) => one === right[index]);
const urlOf = ({ host, path, port }: Address): string =>
  `https://${host}${port === 443 ? '' : `:${port}`}${path === '/' ? '/' : `${path}/`}`;

const healthOf = (row: Running, kind: string | undefined, now: Date): InstanceDocument['health'] => {
  if (row.container === null) return kind === undefined ? 'not_installed' : 'installing';
  return kind === 'update' || kind === 'rollback' ? 'updating' : shownState(row, now);
};
const stateOf = ({ wanted, container }: Running, kind: string | undefined): InstanceDocument['state'] => {
  if (container === null) return kind === undefined ? 'not_installed' : 'installing';
  if (kind === 'update' || kind === 'rollback') return 'updating';
  return wanted === 'stopped' ? 'stopped' : 'running';
};
