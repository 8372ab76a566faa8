import type { DeploymentKind, DeploymentState, Reason } from './deployment';
import {
  isMemberEnded,
  type Member,
  type MemberState,
  type Rollout,
  type RolloutStage,
  type RolloutState,
} from './rollout';

/** What the coordinator sees of a rollout. Pure data; `decide` says what happens next. */
export interface RolloutView {
  readonly rollout: Rollout;
  readonly members: readonly Member[];
  /** Database work of this rollout, newest last. */
  readonly database: readonly {
    readonly id: string;
    readonly databaseId: string;
    readonly kind: DeploymentKind;
    readonly state: DeploymentState;
    readonly reason: Reason | null;
    readonly startedAt: Date | null;
  }[];
  /** Shared schemas the members live in. */
  readonly databaseIds: readonly string[];
  /** Databases whose structure this rollout changes. */
  readonly migrating: readonly string[];
  /** Instances whose deployment sleeps or soaks: they hold no slot. */
  readonly idle: ReadonlySet<string>;
  /** Per database: members that still have to reach the follow-up barrier, and when the last one reached it. */
  readonly barrier: readonly {
    readonly databaseId: string;
    readonly before: number;
    readonly waiting: number;
    readonly lastReachedAt: Date | null;
  }[];
  /** app → apps of the same desa that must be well first. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
}
export type RolloutAction =
  | { readonly do: 'start_database'; readonly kind: DeploymentKind; readonly databaseId: string }
  | { readonly do: 'start_member'; readonly instanceId: string }
  | { readonly do: 'skip_member'; readonly instanceId: string; readonly reason: Reason }
  /** It was behind the point of no return when the roll-back began: it changed, so it goes back too. */
  | { readonly do: 'take_back'; readonly instanceId: string }
  | { readonly do: 'move'; readonly state: RolloutState; readonly stage: RolloutStage; readonly reason: Reason | null };

const move = (state: RolloutState, stage: RolloutStage, reason: Reason | null = null): RolloutAction => ({
  do: 'move',
  state,
  stage,
  reason,
});

/** What the coordinator does now. Deciding twice on the same view gives the same actions. */
export const decide = (view: RolloutView): readonly RolloutAction[] => {
  switch (view.rollout.state) {
    case 'checking':
      return view.migrating.length > 0 && view.rollout.kind === 'update'
        ? [move('snapshotting', 'snapshot')]
        : view.migrating.length > 0
          ? [move('migrating', 'migrate')]
          : [move('rolling', 'waves')];
    case 'snapshotting':
      return databaseStage(view, 'snapshot', move('migrating', 'migrate'));
    case 'migrating':
      return databaseStage(view, view.rollout.kind === 'install' ? 'prepare' : 'migrate', move('rolling', 'waves'));
    case 'rolling':
      return rolling(view);
    case 'paused':
    case 'halted':
      return view.members.every((member) => isMemberEnded(member.state))
        ? [move('completed', 'report')]
        : followUps(view);
    case 'rolling_back':
      return rollingBack(view);
    default:
      return [];
  }
};

/** Runs one kind of database work once per schema; one failure fails the rollout before any desa is touched. */
const databaseStage = (view: RolloutView, kind: DeploymentKind, next: RolloutAction): readonly RolloutAction[] => {
  const seen = view.rollout.policy.acknowledged;
  const work = view.migrating.map((databaseId) =>
    view.database.findLast((one) => one.databaseId === databaseId && one.kind === kind && !seen.includes(one.id)),
  );
  const failed = work.find((one) => one?.state === 'failed' || one?.state === 'cancelled');
  if (failed) return [move('failed', view.rollout.stage, failed.reason)];
  const missing = view.migrating.filter((_, index) => work[index] === undefined);
  if (missing.length > 0) return missing.map((databaseId) => ({ do: 'start_database', kind, databaseId }));
  return work.every((one) => one?.state === 'succeeded') ? [next] : [];
};

const rolling = (view: RolloutView): readonly RolloutAction[] => {
  const stop = reasonToStop(view);
  if (stop) return [stop];
  if (view.members.every((member) => isMemberEnded(member.state))) return [move('completed', 'report')];
  const actions: RolloutAction[] = [...followUps(view)];
  const wave = currentWave(view);
  let free = Math.max(0, view.rollout.parallel * 2 - view.members.filter((member) => holdsSlot(view, member)).length);
  for (const member of view.members) {
    if (member.state !== 'pending' || member.wave > wave) continue;
    const blocked = blockedBy(view, member);
    if (blocked === 'waits') continue;
    if (blocked !== null) actions.push({ do: 'skip_member', instanceId: member.instanceId, reason: blocked });
    else if (free > 0) {
      actions.push({ do: 'start_member', instanceId: member.instanceId });
      free -= 1;
    }
  }
  return actions;
};

const holdsSlot = (view: RolloutView, member: Member): boolean =>
  (member.state === 'running' || member.state === 'rolling_back') && !view.idle.has(member.instanceId);

/** The first wave with somebody who has not ended; later waves wait for it. */
const currentWave = (view: RolloutView): number =>
  view.members.reduce(
    (lowest, member) => (isMemberEnded(member.state) ? lowest : Math.min(lowest, member.wave)),
    Number.MAX_SAFE_INTEGER,
  );

const BROKEN: ReadonlySet<MemberState> = new Set(['failed', 'quarantined', 'down', 'skipped', 'cancelled']);
/** Taken away in the other direction: an app stays while one that needs it is still there. */
const needs = (view: RolloutView, member: Member, other: Member): boolean =>
  view.rollout.kind === 'remove'
    ? (view.needs[other.app] ?? []).includes(member.app)
    : (view.needs[member.app] ?? []).includes(other.app);

/** Within one desa apps change in order; an app whose need failed in this run is left out, with the reason. */
const blockedBy = (view: RolloutView, member: Member): 'waits' | Reason | null => {
  const before = view.members.filter((other) => other.kode === member.kode && other.position < member.position);
  const broken = before.find((other) => needs(view, member, other) && BROKEN.has(other.state));
  if (broken) return { code: 'needed_app_failed', params: { app: broken.app } };
  return before.some((other) => !isMemberEnded(other.state)) ? 'waits' : null;
};

/** Installed together, migrated once more together: when nobody is left before the barrier. */
const followUps = (view: RolloutView): readonly RolloutAction[] =>
  view.barrier.flatMap((barrier): RolloutAction[] => {
    if (barrier.before > 0 || barrier.waiting === 0 || barrier.lastReachedAt === null) return [];
    const last = view.database.findLast((one) => one.databaseId === barrier.databaseId && one.kind === 'follow_up');
    const covers = last !== undefined && (last.startedAt === null || last.startedAt >= barrier.lastReachedAt);
    return covers ? [] : [{ do: 'start_database', kind: 'follow_up', databaseId: barrier.databaseId }];
  });

const MEASURE_TRIES = 20;
/** The same failure in several desa halts an update; what cannot be measured pauses it. */
const reasonToStop = (view: RolloutView): RolloutAction | null => {
  const { policy, kind } = view.rollout;
  if (kind !== 'update') return null;
  const desaBySignature = new Map<string, Set<string>>();
  for (const member of view.members) {
    if (member.reason === null || !['quarantined', 'failed', 'down'].includes(member.state)) continue;
    desaBySignature.set(member.reason.code, (desaBySignature.get(member.reason.code) ?? new Set()).add(member.kode));
  }
  for (const [code, desa] of desaBySignature) {
    if (desa.size >= policy.haltAt && !policy.acknowledged.includes(code))
      return move('halted', 'waves', { code: 'same_failure', params: { signature: code, count: desa.size } });
  }
  const unmeasured = view.members.filter((member) => member.state === 'unmeasured');
  const desa = new Set(unmeasured.map((member) => member.kode));
  const lasting = unmeasured.some((member) => Number(member.reason?.params['tries'] ?? 0) >= MEASURE_TRIES);
  return (desa.size >= 2 || lasting) && !policy.acknowledged.includes('unmeasured')
    ? move('paused', 'waves', { code: 'unmeasured', params: { count: desa.size } })
    : null;
};

/** Those that changed go back, those in the middle of it are cancelled and undone. Within a desa the last one goes first. */
const rollingBack = (view: RolloutView): readonly RolloutAction[] => {
  const late = view.members.filter((member) => member.state === 'done' && hasChanged(member));
  const back = late.map((member): RolloutAction => ({ do: 'take_back', instanceId: member.instanceId }));
  const left = view.members.filter((member) => member.state === 'rolling_back');
  if (late.length + left.length === 0 && view.members.every((member) => isMemberEnded(member.state)))
    return [move('rolled_back', 'report')];
  const begun = left.filter((member) => member.deploymentId !== null && holdsSlot(view, member));
  const starts = left
    .filter((member) => member.deploymentId === null && isLastOfDesa(view, member))
    .slice(0, Math.max(0, view.rollout.parallel * 2 - begun.length))
    .map((member): RolloutAction => ({ do: 'start_member', instanceId: member.instanceId }));
  return [...back, ...starts];
};
/** Its update went through and brought another release. */
export const hasChanged = (member: Member): boolean =>
  member.fromReleaseId !== null && member.fromReleaseId !== member.toReleaseId;
/** Nobody behind it in its desa is still changing or about to go back: an app that leans on it is never newer than it. */
const isLastOfDesa = (view: RolloutView, member: Member): boolean =>
  !view.members.some(
    (other) =>
      other.kode === member.kode &&
      other.position > member.position &&
      (!isMemberEnded(other.state) || (other.state === 'done' && hasChanged(other))),
  );

/** Waves over desa: first 1, then 5, then 25, then all others; returns kode → wave number from 1. */
export const assignWaves = (kodes: readonly string[], sizes: readonly number[]): ReadonlyMap<string, number> => {
  const waves = new Map<string, number>();
  const limits = sizes.reduce<number[]>((sums, size) => [...sums, (sums.at(-1) ?? 0) + size], []);
  kodes.forEach((kode, index) => {
    const wave = limits.findIndex((limit) => index < limit);
    waves.set(kode, wave === -1 ? sizes.length + 1 : wave + 1);
  });
  return waves;
};
