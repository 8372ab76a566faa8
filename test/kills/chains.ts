import { OPERATIONS, type Cell, type Operation } from './cell';
import type { Field } from './field';
import { closeCrew, isGood, openCrew, perform, undisturbed, type Crew, type Reference, type Result } from './perform';

export type References = Readonly<Record<Operation, Reference>>;
export type Heard = (result: Result) => void;

/** All operations one after the other on an empty world, nobody disturbing them. */
export const referencesOf = async (field: Field): Promise<References> => {
  const crew = await openCrew(field);
  const found: Partial<Record<Operation, Reference>> = {};
  try {
    await field.reset();
    for (const operation of OPERATIONS) found[operation] = await undisturbed(field, operation);
  } finally {
    await closeCrew(crew);
  }
  return found as References;
};

type Queues = ReadonlyMap<Operation, Cell[]>;
const queuesOf = (cells: readonly Cell[]): Queues =>
  new Map(OPERATIONS.map((one) => [one, cells.filter(({ operation }) => operation === one)] as const));
/** How many operations a chain still has to do. */
const lengthOf = (queues: Queues): number => 1 + OPERATIONS.findLastIndex((one) => (queues.get(one) ?? []).length > 0);

/** One life of a desa, struck once in each operation; after a cell that went wrong the next life begins. */
const oneChain = async (
  field: Field,
  crew: Crew,
  queues: Queues,
  references: References,
  heard: Heard,
): Promise<void> => {
  await field.reset();
  for (const operation of OPERATIONS.slice(0, lengthOf(queues))) {
    const cell = queues.get(operation)?.shift();
    if (cell === undefined) {
      await undisturbed(field, operation);
      continue;
    }
    const result = await perform(field, crew, cell, references[operation]);
    heard(result);
    if (!isGood(result)) return;
  }
};

/** Every cell once, as many beside each other as there are fields. */
export const inFields = async (
  fields: readonly Field[],
  cells: readonly Cell[],
  references: References,
  heard: Heard,
): Promise<void> => {
  const queues = queuesOf(cells);
  const lane = async (field: Field): Promise<void> => {
    let crew = await openCrew(field);
    try {
      while (lengthOf(queues) > 0) {
        let isSound = true;
        await oneChain(field, crew, queues, references, (result) => {
          isSound = isGood(result);
          heard(result);
        });
        if (isSound) continue;
        // Whoever still works on what went wrong must not be in the next life.
        await closeCrew(crew);
        crew = await openCrew(field);
      }
    } finally {
      await closeCrew(crew);
    }
  };
  await Promise.all(fields.map(lane));
};
