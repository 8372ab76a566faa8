import { execFile, fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Spot } from './hooks';
import { makeAnswers, type FromWorker, type Stop, type ToWorker } from './wire';

const run = promisify(execFile);
const CHECKOUT = path.resolve(__dirname, '..', '..');
const ENTRY = path.join(CHECKOUT, 'test', 'helpers', 'killed-worker-entry.ts');

/** One file of all sources: a worker is there in a quarter of a second. It lies where packages are found. */
export const bundleWorker = async (): Promise<{ readonly file: string; remove(): void }> => {
  const folder = path.join(CHECKOUT, 'node_modules', '.cache');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `killed-worker-${process.pid}.cjs`);
  const options = ['--bundle', '--platform=node', '--format=cjs', '--packages=external', '--log-level=error'];
  await run(path.join(CHECKOUT, 'node_modules', '.bin', 'esbuild'), [ENTRY, ...options, `--outfile=${file}`]);
  return { file, remove: () => rmSync(file, { force: true }) };
};

export interface KilledWorker {
  readonly pid: number;
  /** Works from now on; resolves when it has looked around for the first time. */
  begin(): Promise<void>;
  /** Resolves when it stands where it was told to stop. */
  stopAt(at: Stop): Promise<Spot>;
  /** It stops nowhere. */
  pass(): void;
  go(): void;
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** How many deployments it works on. */
  busy(): Promise<number>;
  end(): Promise<void>;
}
export interface WorkerGround {
  readonly bundle: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly things: () => Readonly<Record<string, object>>;
  readonly isAway: (on: string) => boolean;
  readonly passed: (spot: Spot) => void;
}

const tell = (child: ChildProcess, message: ToWorker): void => {
  if (child.connected) child.send(message, () => undefined);
};

/** A process that is ready to work and does not yet. */
export const spawnWorker = ({ bundle, facts, things, isAway, passed }: WorkerGround): KilledWorker => {
  const child = fork(bundle, [JSON.stringify(facts)], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('error', () => undefined);
  const answers = makeAnswers(things, isAway);
  let isReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  let isStopped: (spot: Spot) => void = () => undefined;
  const asked: ((count: number) => void)[] = [];
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.on('message', (given: unknown) => {
    const message = given as FromWorker;
    if (message.say === 'passed') passed(message.spot);
    else if (message.say === 'stopped') isStopped(message.spot);
    else if (message.say === 'ready') isReady();
    else if (message.say === 'busy') asked.shift()?.(message.count);
    else void answers(message, (answer) => tell(child, answer));
  });
  return {
    pid: child.pid ?? -1,
    begin: () => {
      tell(child, { say: 'begin' });
      return Promise.race([ready, gone]);
    },
    stopAt: (at) => {
      tell(child, { say: 'stop', at });
      return new Promise((resolve) => (isStopped = resolve));
    },
    pass: () => tell(child, { say: 'stop', at: null }),
    go: () => tell(child, { say: 'go' }),
    signal: (name) => void child.kill(name),
    busy: () =>
      new Promise((resolve) => {
        asked.push(resolve);
        tell(child, { say: 'how_busy' });
      }),
    async end() {
      child.kill('SIGKILL');
      await gone;
    },
  };
};
