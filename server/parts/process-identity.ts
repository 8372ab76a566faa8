import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../domain/errors';

/** One process for good: number, start (clock ticks since boot) and boot, so that a reused number is never it. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
  readonly bootId: string;
}

const proc = (...parts: readonly (string | number)[]): string | null => {
  try {
    return readFileSync(['/proc', ...parts].join('/'), 'utf8');
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return null;
  }
};

const bootId = (): string => (proc('sys/kernel/random/boot_id') ?? '').trim();

/** null when there is no such process, or it has ended and only waits to be reaped. */
export const identify = (pid: number): ProcessIdentity | null => {
  // The name in parentheses may hold anything; the fields after it are state (3) … starttime (22).
  const stat = proc(pid, 'stat');
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return null;
  return { pid, startTime: Number(fields[19]), bootId: bootId() };
};

export const isAlive = (known: ProcessIdentity): boolean => {
  const now = identify(known.pid);
  return now !== null && now.startTime === known.startTime && now.bootId === known.bootId;
};

/** The name of the program, at most 15 characters; null when it has ended. */
export const programOf = (pid: number): string | null => proc(pid, 'comm')?.trim() ?? null;

/** The first process of one of `users` (uids) whose arguments end with `tail`. */
export const findByArguments = (tail: readonly string[], users: readonly number[]): ProcessIdentity | null => {
  const wanted = `${['', ...tail].join('\0')}\0`;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || !(proc(entry, 'cmdline') ?? '').endsWith(wanted)) continue;
    const owner = statSync(`/proc/${entry}`, { throwIfNoEntry: false })?.uid;
    const identity = identify(Number(entry));
    if (identity !== null && owner !== undefined && users.includes(owner)) return identity;
  }
  return null;
};

/** Sends the signal if that very process still lives. */
export const signalProcess = (known: ProcessIdentity, signal: NodeJS.Signals): void => {
  if (!isAlive(known)) return;
  try {
    process.kill(known.pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
};

/** Resolves with whether it ended within `timeoutMs`. */
export const awaitEnd = async (known: ProcessIdentity, timeoutMs: number): Promise<boolean> => {
  const until = Date.now() + timeoutMs;
  while (isAlive(known)) {
    if (Date.now() >= until) return false;
    await sleep(50);
  }
  return true;
};

/** SIGTERM, `graceMs` to finish, then SIGKILL; resolves once it is gone. */
export const endProcess = async (known: ProcessIdentity, graceMs: number): Promise<'ended' | 'killed'> => {
  signalProcess(known, 'SIGTERM');
  if (await awaitEnd(known, graceMs)) return 'ended';
  signalProcess(known, 'SIGKILL');
  await awaitEnd(known, 5_000);
  return 'killed';
};
