import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ProvisionError } from '../contracts';

/**
 * Runs `work` while holding an exclusive lock on `file`, across processes. The lock is held by flock(1) around `cat`,
 * whose input is a pipe of ours: however this process dies, the pipe closes and the lock is free at once.
 */
export const withFileLock = async <T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  signal.throwIfAborted();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const holder = spawn('flock', ['--exclusive', file, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(holder, 'close').catch(() => undefined);
  const abort = (): void => {
    holder.kill('SIGKILL');
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    // cat answers only once flock has started it, which is once the lock is ours.
    holder.stdin.on('error', () => undefined);
    holder.stdin.write('held\n');
    const answered = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
    signal.throwIfAborted();
    if (!answered) throw new ProvisionError('failed', 'Could not take the lock', { file });
    return await work();
  } finally {
    signal.removeEventListener('abort', abort);
    holder.stdin.end();
    await ended;
  }
};
