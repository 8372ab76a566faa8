import type { DeploymentKind } from '../../domain/deployment';
import { middleOf, NO_PAST, type PastTimes } from '../../domain/rollout-estimate';
import type { Rollout, RolloutKind, RolloutStage } from '../../domain/rollout';
import type { StepKind } from '../../domain/step';
import type { Stores } from '../../stores';

const ROLLOUTS = 3;
const LOOK_BACK = 10;
/** Of each run its newest: they tell enough, whatever the number of desa. */
const CHANGES = 100;
/** Waiting for others, or for time to pass. */
const NO_WORK: readonly StepKind[] = ['soak', 'await_follow_up'];

const secondsOf = (from: string | null, to: string | null): number | null =>
  from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000;

interface Change {
  readonly app: string;
  readonly seconds: number;
}
const changesOf = async (read: Stores, rolloutId: string): Promise<readonly Change[]> => {
  const ids = await read
    .knex('deployments')
    .where({ rollout_id: rolloutId, subject_kind: 'instance', state: 'succeeded' })
    .orderBy('id', 'desc')
    .limit(CHANGES)
    .pluck<string[]>('id');
  if (ids.length === 0) return [];
  const rows = await read
    .knex('deployments as d')
    .join('deployment_steps as s', 's.deployment_id', 'd.id')
    .join('rollout_members as m', (on) => on.on('m.rollout_id', 'd.rollout_id').andOn('m.instance_id', 'd.subject_id'))
    .whereIn('d.id', ids)
    .whereNotIn('s.kind', [...NO_WORK])
    .groupBy('d.id', 'm.app')
    .select<{ app: string; micros: string | number }[]>(
      'm.app',
      read.knex.raw('SUM(TIMESTAMPDIFF(MICROSECOND, s.started_at, s.ended_at)) AS micros'),
    );
  return rows.map((row) => ({ app: row.app, seconds: Number(row.micros) / 1e6 }));
};
const databaseWork = async (
  read: Stores,
  rollouts: readonly string[],
  kind: DeploymentKind,
): Promise<number | null> => {
  const rows = await read
    .knex('deployments')
    .whereIn('rollout_id', [...rollouts])
    .andWhere({ kind, subject_kind: 'database', state: 'succeeded' })
    .select<{ started_at: Date | null; ended_at: Date | null }[]>('started_at', 'ended_at');
  return middleOf(
    rows.flatMap((row) => secondsOf(row.started_at?.toISOString() ?? null, row.ended_at?.toISOString() ?? null) ?? []),
  );
};

const STAGES: readonly RolloutStage[] = ['check', 'snapshot', 'migrate'];
const stagesOf = (rollouts: readonly Rollout[]): PastTimes['stages'] =>
  Object.fromEntries(
    STAGES.flatMap((stage) => {
      const seconds = rollouts.flatMap((one) =>
        one.stages.flatMap((record) =>
          record.stage === stage && record.state === 'done' ? (secondsOf(record.startedAt, record.endedAt) ?? []) : [],
        ),
      );
      const middle = middleOf(seconds);
      return middle === null ? [] : [[stage, middle] as const];
    }),
  );

/** How long the last three runs of this kind took that changed anything; `before` leaves out a run and what came after it. */
export const pastTimes = async (read: Stores, kind: RolloutKind, before: string | null): Promise<PastTimes> => {
  const ended = await read.rollouts.ended(kind, before, LOOK_BACK);
  const found: { readonly rollout: Rollout; readonly changes: readonly Change[] }[] = [];
  for (const rollout of ended) {
    const changes = await changesOf(read, rollout.id);
    if (changes.length > 0) found.push({ rollout, changes });
    if (found.length === ROLLOUTS) break;
  }
  if (found.length === 0) return NO_PAST;
  const rollouts = found.map((one) => one.rollout);
  const all = found.flatMap((one) => one.changes);
  const apps = [...new Set(all.map((one) => one.app))].map(
    (app) => [app, middleOf(all.flatMap((one) => (one.app === app ? [one.seconds] : []))) ?? 0] as const,
  );
  const ids = rollouts.map((one) => one.id);
  return {
    rollouts: found.length,
    stages: stagesOf(rollouts),
    apps: Object.fromEntries(apps),
    followUp: await databaseWork(read, ids, 'follow_up'),
  };
};
