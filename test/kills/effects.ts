import type { ProxyState } from '../../provisioners/contracts';
import { LABEL } from '../../provisioners/contracts';
import type { FakeEngine } from '../helpers/fake-engine';

/** How often something happened outside since `begin`. A one-shot may run again; what serves is made once. */
export interface Effects {
  readonly made: readonly string[];
  readonly removed: readonly string[];
  /** Changes of where a route leads. */
  readonly moves: number;
  readonly tasks: readonly string[];
  readonly builds: number;
}
export interface EffectBook {
  built(): void;
  read(applied: readonly ProxyState[]): Effects;
}
const plain = (name: string): string => name.replace(/-[0-9a-z]{8}(?=-|$)/, '-*');

const routeMoves = (applied: readonly ProxyState[], from: number): number => {
  let moves = 0;
  const known = new Map<string, string>();
  for (const [at, { routes }] of applied.entries()) {
    const now = new Map(routes.map((one) => [one.id, `${one.mode} ${one.active} ${one.hosts.join(',')}`] as const));
    const ids = new Set([...known.keys(), ...now.keys()]);
    for (const id of ids) if (known.get(id) !== now.get(id) && at >= from) moves += 1;
    known.clear();
    for (const [id, route] of now) known.set(id, route);
  }
  return moves;
};

/** Listens to the engine from now on. */
export const openEffects = (engine: FakeEngine, applied: number): EffectBook => {
  const [made, removed, tasks]: [string[], string[], string[]] = [[], [], []];
  let builds = 0;
  engine.events.on('event', (event: { action: string; name: string; labels: Readonly<Record<string, string>> }) => {
    const isTask = event.labels[LABEL.role] === 'oneshot';
    if (event.action === 'create') (isTask ? tasks : made).push(plain(event.name));
    if (event.action === 'destroy' && !isTask) removed.push(plain(event.name));
  });
  return {
    built: () => void (builds += 1),
    read: (states) => ({
      made: made.toSorted(),
      removed: removed.toSorted(),
      moves: routeMoves(states, applied),
      tasks: tasks.toSorted(),
      builds,
    }),
  };
};

/** Preparing a schema runs two. */
const TASKS_OF_A_STEP = 2;
/** What happened more or less often than in the undisturbed run. The tasks of the step that was struck may have run once more. */
export const doubled = (expected: Effects, seen: Effects): readonly string[] => {
  const compare = (what: 'made' | 'removed'): readonly string[] =>
    JSON.stringify(expected[what]) === JSON.stringify(seen[what])
      ? []
      : [`${what}: ${expected[what].join(',')} ≠ ${seen[what].join(',')}`];
  const again = seen.tasks.length - expected.tasks.length;
  return [
    ...compare('made'),
    ...compare('removed'),
    ...(expected.moves === seen.moves ? [] : [`moves: ${expected.moves} ≠ ${seen.moves}`]),
    ...(again > TASKS_OF_A_STEP || again < 0 ? [`tasks: ${expected.tasks.join(',')} ≠ ${seen.tasks.join(',')}`] : []),
    ...(seen.builds - expected.builds > 1 ? [`builds: ${expected.builds} ≠ ${seen.builds}`] : []),
  ];
};
