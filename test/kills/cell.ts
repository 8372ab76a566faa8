import type { Moment, Spot } from './hooks';

/** In the order they are done to one desa; each begins in the world the one before left. */
export const OPERATIONS = ['import', 'install', 'update', 'domain', 'remove'] as const;
export type Operation = (typeof OPERATIONS)[number];
export const MOMENTS: readonly Moment[] = ['before', 'inside', 'after', 'committed'];

/**
 * worker: SIGKILL, another one starts · frozen: SIGSTOP past its lease, thawed when another one has taken over · frozen-late: thawed
 * when all is done · pair: two work, one is killed · mariadb, redis: SIGKILL, back after a moment · flushall: Redis forgets ·
 * engine: answers nobody for a moment · web: SIGKILL, on a real target only.
 */
export const VICTIMS = [
  'worker',
  'frozen',
  'frozen-late',
  'pair',
  'mariadb',
  'redis',
  'flushall',
  'engine',
  'web',
] as const;
export type Victim = (typeof VICTIMS)[number];

/** One field of the table: who is struck while a worker stands at a spot of an operation. */
export interface Cell {
  readonly operation: Operation;
  readonly spot: Spot;
  /** The how-many-th time a worker comes by there. */
  readonly turn: number;
  readonly victim: Victim;
}
export const nameOf = ({ operation, spot, turn, victim }: Cell): string =>
  `${operation} ${spot.work}/${spot.step} ${spot.moment}${spot.act > 0 ? ` act ${spot.act}` : ''} turn ${turn} ${victim}`;

/** Where a worker came by in an undisturbed run of an operation. */
export type Passed = Readonly<Record<Operation, readonly Spot[]>>;

/** One spot for every step and moment; inside = the middle one of its acts. */
export const spotsOf = (passed: readonly Spot[]): readonly Spot[] => {
  const steps = new Map(passed.map((one) => [`${one.work} ${one.step}`, one] as const));
  return [...steps.values()].flatMap(({ work, step }) => {
    const own = passed.filter((one) => one.work === work && one.step === step);
    const acts = Math.max(0, ...own.map((one) => one.act));
    return MOMENTS.filter((moment) => own.some((one) => one.moment === moment)).map((moment) => ({
      ...{ work, step, moment },
      act: moment === 'inside' ? Math.ceil(acts / 2) : 0,
    }));
  });
};
/** How often a worker comes by a spot. */
export const turnsAt = (passed: readonly Spot[], spot: Spot): number =>
  passed.filter(
    (one) => one.work === spot.work && one.step === spot.step && one.moment === spot.moment && one.act === spot.act,
  ).length;
