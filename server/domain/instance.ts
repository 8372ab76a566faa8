import type { Slot } from './step';

/** What a person wants of an instance. */
export type Wanted = 'running' | 'stopped' | 'archived';
/** What was seen from outside; older than its deadline it is unknown, whatever it was. */
export type Observed =
  | 'unknown'
  | 'installing'
  | 'updating'
  | 'healthy'
  | 'held'
  | 'degraded'
  | 'drift'
  | 'down'
  | 'wrong_identity'
  | 'dns_elsewhere'
  | 'stopped';
export type RouteMode = 'none' | 'open' | 'held' | 'closed';

export interface Instance {
  readonly id: string;
  readonly wilayahKode: string;
  readonly serverId: string;
  readonly databaseId: string | null;
  readonly app: string;
  readonly wanted: Wanted;
  readonly releaseId: string | null;
  readonly slot: Slot | null;
  readonly container: string | null;
  readonly addressA: string | null;
  readonly addressB: string | null;
  readonly network: string | null;
  readonly networkIndex: number | null;
  readonly routeMode: RouteMode;
  /** Host names its serving container answers to, canonical first. */
  readonly hosts: readonly string[];
  readonly schemaName: string | null;
  readonly dbUser: string | null;
  /** Encrypted JSON of the instance's secrets. */
  readonly secrets: string | null;
  readonly observed: Observed;
  readonly observedRelease: string | null;
  readonly observedReason: string | null;
  readonly observedAt: Date | null;
  /** Since when it has been seen in its present state. */
  readonly observedSince: Date | null;
  readonly deepObservedAt: Date | null;
}

/** Seconds after which an observation says nothing any more. */
export const STALE_AFTER_SECONDS = 150;

/** The state a screen may show: green only when it was seen recently. */
export const shownState = (instance: Pick<Instance, 'observed' | 'observedAt' | 'wanted'>, now: Date): Observed => {
  if (instance.wanted === 'stopped') return 'stopped';
  if (instance.observedAt === null) return 'unknown';
  return now.getTime() - instance.observedAt.getTime() > STALE_AFTER_SECONDS * 1000 ? 'unknown' : instance.observed;
};

/** The other slot: a new release starts beside the old one. */
export const otherSlot = (slot: Slot | null): Slot => (slot === 'a' ? 'b' : 'a');
