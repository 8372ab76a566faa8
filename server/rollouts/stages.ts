import type { Rollout, RolloutStage, StageRecord } from '../domain/rollout';

export const workedOn = (rollout: Rollout, stage: RolloutStage): boolean =>
  rollout.stages.some((one) => one.stage === stage && one.state !== 'pending' && one.state !== 'skipped');

/** A run that is given up ends in the stage where it stands. */
export const endStage = (stages: readonly StageRecord[], stage: RolloutStage, now: string): readonly StageRecord[] =>
  stages.map((one) =>
    one.stage === stage && one.state === 'running' ? { ...one, state: 'skipped', endedAt: now } : one,
  );

export const withDeployment = (
  stages: readonly StageRecord[],
  stage: RolloutStage,
  id: string,
): readonly StageRecord[] =>
  stages.map((one) => (one.stage === stage ? { ...one, deployments: [...one.deployments, id] } : one));

/**
 * Ends the stage one leaves, begins the next, and says of those in between that they were not run. A retry goes back:
 * what comes after is still to be done again.
 */
export const moveStages = (
  stages: readonly StageRecord[],
  from: RolloutStage,
  to: RolloutStage,
  outcome: 'done' | 'failed',
  now: string,
): readonly StageRecord[] => {
  const order = stages.map((one) => one.stage);
  const [start, end] = [order.indexOf(from), order.indexOf(to)];
  return stages.map((one, index): StageRecord => {
    if (from === to) return index === end && outcome === 'failed' ? { ...one, state: 'failed', endedAt: now } : one;
    if (index === end)
      return to === 'report'
        ? { ...one, state: 'done', startedAt: now, endedAt: now }
        : { ...one, state: 'running', startedAt: one.startedAt ?? now, endedAt: null };
    if (end < start) return index > end ? { ...one, state: 'pending', startedAt: null, endedAt: null } : one;
    if (index === start) return { ...one, state: outcome, endedAt: now };
    return index > start && index < end && one.state === 'pending' ? { ...one, state: 'skipped' } : one;
  });
};
