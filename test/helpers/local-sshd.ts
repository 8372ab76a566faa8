import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort, makeServerFolder, startPrivateServer } from './private-server';

const run = promisify(execFile);

export interface LocalSshd {
  readonly port: number;
  /** PEM of the only key that may log in (as root). */
  readonly privateKey: string;
  /** As ssh-keygen -lf prints it. */
  readonly fingerprint: string;
  /** Programs put here come first on the path of whoever logs in: a machine in costume. */
  costume(name: string, script: string): void;
  /** What it wrote about who tried to log in, and how. */
  log(): string;
  stop(): Promise<void>;
}
export interface SshdOptions {
  /** Default ed25519. */
  readonly hostKey?: 'ed25519' | 'rsa' | 'ecdsa';
  readonly port?: number;
}

const makeKey = async (file: string, type: string): Promise<void> => {
  await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).once('error', () => resolve(false));
  });

/** The machine's own sshd on a loopback port, with its own keys; passwords are asked for and never right. */
export const startSshd = async (options: SshdOptions = {}): Promise<LocalSshd> => {
  const folder = makeServerFolder('sp-sshd-');
  const hostKey = path.join(folder, 'host_key');
  const userKey = path.join(folder, 'user_key');
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  chmodSync(folder, 0o755);
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  await makeKey(hostKey, options.hostKey ?? 'ed25519');
  await makeKey(userKey, 'ed25519');
  const port = options.port ?? (await freePort());
  const config = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${userKey}.pub`,
    `PidFile ${path.join(folder, 'pid')}`,
    // Another home: whatever the shell of this machine's root does at its start is not part of the test.
    `SetEnv PATH=${bin}:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=${folder}`,
    'PermitRootLogin yes',
    'PasswordAuthentication yes',
    'UsePAM no',
    'StrictModes no',
    'MaxStartups 100',
    'LogLevel VERBOSE',
  ];
  const file = path.join(folder, 'sshd_config');
  const logFile = path.join(folder, 'log');
  writeFileSync(file, `${config.join('\n')}\n`);
  const server = await startPrivateServer(['/usr/sbin/sshd', '-D', '-E', logFile, '-f', file], folder, () =>
    answers(port),
  );
  const { stdout } = await run('ssh-keygen', ['-lf', `${hostKey}.pub`]);
  return {
    port,
    privateKey: readFileSync(userKey, 'utf8'),
    fingerprint: stdout.split(' ')[1] ?? '',
    costume: (name, script) => writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 }),
    log: () => readFileSync(logFile, 'utf8'),
    stop: () => server.stop(),
  };
};
