import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Config } from '../server/config';
import { mariadbContainer } from '../server/domain/names';
import { partsStatus } from '../server/supervisor';
import type { Rows } from './real-update-rows';

const run = promisify(execFile);
const ENGINE_PID = '/var/run/docker.pid';
const LOOK_MS = 250;
const BACK_MS = 120_000;

export type Victim = 'worker' | 'database' | 'engine';
/** One `kill -9`. */
export interface Kill {
  readonly victim: Victim;
  /** What was going on: state of the rollout and desa done. */
  readonly during: string;
  readonly at: string;
  /** Until it answered again, seconds. */
  readonly backAfter: number;
}
/** When it is due: the state of the rollout, how many desa are done in it, and how long after that, ms. */
interface Due {
  readonly victim: Victim;
  readonly state: 'snapshotting' | 'migrating' | 'rolling';
  readonly done: number;
  readonly afterMs: number;
}
/** In every stage, and spread over the waves of ten desa. */
const DUE: readonly Due[] = [
  { victim: 'worker', state: 'snapshotting', done: 0, afterMs: 300 },
  { victim: 'worker', state: 'migrating', done: 0, afterMs: 4000 },
  { victim: 'worker', state: 'rolling', done: 0, afterMs: 5000 },
  { victim: 'database', state: 'rolling', done: 1, afterMs: 3000 },
  { victim: 'worker', state: 'rolling', done: 3, afterMs: 2000 },
  { victim: 'engine', state: 'rolling', done: 4, afterMs: 4000 },
  { victim: 'worker', state: 'rolling', done: 6, afterMs: 3000 },
];

/** Processes of one installation and what ends them. */
export interface Victims {
  pid(victim: Victim): Promise<number | null>;
  answers(victim: Victim): Promise<boolean>;
}
export const victimsOf = (config: Config, name: string, rows: Rows): Victims => {
  const ofWorker = async (): Promise<number | null> =>
    (await partsStatus(config)).find((one) => one.name === 'worker')?.pid ?? null;
  const ofDatabase = async (): Promise<number | null> => {
    const { stdout } = await run('docker', [
      'inspect',
      '-f',
      '{{.State.Pid}}',
      mariadbContainer({ installation: name }),
    ]);
    return Number(stdout) || null;
  };
  return {
    pid: async (victim) => {
      if (victim === 'worker') return ofWorker();
      return victim === 'database' ? ofDatabase() : Number(readFileSync(ENGINE_PID, 'utf8'));
    },
    answers: async (victim) => {
      if (victim === 'worker') return (await ofWorker()) !== null;
      if (victim === 'database') return (await rows.progress()) !== null;
      return run('docker', ['version']).then(
        () => true,
        () => false,
      );
    },
  };
};

const awaitBack = async (victims: Victims, victim: Victim, old: number): Promise<number> => {
  const began = Date.now();
  while (Date.now() - began < BACK_MS) {
    const isNew = await victims.pid(victim).then(
      (pid) => pid !== null && pid !== old,
      () => false,
    );
    if (isNew && (await victims.answers(victim))) return Math.round((Date.now() - began) / 100) / 10;
    await sleep(LOOK_MS);
  }
  throw new Error(`${victim} did not come back within ${BACK_MS / 1000} s`);
};
const kill = async (victims: Victims, { victim }: Due, during: string): Promise<Kill> => {
  const pid = await victims.pid(victim);
  if (pid === null) throw new Error(`no ${victim} to kill`);
  const at = new Date().toISOString();
  process.kill(pid, 'SIGKILL');
  return { victim, during, at, backAfter: await awaitBack(victims, victim, pid) };
};

/** What is killed, what is asked when, and who hears of it. */
interface Killing {
  readonly victims: Victims;
  readonly rows: Rows;
  readonly isOver: () => boolean;
  /** Before the database is killed: what it remembers is gone then. */
  readonly before: () => Promise<void>;
  readonly heard: (kill: Kill) => Promise<void>;
}
const isDue = async ({ rows, isOver }: Killing, due: Due): Promise<boolean> => {
  while (!isOver()) {
    const now = await rows.progress();
    if (now !== null && now.state === due.state && now.done >= due.done) break;
    if (now?.state === 'rolling' && due.state !== 'rolling') break;
    await sleep(LOOK_MS);
  }
  if (!isOver()) await sleep(due.afterMs);
  return !isOver();
};
/** Ends one part after the other while a rollout goes on; those that were not reached before its end are not in the answer. */
export const killWhile = async (killing: Killing): Promise<readonly Kill[]> => {
  const { victims, rows, before, heard } = killing;
  const kills: Kill[] = [];
  for (const due of DUE) {
    if (!(await isDue(killing, due))) break;
    const now = await rows.progress();
    if (due.victim === 'database') await before();
    const one = await kill(victims, due, `${now?.state ?? 'unknown'}, ${now?.done ?? 0} done`);
    kills.push(one);
    await heard(one);
  }
  return kills;
};
