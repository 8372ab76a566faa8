import { setTimeout as sleep } from 'node:timers/promises';
import type { StepKind } from '../../server/domain/step';
import type { Stores } from '../../server/stores';
import { Refused, type Expected, type Ground, type Seen, type Spot } from './kind';

const causeOf = (params: Readonly<Record<string, unknown>>): string | null =>
  typeof params['cause'] === 'string' ? params['cause'] : null;
const seen = (verdict: Seen['verdict'], reason: { code: string; params: Seen['params'] } | null): Seen => ({
  verdict,
  reason: reason?.code ?? null,
  cause: causeOf(reason?.params ?? {}),
  params: reason?.params ?? {},
});
export const GREEN: Seen = seen('green', null);

/** What a rollout came to for one app of one desa. */
export const outcomeOf = async (read: Stores, id: string, { kode, app }: Spot): Promise<Seen> => {
  const rollout = await read.rollouts.find(id);
  const member = (await read.rollouts.members(id)).find((one) => one.kode === kode && one.app === app);
  if (rollout === null || member === undefined) throw new Error('the rollout or its member is gone');
  if (rollout.state === 'paused' || rollout.state === 'halted') return seen('held', rollout.reason ?? member.reason);
  if (rollout.state === 'completed' && member.state === 'done') return seen('green', member.reason);
  return seen('red', rollout.reason ?? member.reason);
};
/** What the board says of it. */
export const boardOf = async (read: Stores, { kode, app }: Pick<Spot, 'kode' | 'app'>): Promise<Seen> => {
  const instance = await read.instances.findByApp(kode, app);
  if (instance === null) throw new Error(`no ${app} of ${kode}`);
  const { observed, observedReason } = instance;
  const reason = observedReason === null ? null : { code: observedReason, params: {} };
  if (observed === 'healthy') return seen('green', reason);
  if (observed === 'unknown') return seen('away', reason);
  return seen(observed === 'held' ? 'held' : 'red', reason);
};

/** An update of one app of one desa to its end. `meanwhile` runs beside it. */
export const update = async (
  ground: Ground,
  spot: Spot,
  version: string,
  meanwhile: (id: string) => Promise<void> = async () => undefined,
): Promise<Seen> => {
  const request = { kind: 'update', kodes: [spot.kode], apps: [], releases: { [spot.app]: version } } as const;
  const id = await ground.start(request);
  const resting = ground.rest(id);
  // Whoever waits for it below hears of a failure.
  resting.catch(() => undefined);
  await meanwhile(id);
  await resting;
  return outcomeOf(ground.read, id, spot);
};
export const restart = async (ground: Ground, spot: Spot): Promise<Seen> => {
  const id = await ground.start({ kind: 'restart', kodes: [spot.kode], apps: [spot.app], releases: {} });
  await ground.rest(id);
  return outcomeOf(ground.read, id, spot);
};
export const look = async (ground: Ground, spot: Pick<Spot, 'kode' | 'app'>): Promise<Seen> => {
  await ground.look(spot.kode);
  return boardOf(ground.read, spot);
};
/** What somebody is told whose release is not let in. */
export const refusal = async (work: () => Promise<unknown>): Promise<Seen> => {
  try {
    await work();
    return GREEN;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return seen('red', { code: error.reason, params: error.params });
  }
};

const STEP_WITHIN_MS = 120_000;
/** Waits until a step of the rollout's member runs; resolves with the container it is about. Null = it ended before. */
export const untilStep = async (ground: Ground, id: string, spot: Spot, kind: StepKind): Promise<string | null> => {
  const until = Date.now() + STEP_WITHIN_MS;
  const { read } = ground;
  for (;;) {
    const member = (await read.rollouts.members(id)).find((one) => one.kode === spot.kode && one.app === spot.app);
    const steps = member?.deploymentId == null ? [] : await read.steps.list(member.deploymentId);
    const wanted = steps.find((one) => one.kind === kind);
    const put = steps.find((one) => one.kind === 'put_files')?.output?.['container'];
    if (wanted !== undefined && wanted.state !== 'pending') return typeof put === 'string' ? put : null;
    if (member !== undefined && ['quarantined', 'failed', 'done'].includes(member.state)) return null;
    if (Date.now() > until) throw new Error(`${kind} did not begin`);
    await sleep(ground.target === 'scripted' ? 10 : 60);
  }
};

export const isRight = (expected: Expected, got: Seen): { readonly verdict: boolean; readonly reason: boolean } => ({
  verdict: got.verdict === expected.verdict,
  reason:
    (expected.reasons.length === 0 ? got.reason === null : expected.reasons.includes(got.reason ?? '')) &&
    (expected.cause === undefined || got.cause === expected.cause),
});
