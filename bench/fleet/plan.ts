import type { Instance } from '../../server/domain/instance';
import type { LoadedRegion } from '../../server/domain/region';

/** What the made-up fleet is to look like. */
export type FleetState = 'empty' | '852' | 'failing';
export const FLEET_STATES: readonly FleetState[] = ['empty', '852', 'failing'];
export const isFleetState = (text: string): text is FleetState => FLEET_STATES.some((one) => one === text);
/**
 * none = only past rollouts · fresh = a new one in which nobody has begun · half = a new one in the middle · halted = one that stopped
 * by itself after the same failure twice.
 */
export type RolloutWish = 'none' | 'fresh' | 'half' | 'halted';

/** Aceh Utara has more desa than any other kabupaten of the bundled list. */
export const KABUPATEN = '11.08';
export const SUFFIX = 'acehutara.go.id';
export const ADMIN = { email: 'ani@acehutara.go.id', password: 'Sawah-Padi-2026', name: 'Ani Rahmawati' };
export const REQUESTED_BY = ADMIN.name;
export const APPS = ['opensid', 'api', 'pbb'] as const;
export type AppName = (typeof APPS)[number];
export const VERSIONS = ['2408.0.0', '2409.0.0', '2410.0.0', '2411.0.0'] as const;
export type Version = (typeof VERSIONS)[number];
/** Observed by most of the fleet; the next one is what the newest rollout brings. */
export const CURRENT: Version = '2410.0.0';
export const COMING: Version = '2411.0.0';
export const PARALLEL = 32;
export const WAVES = [1, 5, 25] as const;

export interface PlacedDesa {
  readonly region: LoadedRegion;
  readonly kecamatan: string;
  readonly host: string;
  /** Place in the plan of a rollout, 0-based. */
  readonly order: number;
}
export interface PlacedInstance extends Pick<Instance, 'id' | 'app'> {
  readonly desa: PlacedDesa;
  readonly app: AppName;
}
export interface FleetIds {
  readonly databaseId: string;
  readonly serverId: string;
  /** `app@version` → id */
  readonly releases: ReadonlyMap<string, string>;
}
export const releaseOf = (ids: FleetIds, app: string, version: string): string => {
  const id = ids.releases.get(`${app}@${version}`);
  if (id === undefined) throw new Error(`no release ${app}@${version}`);
  return id;
};

/** 1, 5, 25, the rest. */
export const waveOf = (order: number): number => {
  let end = 0;
  for (const [index, size] of WAVES.entries()) {
    end += size;
    if (order < end) return index + 1;
  }
  return WAVES.length + 1;
};
