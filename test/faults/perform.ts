import type { Run } from './draw';
import type { AppName, Expected, Ground, Seen, Serving, TargetName, Verdict } from './kind';
import { isRight } from './outcome';
import { randomFrom } from './seed';

/** One run as it came out. */
export interface Result {
  readonly number: number;
  readonly kind: string;
  readonly target: TargetName;
  readonly app: AppName;
  readonly kode: string;
  readonly seed: number;
  readonly expected: Expected;
  readonly verdict: Verdict | 'error';
  readonly reason: string | null;
  readonly params: Seen['params'];
  readonly isVerdictRight: boolean;
  readonly isReasonRight: boolean;
  /** `kode app`: was up before and is not now. */
  readonly down: readonly string[];
  /** What runs another release than it should now. */
  readonly changed: readonly string[];
  readonly seconds: number;
  readonly error: string | null;
}
const nameOf = ({ kode, app }: Serving): string => `${kode} ${app}`;

const downAfter = (before: readonly Serving[], after: readonly Serving[]): readonly string[] => {
  const up = new Set(after.filter((one) => one.up).map(nameOf));
  return before
    .filter((one) => one.up)
    .map(nameOf)
    .filter((one) => !up.has(one));
};
/** Whoever was not updated to the end runs what ran before. */
const changedAfter = (
  before: readonly Serving[],
  after: readonly Serving[],
  mayChange: string | null,
): readonly string[] => {
  const now = new Map(after.map((one) => [nameOf(one), one.version] as const));
  return before
    .filter((one) => nameOf(one) !== mayChange && now.get(nameOf(one)) !== one.version)
    .map((one) => `${nameOf(one)}: ${one.version ?? '-'} → ${now.get(nameOf(one)) ?? '-'}`);
};

interface Told {
  readonly seen: Seen | null;
  readonly error: string | null;
}
const told = async (ground: Ground, run: Run): Promise<Told> => {
  const { kode, twin, app, kind, seed } = run;
  try {
    return { seen: await kind.run(ground, { kode, twin, app, random: randomFrom(seed) }), error: null };
  } catch (error) {
    return { seen: null, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};
/** Others may be changed beside this run: only the desa it reaches is looked at then. */
const felt = (run: Run, all: readonly Serving[]): readonly Serving[] =>
  run.kind.reach === 'all' ? all : all.filter((one) => one.kode === run.kode);

/** A world that could not be made in time, on a busy machine, is made once more. */
const prepared = async (ground: Ground, run: Run): Promise<void> => {
  const { kode, twin, app, seed } = run;
  const spot = { kode, twin, app, random: randomFrom(seed) };
  await ground.prepare(spot).catch(() => ground.prepare(spot));
};
const nothing: Told = { seen: null, error: 'the world could not be made' };

/** Makes the fault, hears the verdict, and looks from outside what is up. Never throws for what a run does. */
export const perform = async (ground: Ground, run: Run): Promise<Result> => {
  const { number, kind, app, kode, seed } = run;
  const { target } = ground;
  const isReady = await prepared(ground, run).then(
    () => true,
    () => false,
  );
  const before = isReady ? felt(run, await ground.serving()) : [];
  const began = performance.now();
  const { seen, error } = isReady ? await told(ground, run) : nothing;
  const seconds = (performance.now() - began) / 1000;
  const after = isReady ? felt(run, await ground.serving()) : [];
  const expected = kind.expected({ app, target });
  const right = seen === null ? { verdict: false, reason: false } : isRight(expected, seen);
  const mayChange = seen?.verdict === 'green' || seen?.verdict === 'held' ? `${kode} ${app}` : null;
  return {
    ...{ number, kind: kind.name, target, app, kode, seed, expected, seconds, error },
    verdict: seen?.verdict ?? 'error',
    reason: seen?.reason ?? null,
    params: seen?.params ?? {},
    isVerdictRight: right.verdict,
    isReasonRight: right.reason,
    down: downAfter(before, after),
    changed: changedAfter(before, after, mayChange),
  };
};
export const isGood = (one: Result): boolean =>
  one.isVerdictRight && one.isReasonRight && one.down.length === 0 && one.changed.length === 0;
