import { setTimeout as pause } from 'node:timers/promises';
import { isTransient, ProvisionError } from '../../contracts';
import { socketCommand, type Ask } from './command-socket';

const POLL_MS = 40;
const RELOAD_MS = 60_000;
const START_MS = 5_000;

export interface Processes {
  /** Reloads of this master so far, and how many of them failed in a row. */
  readonly reloads: number;
  readonly failed: number;
  readonly worker: number | null;
  readonly oldWorkers: readonly number[];
}

/** Reads `show proc` of the master. */
export const parseProcesses = (text: string): Processes => {
  const facts = { reloads: 0, failed: 0, worker: null as number | null, oldWorkers: [] as number[] };
  let old = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) old = line.startsWith('# old');
    const [, pid, kind, reloads, failed] = /^(\d+)\s+(master|worker)\s+(\d+)(?: \[failed: (\d+)\])?/.exec(line) ?? [];
    if (kind === 'master') Object.assign(facts, { reloads: Number(reloads), failed: Number(failed ?? 0) });
    else if (kind === 'worker' && old) facts.oldWorkers.push(Number(pid));
    else if (kind === 'worker') facts.worker = Number(pid);
  }
  return facts;
};

export const readProcesses = async (socket: string): Promise<Processes> =>
  parseProcesses(await socketCommand(socket, 'show proc', 3_000));

/** A master that has just started, or starts anew, refuses connections for a moment. */
const orNull = async <T>(act: Promise<T>): Promise<T | null> =>
  act.catch((error: unknown) => {
    if (isTransient(error)) return null;
    throw error;
  });

const awaitMaster = async (socket: string): Promise<Processes> => {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    const processes = await orNull(readProcesses(socket));
    if (processes !== null) return processes;
    await pause(POLL_MS);
  }
  return readProcesses(socket);
};

/**
 * Seamless reload by the master: a new worker takes the listeners, the old one finishes what it has.
 * Resolves with the new worker's pid. ProvisionError('failed') when the master kept the old one, 'timeout' when neither was seen.
 */
export const reload = async (socket: string): Promise<number> => {
  const before = await awaitMaster(socket);
  await orNull(socketCommand(socket, 'reload'));
  const deadline = Date.now() + RELOAD_MS;
  while (Date.now() < deadline) {
    await pause(POLL_MS);
    const now = await orNull(readProcesses(socket));
    if (now === null || now.reloads <= before.reloads) continue;
    if (now.failed > before.failed)
      throw new ProvisionError('failed', 'The proxy refused to reload', { reloads: now.reloads });
    if (now.worker !== null && now.worker !== before.worker) return now.worker;
  }
  throw new ProvisionError('timeout', 'The proxy did not reload in time', {});
};

/** A replaced worker that still has visitors. */
const askOldWorker =
  (socket: string, pid: number): Ask =>
  (command) =>
    socketCommand(socket, `@!${pid}\n${command}`);

/** Does `act` with every replaced worker that still has visitors; one that ends meanwhile does not count. */
export const withOldWorkers = async <T>(socket: string, act: (ask: Ask) => Promise<T>): Promise<readonly T[]> => {
  const results: T[] = [];
  for (const pid of (await readProcesses(socket)).oldWorkers) {
    try {
      results.push(await act(askOldWorker(socket, pid)));
    } catch (error) {
      if ((await readProcesses(socket)).oldWorkers.includes(pid)) throw error;
    }
  }
  return results;
};
