import { chmod, copyFile, cp, lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { ProvisionError, type ProgressSink } from '../contracts';
import type { Mirrors } from './apt-sources';
import { requireRoom } from './room';
import { run, runOrFail } from './run';
import { tarProcess } from './tar';

export type Suite = 'bookworm' | 'trixie';
export interface RootfsRequest {
  readonly suite: Suite;
  readonly mirrors: Mirrors;
  /** Files laid over the new root (package manager settings). */
  readonly overlay: string;
  /** Folder for the work: absolute, only this request's (the caller holds a lock on it), removed afterwards. */
  readonly workDir: string;
}
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The sources of an image: the suite, its updates and its security suite. */
export const sourcesList = (suite: Suite, mirrors: Mirrors): string =>
  [
    `deb ${mirrors.main} ${suite} main`,
    `deb ${mirrors.main} ${suite}-updates main`,
    `deb ${mirrors.security} ${suite}-security main`,
    '',
  ].join('\n');

// Whoever still works in the folder holds this lock, also when the process that started it is dead.
const lockOf = (root: string): string => `${root}.lock`;
const ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

const step = async (
  root: string,
  argv: readonly string[],
  onLine: ProgressSink,
  signal: AbortSignal,
): Promise<void> => {
  const options = { env: ENVIRONMENT, onLine, signal, kills: 'group' } as const;
  await runOrFail(['flock', '--exclusive', lockOf(root), ...argv], options);
};

const bootstrap = async (
  root: string,
  request: RootfsRequest,
  onLine: ProgressSink,
  signal: AbortSignal,
): Promise<void> => {
  const keyring = await lstat(KEYRING).catch(() => null);
  if (keyring === null)
    throw new ProvisionError('not_found', 'The keys of the Debian archive are missing', {
      package: 'debian-archive-keyring',
    });
  const options = ['--variant=minbase', '--force-check-gpg', `--keyring=${KEYRING}`, '--include=ca-certificates'];
  // Lines such as "I: Retrieving …" come 250 times; people want the milestones.
  const shown = (line: string): void => {
    if (!/^I: (Retrieving|Validating|Extracting|Configuring|Unpacking [a-z0-9])/.test(line)) onLine(line);
  };
  await step(root, ['debootstrap', ...options, request.suite, root, request.mirrors.main], shown, signal);
};

// Indexes stay inside (compressed), so that the images made from this root fetch only what has changed since.
const refresh = async (
  root: string,
  request: RootfsRequest,
  onLine: ProgressSink,
  signal: AbortSignal,
): Promise<void> => {
  await writeFile(join(root, 'etc/apt/sources.list'), sourcesList(request.suite, request.mirrors));
  await run(['find', join(root, 'var/lib/apt/lists'), '-type', 'f', '-delete']);
  await copyFile('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  await step(root, ['chroot', root, 'apt-get', '--quiet=2', 'update'], onLine, signal);
  await step(root, ['chroot', root, 'apt-get', '--quiet', '--yes', 'upgrade'], onLine, signal);
};

// An interrupted debootstrap leaves /proc and friends mounted inside; nothing may be removed through such a mount.
const discard = async (root: string): Promise<void> => {
  await run(['flock', '--exclusive', lockOf(root), 'true']);
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const inside = table.split('\n').map((line) => line.split(' ')[4] ?? '');
  for (const mount of inside.filter((path) => path.startsWith(`${root}/`)).reverse()) await run(['umount', mount]);
  await run(['rm', '--recursive', '--force', '--one-file-system', root]);
};

const EXCLUDED = [
  'var/cache/apt/archives/*.deb',
  'var/log/*',
  'usr/share/man/*',
  'usr/share/info/*',
  'usr/share/locale/*',
  'dev/*',
  'proc/*',
  'sys/*',
];

/** With the packages debootstrap keeps meanwhile. */
const ROOTFS_BYTES = 400 * 1024 ** 2;

/**
 * Makes a minimal root file system with debootstrap (needs root) and hands its tar to `take`; the folder is gone afterwards.
 * Errors: not_found (debootstrap or the archive keys), failed.
 */
export const withRootfs = async <T>(
  request: RootfsRequest,
  onLine: ProgressSink,
  signal: AbortSignal,
  take: (tar: Readable) => Promise<T>,
): Promise<T> => {
  const root = request.workDir;
  await mkdir(dirname(root), { recursive: true });
  // What a builder that was killed has left.
  await discard(root);
  await requireRoom(dirname(root), ROOTFS_BYTES);
  try {
    await mkdir(root);
    await chmod(root, 0o755);
    await cp(request.overlay, root, { recursive: true });
    await bootstrap(root, request, onLine, signal);
    // Again: debootstrap removes some of these when it is done.
    await cp(request.overlay, root, { recursive: true });
    await refresh(root, request, onLine, signal);
    await writeFile(join(root, 'etc/resolv.conf'), '');
    await writeFile(join(root, 'etc/hostname'), 'localhost\n');
    const excludes = EXCLUDED.map((path) => `--exclude=./${path}`);
    return await take(
      tarProcess([
        '--create',
        '--file=-',
        '--numeric-owner',
        '--sort=name',
        `--directory=${root}`,
        '--wildcards',
        ...excludes,
        '.',
      ]),
    );
  } finally {
    await discard(root);
  }
};
