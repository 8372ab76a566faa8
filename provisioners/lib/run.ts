import { spawn, type ChildProcess } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ProvisionError } from '../contracts';
import { errnoOf } from './errno';
import { LineCutter, Tail } from './lines';
import { asError } from './thrown';

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment; absent = that of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer | NodeJS.ReadableStream;
  /** Receives standard output; the result's `stdout` is then empty. */
  readonly stdout?: NodeJS.WritableStream;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** What an abort or time-out kills: the process alone (default), or its whole group, for commands that start others. */
  readonly kills?: 'process' | 'group';
}
export interface RunResult {
  /** 128 + signal number style is not used: a process ended by a signal has exit code -1. */
  readonly exitCode: number;
  /** The newest 16 MiB. */
  readonly stdout: string;
  readonly stderr: string;
}

const KEPT_BYTES = 16 * 1024 * 1024;

const spawnError = (error: unknown, command: string): ProvisionError => {
  const errno = errnoOf(error);
  if (errno === 'ENOENT') return new ProvisionError('not_found', `Command not found: ${command}`, { command }, error);
  if (errno === 'EACCES' || errno === 'EPERM')
    return new ProvisionError('refused', `Not allowed to run: ${command}`, { command }, error);
  return new ProvisionError('failed', `Could not run ${command}`, { command }, error);
};

const launch = (argv: readonly string[], options: RunOptions, signal: AbortSignal | undefined): ChildProcess => {
  const [command, ...args] = argv;
  if (command === undefined) throw new ProvisionError('invalid', 'An empty command');
  return spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    detached: options.kills === 'group',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(signal === undefined ? {} : { signal }),
  });
};

const feed = async (child: ChildProcess, stdin: RunOptions['stdin']): Promise<void> => {
  if (child.stdin === null) return;
  if (stdin === undefined) {
    child.stdin.end();
    return;
  }
  const source = typeof stdin === 'string' || Buffer.isBuffer(stdin) ? Readable.from([stdin]) : stdin;
  await pipeline(source, child.stdin);
};

const collect = (child: ChildProcess, options: RunOptions): (() => { stdout: string; stderr: string }) => {
  const tails = { stdout: new Tail(KEPT_BYTES), stderr: new Tail(KEPT_BYTES) };
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    if (name === 'stdout' && options.stdout !== undefined) {
      stream?.pipe(options.stdout);
      continue;
    }
    const cutter = options.onLine === undefined ? null : new LineCutter((line) => options.onLine?.(line, name));
    stream?.on('data', (chunk: Buffer) => {
      tails[name].write(chunk);
      cutter?.write(chunk);
    });
    stream?.on('end', () => cutter?.end());
  }
  return () => ({ stdout: tails.stdout.text(), stderr: tails.stderr.text() });
};

const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It is gone already.
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
};

interface Ending {
  readonly command: string;
  readonly signal: AbortSignal | undefined;
  readonly deadline: AbortSignal | undefined;
}

/** Exit code of a child, once all of its output has been read. */
const endOf = (child: ChildProcess, { command, signal, deadline }: Ending): Promise<number> =>
  new Promise((resolve, reject) => {
    let failure: unknown = null;
    child.on('error', (error) => {
      failure = error;
      if (child.pid === undefined) reject(spawnError(error, command));
    });
    child.on('close', (code) => {
      if (signal?.aborted === true) reject(asError(signal.reason));
      else if (deadline?.aborted === true)
        reject(new ProvisionError('timeout', `${command} took too long`, { command }));
      else if (failure !== null) reject(spawnError(failure, command));
      else resolve(code ?? -1);
    });
  });

/**
 * Runs one command given as an argv array, never through a shell. A non-zero exit is a result, not an error.
 * Rejects with ProvisionError: not_found | refused | failed (could not start), timeout; with the signal's reason when aborted.
 */
export const run = async (argv: readonly string[], options: RunOptions = {}): Promise<RunResult> => {
  options.signal?.throwIfAborted();
  const deadline = options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs);
  const signals = [options.signal, deadline].filter((signal) => signal !== undefined);
  const stop = signals.length === 0 ? undefined : AbortSignal.any(signals);
  const child = launch(argv, options, stop);
  const endGroup = (): void => {
    if (options.kills === 'group' && child.pid !== undefined) killGroup(child.pid);
  };
  stop?.addEventListener('abort', endGroup, { once: true });
  const output = collect(child, options);
  // A command may end before it has read all of its input (EPIPE): its exit code says what happened.
  void feed(child, options.stdin).catch(() => undefined);
  try {
    const exitCode = await endOf(child, { command: argv[0] ?? '', signal: options.signal, deadline });
    return { exitCode, ...output() };
  } finally {
    stop?.removeEventListener('abort', endGroup);
  }
};

/** As `run`, but a non-zero exit is ProvisionError('failed') with the command, its exit code and its last line. */
export const runOrFail = async (argv: readonly string[], options: RunOptions = {}): Promise<RunResult> => {
  const result = await run(argv, options);
  if (result.exitCode === 0) return result;
  const command = argv[0] ?? '';
  const lastLine = result.stderr.trim().split('\n').at(-1) ?? '';
  throw new ProvisionError('failed', `${command} ended with ${result.exitCode}`, {
    command,
    exitCode: result.exitCode,
    lastLine: lastLine.slice(0, 500),
  });
};
