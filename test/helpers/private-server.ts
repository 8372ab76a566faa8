import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Below what the system gives to whoever calls out: a port from there would be taken again before its server listens. */
const PORTS = { from: 15_000, to: 32_000 };
const given = new Set<number>();
/** A port of 127.0.0.1 that nobody listens on now, drawn so that two processes hardly meet; this one never gives it twice. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (!isFree || given.has(port)) continue;
    given.add(port);
    return port;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const sweepFoldersOfDeadTests = (prefix: string): void => {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const folder = path.join(tmpdir(), name);
    try {
      if (!isAlive(Number(readFileSync(path.join(folder, 'test.pid'), 'utf8')))) rmSync(folder, { recursive: true });
    } catch {
      // Another test is just making or removing it.
    }
  }
};

/** A folder of our own under the temp directory; folders whose test process died are removed on the way. */
export const makeServerFolder = (prefix: string): string => {
  sweepFoldersOfDeadTests(prefix);
  const folder = mkdtempSync(path.join(tmpdir(), prefix));
  writeFileSync(path.join(folder, 'test.pid'), String(process.pid));
  return folder;
};

export interface PrivateServer {
  readonly pid: number;
  stop(): Promise<void>;
  /** As a power cut: SIGKILL, its files stay as they are; `revive` starts it on them again. */
  crash(): Promise<void>;
  revive(): Promise<void>;
}

const endChild = async (child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(late);
};

/** Resolves when `isUp` says so; the server's output is in the error when it never is. */
const launch = async (argv: readonly string[], isUp: () => Promise<boolean>): Promise<ChildProcess> => {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4000));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${argv[0] ?? ''} ended with ${code ?? 'a signal'}: ${output}`)));
  });
  failed.catch(() => undefined);
  const deadline = Date.now() + 30_000;
  while (!(await Promise.race([isUp(), failed]))) {
    if (Date.now() > deadline) {
      await endChild(child, 'SIGTERM');
      throw new Error(`${argv[0] ?? ''} is not up after 30 s: ${output}`);
    }
    await sleep(25);
  }
  return child;
};

/** Starts a server that cannot outlive this process and waits until `isUp` says so. */
export const startPrivateServer = async (
  argv: readonly string[],
  folder: string,
  isUp: () => Promise<boolean>,
): Promise<PrivateServer> => {
  let child: ChildProcess | null = null;
  const onExit = (): void => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  const forget = (): void => {
    process.removeListener('exit', onExit);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    child = await launch(argv, isUp);
  } catch (error) {
    forget();
    throw error;
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child !== null) await endChild(child, signal);
  };
  return {
    get pid() {
      return child?.pid ?? -1;
    },
    async stop() {
      await end('SIGTERM');
      forget();
    },
    crash: () => end('SIGKILL'),
    async revive() {
      child = await launch(argv, isUp);
    },
  };
};
