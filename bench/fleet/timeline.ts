import type { AppAdapter } from '../../provisioners/contracts';
import type { StepKind } from '../../server/domain/step';
import { planDeployment } from '../../server/rollouts/plans';
import type { Chance } from './chance';
import type { PlacedInstance } from './plan';

/** Seconds a step takes on a server that has what it needs: image there, container up in two seconds. */
const SECONDS: Readonly<Partial<Record<StepKind, number>>> = {
  ensure_image: 0.1,
  put_files: 0.5,
  hold_traffic: 0.1,
  dump_own: 0.8,
  migrate_own: 1.2,
  start_release: 1.1,
  await_healthy: 2.2,
  switch_traffic: 0.1,
  verify_public: 0.6,
  retire_release: 0.9,
};
/** Steps that hold no slot. */
const FREE: ReadonlySet<StepKind> = new Set(['soak', 'retire_release']);

export type Act =
  | { readonly do: 'start'; readonly one: PlacedInstance; readonly steps: readonly StepKind[] }
  | { readonly do: 'step'; readonly one: PlacedInstance; readonly position: number; readonly kind: StepKind }
  | { readonly do: 'end'; readonly one: PlacedInstance; readonly state: 'done' | 'quarantined' };
/** `at` = ms since the rollout began to roll. */
export type Timed = Act & { readonly at: number };

export interface Pace {
  readonly slots: number;
  readonly soakSeconds: number;
  /** One in so many fails its public proof. */
  readonly oneFailsIn: number;
}

/** What a rollout at full speed does and when: every slot always busy, an app begins when those it needs are done. */
export const timelineOf = (
  instances: readonly PlacedInstance[],
  apps: ReadonlyMap<string, AppAdapter>,
  pace: Pace,
  chance: Chance,
): readonly Timed[] => {
  const acts: Timed[] = [];
  const slots = Array.from({ length: pace.slots }, () => 0);
  const doneAt = new Map<string, number>();
  const keyOf = (kode: string, app: string): string => `${kode} ${app}`;
  const waiting = [...instances];
  const readyAt = (one: PlacedInstance): number => {
    const needs = apps.get(one.app)?.needs ?? [];
    return Math.max(0, ...needs.map((app) => doneAt.get(keyOf(String(one.desa.region.kode), app)) ?? 0));
  };
  while (waiting.length > 0) {
    const slot = slots.indexOf(Math.min(...slots));
    const free = slots[slot] ?? 0;
    // In the order of the plan, but nobody waits for one that has to wait itself.
    const found = waiting.findIndex((one) => readyAt(one) <= free);
    const index = found === -1 ? 0 : found;
    const [one] = waiting.splice(index, 1);
    if (one === undefined) break;
    const begun = Math.max(free, readyAt(one));
    const run = runOf(one, apps, begun, pace, chance);
    acts.push(...run.acts);
    doneAt.set(keyOf(String(one.desa.region.kode), one.app), run.endedAt);
    slots[slot] = run.freeAt;
  }
  return acts.sort((left, right) => left.at - right.at);
};

const runOf = (
  one: PlacedInstance,
  apps: ReadonlyMap<string, AppAdapter>,
  begun: number,
  pace: Pace,
  chance: Chance,
): { readonly acts: readonly Timed[]; readonly freeAt: number; readonly endedAt: number } => {
  const app = apps.get(one.app);
  if (app === undefined) throw new Error(`no app ${one.app}`);
  const instance = { slot: 'a' as const, releaseId: null };
  const plan = planDeployment({
    kind: 'update',
    app,
    instance,
    releaseId: '',
    host: '',
    soakSeconds: pace.soakSeconds,
  });
  const steps = plan.map((step) => step.kind);
  const fails = chance.below(pace.oneFailsIn) === 0;
  const acts: Timed[] = [{ at: begun, do: 'start', one, steps }];
  let at = begun + 50;
  let freeAt: number | null = null;
  for (const [position, kind] of steps.entries()) {
    if (FREE.has(kind)) freeAt ??= at;
    acts.push({ at, do: 'step', one, position, kind });
    at += kind === 'soak' ? pace.soakSeconds * 1000 : (SECONDS[kind] ?? 0.3) * 1000 * chance.between(0.6, 1.6);
    if (fails && kind === 'verify_public') break;
  }
  acts.push({ at, do: 'end', one, state: fails ? 'quarantined' : 'done' });
  return { acts, freeAt: freeAt ?? at, endedAt: at };
};
