import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { ProvisionError, type ExecResult } from '../../contracts';
import { LineCutter, Tail } from '../../lib/lines';
import { abortReason, onAbort, sendInput } from './attach';
import { demux } from './demux';
import { call, type Engine } from './engine';

export interface ExecOptions {
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly stdin?: NodeJS.ReadableStream;
  readonly stdout?: NodeJS.WritableStream;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}
const KEPT_BYTES = 4 * 1024 * 1024;

// The engine cannot end an exec, so the command is run under timeout(1) of the image; 124 and 137 are its own words.
const bounded = (argv: readonly string[], timeoutMs: number | undefined): string[] =>
  timeoutMs === undefined
    ? [...argv]
    : ['timeout', '--foreground', '--signal=KILL', `${(timeoutMs / 1000).toFixed(3)}s`, ...argv];

const prepare = (
  engine: Engine,
  container: Docker.Container,
  argv: readonly string[],
  options: ExecOptions,
): Promise<Docker.Exec> =>
  call(engine, 'exec', () =>
    container.exec({
      Cmd: bounded(argv, options.timeoutMs),
      AttachStdin: options.stdin !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      Env: Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`),
      ...(options.user === undefined ? {} : { User: options.user }),
    }),
  );

const exitCodeOf = async (engine: Engine, exec: Docker.Exec): Promise<number> => {
  for (let wait = 5; ; wait = Math.min(wait * 2, 500)) {
    const facts = await call(engine, 'inspect exec', () => exec.inspect());
    if (!facts.Running) return facts.ExitCode ?? -1;
    await sleep(wait);
  }
};

const converse = async (socket: Duplex, options: ExecOptions): Promise<Pick<ExecResult, 'stdout' | 'stderr'>> => {
  const tails = { stdout: new Tail(KEPT_BYTES), stderr: new Tail(KEPT_BYTES) };
  const lines = {
    stdout: new LineCutter((line) => options.onLine?.(line)),
    stderr: new LineCutter((line) => options.onLine?.(line)),
  };
  const take = (name: 'stdout' | 'stderr') => (chunk: Buffer) => {
    tails[name].write(chunk);
    lines[name].write(chunk);
  };
  const input = sendInput(socket, options.stdin);
  const sinks = { stdout: take('stdout'), stderr: take('stderr') };
  await Promise.all([input, demux(socket, options.stdout === undefined ? sinks : { ...sinks, pipe: options.stdout })]);
  lines.stdout.end();
  lines.stderr.end();
  return { stdout: tails.stdout.text(), stderr: tails.stderr.text() };
};

/** Runs a command inside a running container; ProvisionError('timeout') after `timeoutMs`. */
export const execIn = async (
  engine: Engine,
  container: Docker.Container,
  argv: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> => {
  const started = Date.now();
  const exec = await prepare(engine, container, argv, options);
  const socket = await call(engine, 'start exec', () =>
    exec.start({ hijack: true, stdin: options.stdin !== undefined }),
  );
  let stopped: Error | null = null;
  const stop = (reason: Error): void => {
    stopped = reason;
    socket.destroy(reason);
  };
  const late = new ProvisionError('timeout', `${argv[0] ?? ''} took too long`, { command: argv[0] ?? '' });
  const forget = onAbort(options.signal, () => options.signal !== undefined && stop(abortReason(options.signal)));
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => stop(late), options.timeoutMs + 3000);
  try {
    const output = await converse(socket, options);
    const exitCode = await exitCodeOf(engine, exec);
    if (options.timeoutMs !== undefined && exitCode === 137 && Date.now() - started >= options.timeoutMs) throw late;
    return { exitCode, ...output };
  } catch (error) {
    throw stopped ?? error;
  } finally {
    clearTimeout(timer);
    forget();
    socket.destroy();
  }
};
