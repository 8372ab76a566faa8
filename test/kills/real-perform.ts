import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL } from '../../provisioners/contracts';
import { docker } from '../helpers/e2e-world';
import { OPERATIONS, type Cell, type Operation, type Victim } from './cell';
import { doubled, type Effects } from './effects';
import { patiently } from './field';
import { isGood, type Result } from './perform';
import { differences } from './picture';
import type { RealField } from './real-field';
import { otherPid } from './real-hooks';

const STUCK_MS = 300_000;
const LEASE_MS = 21_000;

interface Reference {
  readonly picture: unknown;
  readonly effects: Effects;
}
interface Listening {
  stop(): Effects;
}
const plain = (name: string): string => name.replace(/-[0-9a-z]{8}(?=-|$)/, '-*');
/** What the engine itself says it made and took away, from now on. */
const listen = async ({ real }: RealField): Promise<Listening> => {
  const label = [`${LABEL.installation}=${real.installation.config.id}`];
  const filters = JSON.stringify({ type: ['container'], event: ['create', 'destroy'], label });
  const stream = await docker.getEvents({ filters });
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  return {
    stop() {
      if (stream instanceof Readable) stream.destroy();
      const lines = Buffer.concat(parts).toString('utf8').split('\n');
      const events = lines
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as { Action: string; Actor: { Attributes: Record<string, string> } });
      const names = (action: string, role: string): readonly string[] =>
        events
          .filter(({ Action, Actor }) => Action === action && Actor.Attributes[LABEL.role] === role)
          .map(({ Actor }) => plain(Actor.Attributes['name'] ?? ''))
          .sort();
      const tasks = names('create', 'oneshot').filter((name) => name.includes('-tugas-'));
      return { made: names('create', 'village'), removed: names('destroy', 'village'), moves: 0, tasks, builds: 0 };
    },
  };
};

const undisturbed = async (field: RealField, operation: Operation): Promise<Reference> => {
  const events = await listen(field);
  const isOver = await field.ask(operation);
  const until = performance.now() + STUCK_MS;
  for (let end = await isOver(); end === null; end = await isOver()) {
    if (performance.now() > until) throw new Error(`${operation} is not over without any disturbance`);
    await sleep(100);
  }
  return { effects: events.stop(), picture: await field.picture() };
};

interface Blow {
  /** performance.now when all parts were back. */
  readonly at: number;
  after(): Promise<void>;
}
type Beside = ReturnType<RealField['beside']>;
const nothing = async (): Promise<void> => undefined;

const answersAgain = async (field: RealField): Promise<void> => {
  await patiently(() => field.real.control.db.raw('SELECT 1'));
};
const redisAgain = async ({ real }: RealField): Promise<void> => {
  await real.control.redis.ping();
};
/** Strikes while the worker `pid` stands; `beside` = the other one of two. */
const strike = async (field: RealField, victim: Victim, pid: number, beside: Beside | null): Promise<Blow> => {
  const { hooks } = field;
  const back = (): Blow => ({ at: performance.now(), after: nothing });
  switch (victim) {
    case 'worker':
    case 'pair':
      process.kill(pid, 'SIGKILL');
      // The one that stood has nobody to say go to; the next one must not stop.
      hooks.clear();
      if (victim === 'worker') await otherPid(() => field.pidOf('worker'), pid);
      return back();
    case 'frozen': {
      process.kill(pid, 'SIGSTOP');
      await sleep(LEASE_MS);
      const at = performance.now();
      return {
        at,
        after: async () => {
          hooks.go();
          process.kill(pid, 'SIGCONT');
          await sleep(6000);
          if (beside?.pid === pid) return;
          process.kill(pid, 'SIGKILL');
          await otherPid(() => field.pidOf('worker'), pid);
        },
      };
    }
    case 'mariadb':
      await field.crash('mariadb');
      hooks.go();
      await sleep(100);
      await answersAgain(field);
      return back();
    case 'redis':
      await field.crash('redis');
      hooks.go();
      await sleep(100);
      await redisAgain(field);
      return back();
    case 'flushall':
      await field.flush();
      hooks.go();
      return back();
    case 'web': {
      const web = await field.pidOf('web');
      if (web !== null) process.kill(web, 'SIGKILL');
      hooks.go();
      await otherPid(() => field.pidOf('web'), web);
      return back();
    }
    default:
      throw new Error(`nobody strikes ${victim} here`);
  }
};

const perform = async (field: RealField, cell: Cell, expected: Reference): Promise<Result> => {
  const began = performance.now();
  const { operation, spot, victim } = cell;
  const beside = victim === 'pair' || victim === 'frozen' ? field.beside() : null;
  // Two of them are there when the second has its lock.
  if (beside !== null) await sleep(4000);
  field.hooks.stopAt(spot);
  const events = await listen(field);
  const isOver = await field.ask(operation);
  const until = performance.now() + STUCK_MS;
  let pid = field.hooks.stands();
  while (pid === null && (await isOver()) === null && performance.now() < until) {
    await sleep(20);
    pid = field.hooks.stands();
  }
  const progress = await field.progress();
  const blow = pid === null ? null : await strike(field, victim, pid, beside);
  let resumedMs: number | null = null;
  let end = await isOver();
  while (performance.now() < until) {
    if (blow !== null && resumedMs === null && (await field.progress()) !== progress)
      resumedMs = performance.now() - blow.at;
    end = await isOver();
    if (end !== null) break;
    await sleep(50);
  }
  await blow?.after();
  beside?.end();
  if (beside !== null) await otherPid(() => field.pidOf('worker'), beside.pid);
  field.hooks.clear();
  const effects = events.stop();
  return {
    ...{ cell, wasStruck: pid !== null, end, resumedMs },
    differences: differences(expected.picture, await field.picture()),
    doubled: doubled(expected.effects, effects),
    seconds: (performance.now() - began) / 1000,
  };
};

/** One life of a desa after the other, a victim in each operation; the first two are nobody's. */
export const inRealField = async (
  field: RealField,
  cells: readonly Cell[],
  heard: (result: Result) => void,
): Promise<void> => {
  const references = new Map<Operation, Reference>();
  // The very first life is of an installation that never had a desa: its proxy knows no certificate for the second host.
  for (const operation of OPERATIONS) await undisturbed(field, operation);
  await field.reset();
  for (const operation of OPERATIONS) references.set(operation, await undisturbed(field, operation));
  const queues = new Map(OPERATIONS.map((one) => [one, cells.filter(({ operation }) => operation === one)] as const));
  while ([...queues.values()].some((queue) => queue.length > 0)) {
    await field.reset();
    for (const operation of OPERATIONS) {
      const cell = queues.get(operation)?.shift();
      const expected = references.get(operation);
      if (cell === undefined || expected === undefined) {
        await undisturbed(field, operation);
        continue;
      }
      const result = await perform(field, cell, expected);
      heard(result);
      if (!isGood(result)) break;
    }
  }
};
