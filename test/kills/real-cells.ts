import { MOMENTS, OPERATIONS, type Cell, type Operation, type Victim } from './cell';
import type { Moment } from './hooks';

export const REAL_VICTIMS = [
  'worker',
  'web',
  'redis',
  'flushall',
  'mariadb',
  'pair',
  'frozen',
] as const satisfies readonly Victim[];

type Place = readonly [work: string, step: string, act: number];
/** Where a worker on a real target is stopped, for each moment of each operation. */
const PLACES: Readonly<Record<Operation, Readonly<Record<Moment, Place>>>> = {
  import: {
    before: ['import', 'fetch', 0],
    inside: ['import', 'fetch', 1],
    after: ['import', 'build', 0],
    committed: ['import', 'lint', 0],
  },
  install: {
    before: ['install', 'provision_tenant', 0],
    inside: ['prepare', 'prepare_schema', 8],
    after: ['install', 'start_release', 0],
    committed: ['install', 'switch_traffic', 0],
  },
  update: {
    before: ['update', 'migrate_own', 0],
    inside: ['migrate', 'migrate_schema', 3],
    after: ['update', 'switch_traffic', 0],
    committed: ['update', 'start_release', 0],
  },
  domain: {
    before: ['domain', 'put_files', 0],
    inside: ['domain', 'switch_traffic', 1],
    after: ['domain', 'start_release', 0],
    committed: ['domain', 'retire_release', 0],
  },
  remove: {
    before: ['remove', 'archive_instance', 0],
    inside: ['remove', 'close_route', 1],
    after: ['remove', 'remove_tenant', 0],
    committed: ['remove', 'remove_containers', 0],
  },
};

/** Every operation under every victim that fits, each victim at all moments in turn. */
export const realCells = (only: string | null): readonly Cell[] =>
  REAL_VICTIMS.flatMap((victim, row) =>
    OPERATIONS.map((operation, column): Cell => {
      const moment = MOMENTS[(row + column) % MOMENTS.length] ?? 'before';
      const [work, step, act] = PLACES[operation][moment];
      return { operation, victim, turn: 1, spot: { work, step, moment, act } };
    }),
  )
    // Here it is thawed when all is done, and nobody takes an import over from one that is frozen.
    .filter(({ victim, operation }) => !(victim === 'frozen' && operation === 'import'))
    .filter(({ victim, operation }) => only === null || only === victim || only === operation);
