import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from '../../server/domain/rollout';
import {
  liveEvent,
  memberStateEvent,
  memberStepEvent,
  rolloutStateEvent,
  rolloutStream,
} from '../../server/rollouts/member-events';
import { moveStages } from '../../server/rollouts/stages';
import type { Stores, Transactor } from '../../server/stores';
import { idAt, type Chance } from './chance';
import { COMING, releaseOf, type FleetIds, type PlacedInstance } from './plan';
import type { Timed } from './timeline';

export interface Driving {
  readonly transact: Transactor;
  readonly ids: FleetIds;
  readonly rolloutId: string;
  readonly chance: Chance;
}
/** How far behind its timeline the writing was, at most, in ms. */
export interface Driven {
  readonly lateMs: number;
}

/**
 * Writes what the engine writes while a rollout rolls: every act one transaction with its member, its deployment and its events, by the
 * product's own stores, at the moment of the timeline.
 */
export const drive = async (driving: Driving, timeline: readonly Timed[]): Promise<Driven> => {
  const deployments = new Map<string, string>();
  const began = Date.now();
  const writing = new Set<Promise<void>>();
  const after = new Map<string, Promise<void>>();
  let lateMs = 0;
  for (const act of timeline) {
    const wait = began + act.at - Date.now();
    if (wait > 2) await sleep(wait);
    lateMs = Math.max(lateMs, -wait);
    // Acts of one instance follow each other; those of different ones are written side by side, as by different slots.
    const before = after.get(act.one.id) ?? Promise.resolve();
    const mine = before.then(() => driving.transact.run((stores) => write(stores, driving, deployments, act)));
    after.set(act.one.id, mine);
    writing.add(mine);
    void mine.finally(() => writing.delete(mine));
    if (writing.size > 24) await Promise.race(writing);
  }
  await Promise.all(writing);
  await finish(driving);
  return { lateMs };
};

const memberOf = async (stores: Stores, rolloutId: string, one: PlacedInstance): Promise<Member> => {
  const member = await stores.rollouts.member(rolloutId, one.id);
  if (member === null) throw new Error(`no member ${one.id}`);
  return member;
};

const write = async (stores: Stores, driving: Driving, deployments: Map<string, string>, act: Timed): Promise<void> => {
  const { rolloutId, ids, chance } = driving;
  const { one } = act;
  const { knex } = stores;
  if (act.do === 'start') {
    const id = idAt(new Date(), chance);
    deployments.set(one.id, id);
    const toReleaseId = releaseOf(ids, one.app, COMING);
    const plan = act.steps.map((kind) => ({ kind, args: {} }));
    await knex('deployments').insert({
      id,
      subject_kind: 'instance',
      subject_id: one.id,
      rollout_id: rolloutId,
      kind: 'update',
      to_release_id: toReleaseId,
      state: 'running',
      plan: JSON.stringify(plan),
      plan_hash: 'x'.repeat(64),
      plan_version: 1,
      started_at: knex.raw('UTC_TIMESTAMP(3)'),
    });
    await knex('deployment_steps').insert(
      plan.map(({ kind }, position) => ({ deployment_id: id, position, kind, state: 'pending' })),
    );
    const change = { state: 'running' as const, deploymentId: id, step: 0, steps: plan.length, reason: null };
    await stores.rollouts.setMember(rolloutId, one.id, change);
    await stores.events.append([memberStateEvent(await memberOf(stores, rolloutId, one), null, null)]);
    return;
  }
  const id = deployments.get(one.id) ?? '';
  if (act.do === 'step') await writeStep(stores, driving, id, act);
  else await writeEnd(stores, driving, id, act);
};

const writeStep = async (
  stores: Stores,
  { rolloutId }: Driving,
  id: string,
  { one, position, kind }: Extract<Timed, { do: 'step' }>,
): Promise<void> => {
  const { knex } = stores;
  const soaking = kind === 'soak';
  await knex('deployments')
    .where({ id })
    .update({
      position,
      ...(soaking ? { state: 'soaking' } : {}),
      ...(kind === 'verify_public' ? { probes_sent: 9 } : {}),
    });
  if (position > 0) await stores.steps.set(id, position - 1, { state: 'done', ended: new Date() });
  await stores.steps.set(id, position, { state: 'running', started: new Date() });
  await stores.rollouts.setMember(rolloutId, one.id, { step: position + 1, ...(soaking ? { state: 'soaking' } : {}) });
  const member = await memberOf(stores, rolloutId, one);
  const deployment = await stores.deployments.find(id);
  await stores.events.append([
    ...(soaking ? [memberStateEvent(member, deployment, COMING)] : []),
    memberStepEvent(member, kind, 'running', null),
  ]);
};

const writeEnd = async (
  stores: Stores,
  { rolloutId, ids }: Driving,
  id: string,
  { one, state }: Extract<Timed, { do: 'end' }>,
): Promise<void> => {
  const { knex } = stores;
  const failed = state === 'quarantined';
  const reason = failed ? { code: 'http_status', params: { status: 500, path: '/' } } : null;
  await knex('deployments')
    .where({ id })
    .update({ state: failed ? 'failed' : 'succeeded', probes_failed: failed ? 3 : 0 });
  await stores.deployments.end(id, reason);
  if (!failed)
    await knex('instances')
      .where({ id: one.id })
      .update({ release_id: releaseOf(ids, one.app, COMING), observed_release: COMING });
  await stores.rollouts.setMember(rolloutId, one.id, { state, reason });
  const member = await memberOf(stores, rolloutId, one);
  await stores.events.append([memberStateEvent(member, await stores.deployments.find(id), failed ? null : COMING)]);
};

const finish = ({ transact, rolloutId }: Driving): Promise<void> =>
  transact.run(async (stores) => {
    const rollout = await stores.rollouts.find(rolloutId);
    if (rollout === null) throw new Error('the rollout is gone');
    const stages = moveStages(rollout.stages, 'waves', 'report', 'done', new Date().toISOString());
    await stores.rollouts.move(rolloutId, 'rolling', { state: 'completed', stage: 'report', stages, ended: true });
    await stores.events.append([
      rolloutStateEvent(rolloutId, 'completed', 'report', null, null),
      liveEvent(rolloutStream(rolloutId), 'rollout.stage', { stage: 'report', state: 'done', seconds: null }),
    ]);
  });
