import type { AppName, Kind, TargetName } from './kind';
import { CLEAN, FAULTS } from './kinds';
import { pick, randomFrom, shuffled } from './seed';

/** One run: which fault hits which app of which desa. `seed` fixes what the fault itself leaves to chance. */
export interface Run {
  readonly number: number;
  readonly kind: Kind;
  readonly app: AppName;
  readonly kode: string;
  readonly twin: string;
  readonly seed: number;
}
export interface Draw {
  readonly seed: number;
  readonly target: TargetName;
  /** Runs with a fault; the first ones bring every kind once. */
  readonly faults: number;
  readonly clean: number;
  /** One kind only; null = all. */
  readonly only: string | null;
  readonly kodes: readonly string[];
}
const onTarget = (kinds: readonly Kind[], target: TargetName): readonly Kind[] =>
  kinds.filter((one) => (one.apps[target]?.length ?? 0) > 0);

/** Kind and app: each pair comes once before any comes twice, every kind first. */
const pairs = (kinds: readonly Kind[], target: TargetName, count: number, random: () => number) => {
  const drawn: { kind: Kind; app: AppName }[] = [];
  const left = new Map<Kind, AppName[]>();
  while (drawn.length < count && kinds.length > 0)
    for (const kind of shuffled(kinds, random)) {
      if (drawn.length >= count) break;
      const apps = left.get(kind) ?? [];
      if (apps.length === 0) apps.push(...shuffled(kind.apps[target] ?? [], random));
      left.set(kind, apps);
      drawn.push({ kind, app: apps.pop() ?? 'opensid' });
    }
  return drawn;
};

/** The same draw always gives the same runs in the same order. */
export const drawRuns = ({ seed, target, faults, clean, only, kodes }: Draw): readonly Run[] => {
  const random = randomFrom(seed);
  const wanted = (kinds: readonly Kind[]): readonly Kind[] =>
    onTarget(kinds, target).filter(({ name }) => only === null || name === only);
  const drawn = [...pairs(wanted(FAULTS), target, faults, random), ...pairs(wanted(CLEAN), target, clean, random)];
  return shuffled(drawn, random).map(({ kind, app }, at) => {
    const kode = pick(kodes, random);
    const twin = pick(
      kodes.filter((one) => one !== kode),
      random,
    );
    return { number: at + 1, kind, app, kode, twin, seed: Math.floor(random() * 2 ** 31) };
  });
};
