import type { Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import {
  canMoveRollout,
  isMemberEnded,
  type Member,
  type MemberState,
  type Rollout,
  type RolloutPolicy,
  type RolloutStage,
  type RolloutState,
} from '../domain/rollout';
import { hasChanged } from '../domain/rollout-decision';
import { liveEvent, memberStateEvent, rolloutStateEvent, rolloutStream } from '../rollouts/member-events';
import { setMemberAgain } from '../rollouts/members';
import { endStage, moveStages } from '../rollouts/stages';
import type { Stores } from '../stores';

export type Command = 'pause' | 'resume' | 'cancel' | 'retry' | 'rollback';
/** `members` = those the command is about; its rows are changed in the caller's transaction. */
type CommandWork = (stores: Stores, rollout: Rollout, members: readonly Member[], actor: Actor) => Promise<void>;

const STAGE_OF: Readonly<Partial<Record<RolloutState, RolloutStage>>> = {
  checking: 'check',
  rolling: 'waves',
  rolling_back: 'waves',
};
/** Stages that are done again open again. */
const move = async (stores: Stores, rollout: Rollout, state: RolloutState, actor: Actor): Promise<void> => {
  if (!canMoveRollout(rollout.state, state)) throw new AppError('conflict', { what: 'rollout', state: rollout.state });
  const ended = state === 'cancelled';
  const stage = STAGE_OF[state] ?? rollout.stage;
  const now = new Date().toISOString();
  const stages = ended
    ? endStage(rollout.stages, stage, now)
    : moveStages(rollout.stages, rollout.stage, stage, 'done', now);
  const moved = await stores.rollouts.move(rollout.id, rollout.state, { state, stage, stages, reason: null, ended });
  if (!moved) throw new AppError('conflict', { what: 'rollout', state: rollout.state });
  const reopened = stages.some((one) => one.stage === stage && one.state === 'running') && stage !== rollout.stage;
  await stores.events.append([
    rolloutStateEvent(rollout.id, state, stage, null, actor.name),
    ...(reopened
      ? [liveEvent(rolloutStream(rollout.id), 'rollout.stage', { stage, state: 'running', seconds: null })]
      : []),
  ]);
};
const setMembers = async (stores: Stores, members: readonly Member[], state: MemberState): Promise<void> => {
  for (const member of members) await setMemberAgain(stores, member, state);
};

/** A desa that another rollout has not ended with stays with it. */
const refuseBusy = async (stores: Stores, rollout: Rollout, members: readonly Member[]): Promise<void> => {
  // The same lock as a start takes: neither can begin between the other's look and its act.
  await stores.knex('servers').orderBy('id').forUpdate().select('id');
  const busy = await stores.rollouts.busyDesa(rollout.id);
  for (const { kode, nama, kecamatan } of members) {
    const other = busy.get(kode);
    if (other !== undefined) throw new AppError('conflict', { ...other, problem: 'busy', kode, nama, kecamatan });
  }
};

/** What a person saw and chose to go on with is not a reason to stop again. */
const acknowledge = async (stores: Stores, rollout: Rollout, seen: readonly string[]): Promise<void> => {
  const policy: RolloutPolicy = { ...rollout.policy, acknowledged: [...rollout.policy.acknowledged, ...seen] };
  await stores.rollouts.setPolicy(rollout.id, policy);
};
const failedDatabaseWork = async (stores: Stores, rollout: Rollout): Promise<readonly string[]> =>
  (await stores.deployments.ofRollout(rollout.id))
    .filter((one) => one.subjectKind === 'database' && one.state === 'failed')
    .map((one) => one.id);

/** Those that still run what this rollout left them with. Who was changed by another one since is left out, and says so. */
const notOvertaken = async (
  stores: Stores,
  members: readonly Member[],
  left: (member: Member) => readonly (string | null)[],
): Promise<readonly Member[]> => {
  const own: Member[] = [];
  for (const member of members) {
    const releaseId = (await stores.instances.find(member.instanceId))?.releaseId ?? null;
    if (left(member).includes(releaseId)) {
      own.push(member);
      continue;
    }
    const version = releaseId === null ? null : ((await stores.releases.find(releaseId))?.version ?? null);
    const reason = { code: 'changed_since', params: { version } };
    await stores.rollouts.setMember(member.rolloutId, member.instanceId, { state: 'skipped', reason });
    await stores.events.append([memberStateEvent({ ...member, state: 'skipped', reason }, null, null)]);
  }
  return own;
};

const UNDER_WAY: readonly MemberState[] = ['running', 'soaking', 'unmeasured'];
const RETRIED: readonly MemberState[] = ['failed', 'quarantined', 'down', 'skipped', 'cancelled'];
const workOf = (members: readonly Member[]): readonly string[] => members.flatMap((one) => one.deploymentId ?? []);

/** What a person may do with a rollout; AppError('conflict') when its state does not allow it. */
export const COMMANDS: Readonly<Record<Command, CommandWork>> = {
  pause: (stores, rollout, _members, actor) => move(stores, rollout, 'paused', actor),
  async resume(stores, rollout, _members, actor) {
    const signature = rollout.reason?.params['signature'] ?? rollout.reason?.code;
    await move(stores, rollout, 'rolling', actor);
    await acknowledge(stores, rollout, typeof signature === 'string' ? [signature] : []);
  },
  async cancel(stores, rollout, members, actor) {
    const work = workOf(members.filter((one) => !isMemberEnded(one.state)));
    await stores.deployments.lock(work);
    await move(stores, rollout, 'cancelled', actor);
    await stores.deployments.requestCancel(work);
    const pending = members.filter((one) => one.state === 'pending');
    await setMembers(stores, pending, 'cancelled');
  },
  async retry(stores, rollout, members, actor) {
    const failed = members.filter((one) => RETRIED.includes(one.state));
    if (failed.length === 0 && rollout.state !== 'failed')
      throw new AppError('nothing_to_do', { problem: 'nothing_failed' });
    await refuseBusy(stores, rollout, failed);
    const own =
      rollout.kind === 'update'
        ? await notOvertaken(stores, failed, (one) => [one.fromReleaseId, one.toReleaseId])
        : failed;
    if (own.length < failed.length && own.length === 0)
      throw new AppError('nothing_to_do', { problem: 'changed_since' });
    const state: RolloutState = rollout.state === 'failed' ? 'checking' : 'rolling';
    if (rollout.state !== 'rolling') await move(stores, rollout, state, actor);
    await acknowledge(stores, rollout, await failedDatabaseWork(stores, rollout));
    await setMembers(stores, own, 'pending');
  },
  /** Who changed goes back, who is in the middle of it is cancelled and undone, who waits does not begin. */
  async rollback(stores, rollout, members, actor) {
    const changed = members.filter((one) => one.state === 'done' && hasChanged(one));
    const begun = members.filter((one) => UNDER_WAY.includes(one.state));
    if (rollout.kind !== 'update' || changed.length + begun.length === 0)
      throw new AppError('nothing_to_do', { problem: 'nothing_changed' });
    const work = workOf(begun);
    await stores.deployments.lock(work);
    await refuseBusy(stores, rollout, changed);
    const own = await notOvertaken(stores, changed, (one) => [one.toReleaseId]);
    if (own.length + begun.length === 0) throw new AppError('nothing_to_do', { problem: 'changed_since' });
    await move(stores, rollout, 'rolling_back', actor);
    await stores.deployments.requestCancel(work);
    const pending = members.filter((one) => one.state === 'pending');
    await setMembers(stores, pending, 'cancelled');
    await setMembers(stores, own, 'rolling_back');
  },
};
