import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation, Victim } from './cell';
import type { Field } from './field';
import type { KilledWorker } from './worker';

/** How long a part is away that comes back by itself. */
const AWAY_MS = 300;
const ENGINE_AWAY_MS = 700;
/** An import has a lock of the database and no lease: nobody takes it over from one that is frozen. */
const TAKEN_OVER_MS = { import: 1000, other: 8000 } as const;

/** `struck` stands at the spot; `other` may take over. */
interface Struck {
  readonly operation: Operation;
  readonly field: Field;
  readonly struck: KilledWorker;
  readonly other: KilledWorker;
}
/** What was struck is back since `at` (performance.now). `after` ends what still hangs when the operation is over. */
export interface Blow {
  readonly at: number;
  readonly alive: KilledWorker;
  after(): Promise<void>;
}
const nothing = async (): Promise<void> => undefined;

const killed = async ({ struck, other }: Struck, isBegun: 'begun' | 'spare'): Promise<Blow> => {
  struck.signal('SIGKILL');
  const at = performance.now();
  if (isBegun === 'spare') void other.begin();
  return { at, alive: other, after: nothing };
};

const epochs = async ({ world }: Field): Promise<number> => {
  const [row] = (await world.bench.control.db('deployments').sum({ n: 'lease_epoch' })) as { n: string | null }[];
  return Number(row?.n ?? 0);
};
const untilIdle = async (worker: KilledWorker): Promise<void> => {
  while ((await worker.busy()) > 0) await sleep(50);
};
/** Stopped for longer than its lease: what would take 20 s is written into the rows. */
const frozen = async ({ operation, field, struck, other }: Struck, thaw: 'beside' | 'late'): Promise<Blow> => {
  const { db } = field.world.bench.control;
  struck.signal('SIGSTOP');
  const before = await epochs(field);
  await db('deployments')
    .whereNotNull('lease_owner')
    .update({ lease_until: db.raw('UTC_TIMESTAMP(3) - INTERVAL 1 SECOND') });
  const at = performance.now();
  void other.begin();
  const wake = (): void => {
    struck.signal('SIGCONT');
    struck.go();
  };
  const after = async (): Promise<void> => {
    if (thaw === 'late') wake();
    await untilIdle(struck);
    await struck.end();
  };
  if (thaw === 'beside') {
    const within = TAKEN_OVER_MS[operation === 'import' ? 'import' : 'other'];
    while ((await epochs(field)) === before && performance.now() - at < within) await sleep(20);
    wake();
  }
  return { at, alive: other, after };
};

const away = async (
  { struck }: Struck,
  take: () => Promise<void>,
  back: () => Promise<void>,
  ms: number,
): Promise<Blow> => {
  await take();
  struck.go();
  await sleep(ms);
  await back();
  return { at: performance.now(), alive: struck, after: nothing };
};

/** Strikes the victim while `struck` stands still; resolves when what was struck is back. */
export const strike = async (victim: Victim, at: Struck): Promise<Blow> => {
  const { field } = at;
  const { server } = field.world.bench.control;
  switch (victim) {
    case 'worker':
      return killed(at, 'spare');
    case 'pair':
      return killed(at, 'begun');
    case 'frozen':
      return frozen(at, 'beside');
    case 'frozen-late':
      return frozen(at, 'late');
    case 'mariadb':
      return away(
        at,
        () => server.crash(),
        () => server.revive(),
        AWAY_MS,
      );
    case 'redis':
      return away(
        at,
        () => field.redis.crash(),
        () => field.redis.revive(),
        AWAY_MS,
      );
    case 'flushall':
      return away(
        at,
        async () => {
          await field.client.flushall();
        },
        nothing,
        0,
      );
    case 'web':
      throw new Error('not on a scripted target');
    case 'engine':
      return away(
        at,
        async () => void field.away.add('session'),
        async () => void field.away.delete('session'),
        ENGINE_AWAY_MS,
      );
  }
};
