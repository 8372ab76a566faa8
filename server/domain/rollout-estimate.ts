import type { RolloutKind, RolloutPolicy, RolloutStage } from './rollout';

/** What earlier runs of one kind took, in seconds: the basis of every forecast. */
export interface PastTimes {
  /** Runs it was read from; 0 = none yet. */
  readonly rollouts: number;
  readonly stages: Readonly<Partial<Record<RolloutStage, number>>>;
  /** app → one change of it, without waiting and without watching afterwards. */
  readonly apps: Readonly<Record<string, number>>;
  /** The one migration that desa installed together share; null = none was seen. */
  readonly followUp: number | null;
}
export const NO_PAST: PastTimes = { rollouts: 0, stages: {}, apps: {}, followUp: null };

/** Seconds each part will take; null = nothing like it was seen, so nobody can tell. */
export interface Estimate {
  /** Runs it is foretold from. */
  readonly rollouts: number;
  readonly check: number | null;
  readonly snapshot: number | null;
  readonly migrate: number | null;
  readonly waves: number | null;
  /** All of it, from the start to the end of the last desa. */
  readonly total: number | null;
}
interface Ahead {
  readonly kind: RolloutKind;
  readonly migrates: boolean;
  readonly members: readonly { readonly kode: string; readonly app: string; readonly wave: number }[];
  readonly policy: Pick<RolloutPolicy, 'parallel' | 'soakSeconds'>;
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
const groups = <T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] => {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const group = found.get(keyOf(item));
    if (group === undefined) found.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...found.values()];
};

/** Apps of one desa follow each other, desa share the slots, a wave waits for the last desa of the one before. */
const wavesOf = ({ members, policy, kind }: Ahead, past: PastTimes): number | null => {
  if (members.some(({ app }) => past.apps[app] === undefined)) return null;
  const soak = kind === 'update' ? policy.soakSeconds : 0;
  const waves = groups(members, (one) => String(one.wave)).map((wave) => {
    const work = sum(wave.map(({ app }) => past.apps[app] ?? 0));
    const longest = groups(wave, (one) => one.kode).map((own) =>
      sum(own.map(({ app }) => (past.apps[app] ?? 0) + soak)),
    );
    return Math.max(work / policy.parallel + soak, ...longest);
  });
  return sum(waves) + (kind === 'install' ? (past.followUp ?? 0) : 0);
};

/** Pure: the same plan and the same past always foretell the same. */
export const estimateOf = (ahead: Ahead, past: PastTimes): Estimate => {
  const stage = (name: RolloutStage): number | null => past.stages[name] ?? null;
  const check = stage('check');
  const snapshot = ahead.migrates && ahead.kind === 'update' ? stage('snapshot') : 0;
  const migrate = ahead.migrates ? stage('migrate') : 0;
  const waves = ahead.members.length === 0 ? null : wavesOf(ahead, past);
  const parts = [check, snapshot, migrate, waves];
  const known = parts.every((one) => one !== null);
  return {
    rollouts: past.rollouts,
    check,
    snapshot: ahead.migrates ? snapshot : null,
    migrate: ahead.migrates ? migrate : null,
    waves,
    total: known ? sum(parts.map(Number)) : null,
  };
};

/** The value in the middle; null of none. */
export const middleOf = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
};
