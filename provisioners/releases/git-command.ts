/** Runs the system's git as a child without shell, prompt or foreign configuration; the token never leaves a pipe. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { ProvisionError } from '../contracts';
import { errnoOf } from '../lib/release-rules';

/** What every git child of one fetch shares; lives in a private folder that `close` removes. */
export interface GitHome {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly credential: string | null;
  /** True once the server has asked for a user or password. */
  wasAsked(): Promise<boolean>;
  close(): Promise<void>;
}
export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
}

/**
 * git calls this for "Username for …" and "Password for …". The password comes from descriptor 3, which only this git and its
 * children hold, and only for the host that was asked for: a redirect elsewhere gets nothing.
 */
const ASKPASS = `#!/bin/sh
: > "$SIAPPAKAI_ASKED"
case "$1" in
  *"'$SIAPPAKAI_ORIGIN'"* | *"@$SIAPPAKAI_HOST'"*) ;;
  *) exit 1 ;;
esac
case "$1" in
  Username*) printf '%s\\n' "$SIAPPAKAI_GIT_USER" ;;
  Password*) IFS= read -r token <&3 || [ -n "$token" ] || exit 1; printf '%s\\n' "$token" ;;
  *) exit 1 ;;
esac
`;
/** The user has named the repository; who owns its files on this machine does not matter for reading it. */
const CONFIG = '[safe]\n\tdirectory = *\n[credential]\n\thelper =\n[core]\n\thooksPath = /dev/null\n';
const OUTPUT_MAX = 1024 ** 2;

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** `origin` = `https://host[:port]` of the repository, '' when it has none. `extra` = e.g. proxy or CA settings. */
export async function openGitHome(
  parent: string,
  access: { readonly origin: string; readonly credential: string | null },
  extra: Readonly<Record<string, string>>,
): Promise<GitHome> {
  const folder = await mkdtemp(join(parent, '.git-home-'));
  const askpass = join(folder, 'askpass');
  const asked = join(folder, 'asked');
  await writeFile(askpass, ASKPASS);
  await chmod(askpass, 0o700);
  await writeFile(join(folder, 'config'), CONFIG);
  const environment = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(folder, 'config'),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: askpass,
    GIT_ALLOW_PROTOCOL: 'https:ssh:file',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20',
    GIT_HTTP_LOW_SPEED_LIMIT: '1000',
    GIT_HTTP_LOW_SPEED_TIME: '60',
    SIAPPAKAI_ASKED: asked,
    SIAPPAKAI_ORIGIN: access.origin,
    SIAPPAKAI_HOST: access.origin.replace(/^https:\/\//, ''),
    SIAPPAKAI_GIT_USER: 'x-access-token',
    ...extra,
  };
  return {
    folder,
    environment,
    credential: access.credential,
    wasAsked: () => exists(asked),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

interface Running {
  readonly child: ChildProcess;
  /** Settles when git and all its children have ended, also after an abort. */
  readonly exit: Promise<number>;
}

function start(home: GitHome, argv: readonly string[], signal: AbortSignal): Running {
  signal.throwIfAborted();
  // A process group of its own, because git's transport children outlive a killed git and keep writing.
  const child = spawn('git', argv, {
    cwd: home.folder,
    env: { ...home.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const pipe = child.stdio[3];
  if (pipe !== null && pipe !== undefined && 'end' in pipe) giveCredential(pipe, home.credential);
  const stop = (): void => stopGroup(child.pid);
  signal.addEventListener('abort', stop, { once: true });
  const exit = exitOf(child).finally(() => signal.removeEventListener('abort', stop));
  return { child, exit };
}

function stopGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

function giveCredential(pipe: Writable, credential: string | null): void {
  // The child may end without ever reading it.
  pipe.on('error', () => undefined);
  pipe.end(credential === null ? '' : `${credential}\n`);
}

const exitOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(
        errnoOf(error) === 'ENOENT'
          ? new ProvisionError('not_found', 'git is not installed', { reason: 'git_missing' }, error)
          : error,
      ),
    );
    child.on('close', (code) => resolve(code ?? 255));
  });

/** Collects stdout; `onProgress` gets each line git writes to stderr. Resolves with any exit code. */
export async function runGit(
  home: GitHome,
  argv: readonly string[],
  signal: AbortSignal,
  onProgress: (line: string) => void = () => undefined,
): Promise<GitResult> {
  const { child, exit } = start(home, argv, signal);
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    if (stdout.length < OUTPUT_MAX) stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    for (const line of chunk.split(/[\r\n]+/)) if (line !== '') onProgress(line);
  });
  const exitCode = await exit;
  signal.throwIfAborted();
  return { exitCode, stdout };
}

/** stdout as a stream, e.g. of `git archive`; `exit` settles when git has ended. */
export function streamGit(
  home: GitHome,
  argv: readonly string[],
  signal: AbortSignal,
): { readonly stdout: Readable; readonly exit: Promise<number> } {
  const { child, exit } = start(home, argv, signal);
  // Whoever reads the stream fails first on an abort; this rejection must not go unhandled then.
  exit.catch(() => undefined);
  child.stderr?.resume();
  if (child.stdout === null) throw new ProvisionError('failed', 'git has no output', { reason: 'git_failed' });
  return { stdout: child.stdout, exit };
}
