import type { Run } from './draw';
import type { Ground } from './kind';
import { perform, type Result } from './perform';

type Heard = (result: Result) => void;

/** Each world takes the next run when it is done with one; what touches this process comes at the end, one by one. */
export const inWorlds = async (grounds: readonly Ground[], runs: readonly Run[], heard: Heard): Promise<void> => {
  const queue = runs.filter(({ kind }) => kind.alone !== true);
  const work = async (ground: Ground): Promise<void> => {
    for (let run = queue.shift(); run !== undefined; run = queue.shift()) heard(await perform(ground, run));
  };
  await Promise.all(grounds.map(work));
  const [first] = grounds;
  for (const run of runs) if (run.kind.alone === true && first !== undefined) heard(await perform(first, run));
};

/** What a run holds while it goes on; two that hold the same wait for each other. */
const keysOf = ({ kode, twin, app, kind }: Run): readonly string[] => [
  `desa ${kode}`,
  `app ${app}`,
  ...(kind.reach === 'desa' ? [] : [`twin ${twin}`]),
];
/** One world, several runs beside each other; those that everybody feels run alone. */
export const inLanes = async (ground: Ground, runs: readonly Run[], lanes: number, heard: Heard): Promise<void> => {
  const waiting = [...runs];
  const active = new Map<Run, Promise<void>>();
  const fits = (run: Run): boolean => {
    if (run.kind.reach === 'all') return active.size === 0;
    const held = new Set([...active.keys()].flatMap(keysOf));
    return [...active.keys()].every(({ kind }) => kind.reach !== 'all') && !keysOf(run).some((key) => held.has(key));
  };
  const begin = (run: Run): void => {
    waiting.splice(waiting.indexOf(run), 1);
    const work = perform(ground, run)
      .then(heard)
      .finally(() => active.delete(run));
    active.set(run, work);
  };
  // Those that run alone come last: before them the lanes are never empty for long.
  waiting.sort((left, right) => Number(left.kind.reach === 'all') - Number(right.kind.reach === 'all'));
  while (waiting.length > 0 || active.size > 0) {
    for (let next = waiting.find(fits); next !== undefined && active.size < lanes; next = waiting.find(fits))
      begin(next);
    await Promise.race(active.values());
  }
};
