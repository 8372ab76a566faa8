import type { AppAdapter } from '../../provisioners/contracts';
import type { Desa } from '../domain/desa';
import type { Instance } from '../domain/instance';
import { identityKeyOf } from '../steps/context';
import type { ProofRequest } from '../steps/proof';
import type { World } from '../steps/world';

/** One instance that should answer, and what its answer must say. */
export interface Target {
  readonly instance: Instance;
  readonly desa: Desa;
  readonly app: AppAdapter;
  readonly request: ProofRequest;
}
export interface Round {
  readonly targets: readonly Target[];
  /** Instances that are being changed: the change looks at them itself. */
  readonly busy: readonly string[];
}

const isPublic = (one: Instance): boolean =>
  one.container !== null && one.wanted === 'running' && one.routeMode !== 'none' && one.releaseId !== null;

/** What a round looks at, read at once; keys are opened only when they are new. */
export class RoundReader {
  private readonly world: World;
  private keys = new Map<string, { readonly sealed: string; readonly key: string }>();
  constructor(world: World) {
    this.world = world;
  }

  async read(): Promise<Round> {
    const { read } = this.world.transact;
    const [instances, desa, releases, changes] = await Promise.all([
      read.instances.all(),
      read.desa.all(),
      read.releases.list(),
      read.deployments.activeKinds(),
    ]);
    const places = new Map(desa.map((one) => [one.kode, one] as const));
    const versions = new Map(
      releases.flatMap((one) => (one.state === 'ready' ? [[one.id, one.version] as const] : [])),
    );
    const open = instances.filter(isPublic);
    const fresh = new Map<string, { readonly sealed: string; readonly key: string }>();
    const targets = open.flatMap((instance): Target[] => {
      const place = places.get(instance.wilayahKode);
      const app = this.world.apps.get(instance.app);
      const version = versions.get(instance.releaseId ?? '');
      const known = this.keyOf(instance);
      if (place === undefined || app === undefined || version === undefined || known === null) return [];
      fresh.set(instance.id, known);
      if (changes.has(instance.id)) return [];
      return [{ instance, desa: place, app, request: requestOf(instance, place, app, version, known.key) }];
    });
    this.keys = fresh;
    return { targets, busy: open.filter((one) => changes.has(one.id)).map((one) => one.id) };
  }

  private keyOf(instance: Instance): { readonly sealed: string; readonly key: string } | null {
    const { id, secrets } = instance;
    const known = this.keys.get(id);
    if (known !== undefined && known.sealed === secrets) return known;
    const key = identityKeyOf(this.world, instance);
    return key === null || secrets === null ? null : { sealed: secrets, key };
  }
}

const requestOf = (
  { id, hosts }: Instance,
  desa: Desa,
  app: AppAdapter,
  version: string,
  identityKey: string,
): ProofRequest => ({ app, host: hosts[0] ?? desa.host, kode: desa.kode, version, identityKey, instanceId: id });
