import { setTimeout as sleep } from 'node:timers/promises';
import { nameOf, type Cell, type Operation } from './cell';
import { doubled, type Effects } from './effects';
import type { Field } from './field';
import type { Spot } from './hooks';
import { differences } from './picture';
import { strike, type Blow } from './strike';
import type { KilledWorker } from './worker';

const STUCK_MS = 180_000;
/** Whoever looks too often at the rows takes the time of those who work. */
const LOOKS_BETWEEN = 25;
const LOOK_MS = 80;

/** What an undisturbed run of an operation leaves, does, and where it comes by. */
export interface Reference {
  readonly picture: unknown;
  readonly effects: Effects;
  readonly passed: readonly Spot[];
}
export interface Result {
  readonly cell: Cell;
  /** The worker really stood there. */
  readonly wasStruck: boolean;
  /** How the operation ended; null = it is stuck. */
  readonly end: string | null;
  readonly differences: readonly string[];
  readonly doubled: readonly string[];
  /** From the moment all parts were back until the work went on. */
  readonly resumedMs: number | null;
  readonly seconds: number;
}
export const isGood = (one: Result): boolean =>
  one.wasStruck && one.end !== null && one.differences.length === 0 && one.doubled.length === 0;

/** Who works in a field, and who waits to. */
export interface Crew {
  working: KilledWorker;
  spare: KilledWorker;
}
export const openCrew = async (field: Field): Promise<Crew> => {
  const crew = { working: field.spawn(), spare: field.spawn() };
  await crew.working.begin();
  return crew;
};
export const closeCrew = async ({ working, spare }: Crew): Promise<void> => {
  await Promise.all([working.end(), spare.end()]);
};

/** One operation without anybody disturbing it. */
export const undisturbed = async (field: Field, operation: Operation): Promise<Reference> => {
  field.passed.length = 0;
  const book = field.effects();
  const isOver = await field.ask(operation);
  const until = performance.now() + STUCK_MS;
  while ((await isOver()) === null) {
    if (performance.now() > until) throw new Error(`${operation} is not over without any disturbance`);
    await sleep(LOOK_MS);
  }
  const effects = book.read(field.world.proxy().applied);
  return { picture: await field.picture(), effects, passed: [...field.passed] };
};

interface Watched {
  readonly end: string | null;
  readonly resumedMs: number | null;
}
const watch = async (
  field: Field,
  isOver: () => Promise<string | null>,
  from: { readonly progress: string; readonly at: number } | null,
): Promise<Watched> => {
  const until = performance.now() + STUCK_MS;
  let resumedMs: number | null = null;
  for (;;) {
    const end = await isOver();
    if (from !== null && resumedMs === null && (await field.progress()) !== from.progress)
      resumedMs = Math.max(0, performance.now() - from.at);
    if (end !== null || performance.now() > until) return { end, resumedMs };
    await sleep(from !== null && resumedMs === null ? LOOK_MS / 2 : LOOK_MS);
  }
};

/** Waits until a worker stands there, or the operation is over before. */
const standing = async (
  stops: readonly Promise<KilledWorker>[],
  isOver: () => Promise<string | null>,
): Promise<KilledWorker | null> => {
  let found: KilledWorker | null = null;
  for (const one of stops) void one.then((worker) => (found ??= worker));
  const until = performance.now() + STUCK_MS;
  for (let look = 1; found === null && performance.now() < until; look += 1) {
    if (look % LOOKS_BETWEEN === 0 && (await isOver()) !== null) break;
    await sleep(10);
  }
  return found;
};

/** Strikes the victim in the middle of an operation, lets it come to its end, and compares the world with the undisturbed one. */
export const perform = async (field: Field, crew: Crew, cell: Cell, expected: Reference): Promise<Result> => {
  const began = performance.now();
  const { victim, operation, spot, turn } = cell;
  if (victim === 'pair') await crew.spare.begin();
  const armed = victim === 'pair' ? [crew.working, crew.spare] : [crew.working];
  const stops = armed.map(async (one) => {
    await one.stopAt({ ...spot, turn });
    return one;
  });
  const book = field.effects();
  const isOver = await field.ask(operation);
  const struck = await standing(stops, isOver);
  for (const one of armed) one.pass();
  const progress = await field.progress();
  let blow: Blow | null = null;
  if (struck !== null) {
    const other = struck === crew.spare ? crew.working : crew.spare;
    blow = await strike(victim, { operation, field, struck, other });
  }
  const { end, resumedMs } = await watch(field, isOver, blow === null ? null : { progress, at: blow.at });
  await blow?.after();
  if (blow !== null && blow.alive !== struck) {
    crew.working = blow.alive;
    crew.spare = field.spawn();
  }
  return {
    ...{ cell, wasStruck: struck !== null, end, resumedMs },
    differences: differences(expected.picture, await field.picture()),
    doubled: doubled(expected.effects, book.read(field.world.proxy().applied)),
    seconds: (performance.now() - began) / 1000,
  };
};

/** One line for people. */
export const lineOf = (one: Result): string => {
  const resumed = one.resumedMs === null ? '-' : `${Math.round(one.resumedMs)} ms`;
  const line = `${isGood(one) ? 'ok' : 'WRONG'} ${nameOf(one.cell)}: ${one.end ?? 'STUCK'} after ${resumed}, ${one.seconds.toFixed(1)} s`;
  if (isGood(one)) return line;
  const { wasStruck, differences: other, doubled: twice } = one;
  return `${line} ${JSON.stringify({ wasStruck, other, twice }, null, 1)}`;
};
