import { pick, randomFrom, shuffled } from '../faults/seed';
import { MOMENTS, OPERATIONS, spotsOf, turnsAt, VICTIMS, type Cell, type Operation, type Victim } from './cell';
import type { References } from './chains';
import type { Spot } from './hooks';

/** Nobody takes an import over from one that is frozen: thawed late it would never be over. */
const fits = ({ victim, operation }: Cell): boolean => !(victim === 'frozen-late' && operation === 'import');

/** Every step and every moment of an operation for a worker that is killed; for the others every moment at some step. */
export const tableCells = (references: References, seed: number, only: string | null): readonly Cell[] => {
  const random = randomFrom(seed);
  const spotsFor = (operation: Operation, victim: Victim): readonly Spot[] => {
    const all = spotsOf(references[operation].passed);
    if (victim === 'worker') return all;
    return MOMENTS.map((moment) =>
      pick(
        all.filter((one) => one.moment === moment),
        random,
      ),
    );
  };
  return VICTIMS.flatMap((victim) =>
    OPERATIONS.flatMap((operation) =>
      spotsFor(operation, victim).map((spot): Cell => ({ operation, spot, turn: 1, victim })),
    ),
  )
    .filter(fits)
    .filter(({ victim, operation }) => only === null || only === victim || only === operation);
};

/** Somewhere, sometime, somebody: the same for the same seed. One seed for each is in its line. */
export const randomCell = (references: References, seed: number, operation: Operation): Cell => {
  const random = randomFrom(seed);
  const { passed } = references[operation];
  const spot = pick(passed, random);
  const turn = 1 + Math.floor(random() * turnsAt(passed, spot));
  const cell = { operation, spot, turn, victim: pick(VICTIMS, random) };
  return fits(cell) ? cell : { ...cell, victim: 'worker' };
};
export const randomCells = (
  references: References,
  seed: number,
  count: number,
): readonly (readonly [number, Cell])[] => {
  const operations = shuffled(
    Array.from({ length: count }, (_, at) => OPERATIONS[at % OPERATIONS.length] ?? 'install'),
    randomFrom(seed),
  );
  return operations.map((operation, at) => [seed + at, randomCell(references, seed + at, operation)] as const);
};
