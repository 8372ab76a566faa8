import { pick, randomFrom, shuffled } from '../faults/seed';
import { MOMENTS, OPERATIONS, spotsOf, turnsAt, VICTIMS, type Cell, type Operation, type Victim } from './cell';
import type { References } from './chains';
import type { Spot } from './hooks';

/** Nobody takes an import over from one that is frozen: thawed late it would never be over. */
const fits = ({ victim, operation }: Cell): boolean => !(victim === 'frozen-late' && operation === 'import');

const SCRIPTED: readonly Victim[] = VICTIMS.filter((one) => one !== 'web');
const isSame = (left: Spot, right: Spot): boolean => JSON.stringify(left) === JSON.stringify(right);

/** Every victim at every moment of every operation, at some step of it; then a killed worker at all the other steps. */
export const tableCells = (references: References, seed: number, only: string | null): readonly Cell[] => {
  const random = randomFrom(seed);
  const all = (operation: Operation): readonly Spot[] => spotsOf(references[operation].passed);
  const cells = SCRIPTED.flatMap((victim) =>
    OPERATIONS.flatMap((operation) =>
      MOMENTS.map((moment): Cell => {
        const spot = pick(
          all(operation).filter((one) => one.moment === moment),
          random,
        );
        return { operation, spot, turn: 1, victim };
      }),
    ),
  );
  const drawn = cells.filter(({ victim }) => victim === 'worker');
  const others = OPERATIONS.flatMap((operation) =>
    all(operation)
      .filter((spot) => !drawn.some((one) => one.operation === operation && isSame(one.spot, spot)))
      .map((spot): Cell => ({ operation, spot, turn: 1, victim: 'worker' })),
  );
  return [...cells, ...others]
    .filter(fits)
    .filter(({ victim, operation }) => only === null || only === victim || only === operation);
};

/** Somewhere, sometime, somebody: the same for the same seed. One seed for each is in its line. */
export const randomCell = (references: References, seed: number, operation: Operation): Cell => {
  const random = randomFrom(seed);
  const { passed } = references[operation];
  const spot = pick(passed, random);
  const turns = turnsAt(passed, spot);
  const turn = Math.floor(random() * turns);
  const victim = pick(SCRIPTED, random);
  // Two share the turns: no more than half of them come by one of the two for sure.
  const own = victim === 'pair' ? turn % Math.ceil(turns / 2) : turn;
  const cell = { operation, spot, turn: 1 + own, victim };
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
