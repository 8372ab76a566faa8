import type { Reason } from './deployment';

/**
 * draft        planned, waits for a person's confirmation
 * checking     every member is checked
 * snapshotting a verified dump of the shared schema is made
 * migrating    the schema owner migrates once (update) or prepares the schema (install)
 * rolling      members change in waves
 * paused       no new member starts; running ones finish
 * halted       stopped by itself: the same failure twice
 * rolling_back members that changed go back to their old release
 * completed    every member is done, failed, skipped or quarantined, and said so
 * failed       could not begin its members (check, dump or migration failed)
 */
export const ROLLOUT_STATES = [
  'draft',
  'checking',
  'snapshotting',
  'rehearsing',
  'ready',
  'migrating',
  'rolling',
  'paused',
  'soaking',
  'halted',
  'rolling_back',
  'rolled_back',
  'completed',
  'cancelled',
  'failed',
] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

export const ROLLOUT_TRANSITIONS: Readonly<Record<RolloutState, readonly RolloutState[]>> = {
  draft: ['checking', 'cancelled'],
  checking: ['snapshotting', 'migrating', 'rolling', 'failed', 'cancelled'],
  snapshotting: ['rehearsing', 'migrating', 'rolling', 'failed', 'cancelled'],
  rehearsing: ['ready', 'failed', 'cancelled'],
  ready: ['migrating', 'cancelled'],
  migrating: ['rolling', 'failed'],
  rolling: ['paused', 'halted', 'soaking', 'completed', 'cancelled', 'rolling_back'],
  paused: ['rolling', 'cancelled', 'rolling_back', 'completed'],
  soaking: ['completed', 'rolling_back'],
  halted: ['rolling', 'cancelled', 'rolling_back', 'completed'],
  rolling_back: ['rolled_back', 'failed'],
  rolled_back: [],
  completed: ['rolling', 'rolling_back'],
  cancelled: ['rolling_back'],
  failed: ['checking', 'cancelled'],
};
export const canMoveRollout = (from: RolloutState, to: RolloutState): boolean =>
  from === to || ROLLOUT_TRANSITIONS[from].includes(to);
export const isRolloutActive = (state: RolloutState): boolean =>
  !['draft', 'completed', 'cancelled', 'failed', 'rolled_back'].includes(state);

export type RolloutStage = 'check' | 'snapshot' | 'rehearse' | 'migrate' | 'waves' | 'soak' | 'report';
export type RolloutKind = 'install' | 'update' | 'restart' | 'stop' | 'start' | 'domain' | 'remove' | 'rollback';

export const MEMBER_STATES = [
  'pending',
  'running',
  'soaking',
  'done',
  'failed',
  'quarantined',
  'down',
  'unmeasured',
  'skipped',
  'postponed',
  'rolling_back',
  'rolled_back',
  'cancelled',
] as const;
export type MemberState = (typeof MEMBER_STATES)[number];
export const isMemberEnded = (state: MemberState): boolean =>
  !['pending', 'running', 'soaking', 'unmeasured', 'rolling_back'].includes(state);

export interface RolloutPolicy {
  /** Sizes of the first waves; the rest is the last wave. */
  readonly waves: readonly number[];
  readonly parallel: number;
  readonly soakSeconds: number;
  /** Same failure signature in this many desa halts the run. */
  readonly haltAt: number;
  /** Failure signatures a person saw and chose to go on with. */
  readonly acknowledged: readonly string[];
  /** domain: kode → new host. */
  readonly hosts: Readonly<Record<string, string>>;
}

/** One stage as the strip shows it. */
export interface StageRecord {
  readonly stage: RolloutStage;
  readonly state: 'pending' | 'running' | 'done' | 'skipped' | 'failed';
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Database deployments of this stage, one per shared schema. */
  readonly deployments: readonly string[];
}

export interface Rollout {
  readonly id: string;
  readonly kind: RolloutKind;
  readonly state: RolloutState;
  readonly stage: RolloutStage;
  readonly title: string;
  readonly policy: RolloutPolicy;
  /** app → release id */
  readonly releases: Readonly<Record<string, string>>;
  readonly stages: readonly StageRecord[];
  readonly planHash: string;
  readonly reason: Reason | null;
  readonly requestedBy: string;
  readonly parallel: number;
  readonly lastSeq: number;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly createdAt: Date;
}

export interface Member {
  readonly rolloutId: string;
  readonly instanceId: string;
  readonly kode: string;
  readonly kecamatanKode: string;
  readonly nama: string;
  /** Name of the kecamatan, frozen when the rollout was planned. */
  readonly kecamatan: string;
  readonly app: string;
  readonly position: number;
  readonly wave: number;
  readonly state: MemberState;
  readonly attempt: number;
  readonly deploymentId: string | null;
  readonly fromReleaseId: string | null;
  readonly toReleaseId: string | null;
  readonly reason: Reason | null;
  readonly step: number;
  readonly steps: number;
}
export type MemberCounts = Readonly<Record<MemberState, number>>;
export const countMembers = (members: readonly Pick<Member, 'state'>[]): MemberCounts => {
  const counts = Object.fromEntries(MEMBER_STATES.map((state) => [state, 0])) as Record<MemberState, number>;
  for (const member of members) counts[member.state] += 1;
  return counts;
};
