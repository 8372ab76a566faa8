import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  LABEL,
  type FileSpec,
  type ImageConfig,
  type ImageFacts,
  type PhpLine,
  type TargetSession,
} from '../contracts';
import { hostMirrors } from './apt-sources';
import { digestOf } from './canonical';
import { ensureImage, type ImageOptions, type Recipe } from './image-recipe';
import { withRootfs, type Suite } from './rootfs';
import { filesTar, folderDigest, folderTar } from './tar';
import { overlayFor } from './template';
import { WALL_COMMAND } from './walls';

export type Service = 'mariadb' | 'redis' | 'proxy' | 'wall';

const SUITE_OF: Readonly<Record<PhpLine, Suite>> = { '8.2': 'bookworm', '8.4': 'trixie' };
const EXTENSIONS = [
  'cli',
  'fpm',
  'bcmath',
  'curl',
  'gd',
  'intl',
  'mbstring',
  'mysql',
  'opcache',
  'soap',
  'tidy',
  'xml',
  'zip',
];
/** The largest set of packages, unpacked, with what apt keeps meanwhile. */
const PACKAGE_BYTES = 400 * 1024 ** 2;
const APT_ENV = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );

const installing = (packages: readonly string[]): readonly (readonly string[])[] => [
  ['apt-get', '--quiet=2', 'update'],
  ['apt-get', '--quiet', '--yes', '--no-install-recommends', 'install', ...packages],
  ['apt-get', 'clean'],
];

const BASE_CONFIG: ImageConfig = {
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
};

const baseRecipe = async (session: TargetSession, suite: Suite, options: ImageOptions): Promise<Recipe> => {
  const overlay = join(options.templatesRoot, 'base', 'image');
  const tag = `${options.prefix}/base:${suite}`;
  const digest = digestOf({
    kind: 'base',
    recipe: 2,
    suite,
    overlay: await folderDigest(overlay),
    config: BASE_CONFIG,
  });
  const workDir = join(options.workDir ?? '/var/tmp', `siappakai-rootfs-${digest.slice(0, 16)}`);
  return {
    tag,
    digest,
    labels: { [LABEL.role]: 'base' },
    config: BASE_CONFIG,
    make: async (labels) => {
      const request = { suite, mirrors: options.mirrors ?? (await hostMirrors()), overlay, workDir };
      return withRootfs(request, options.onLine, options.signal, (tar) =>
        session.importImage(tag, tar, labels, BASE_CONFIG),
      );
    },
  };
};

interface Addition {
  readonly tag: string;
  readonly role: string;
  readonly suite: Suite;
  readonly template: string;
  readonly before: readonly (readonly string[])[];
  readonly packages: readonly string[];
  readonly after: readonly (readonly string[])[];
  readonly config: ImageConfig;
}

/** Packages and a template folder on top of a base image. */
const additionRecipe = async (session: TargetSession, what: Addition, options: ImageOptions): Promise<Recipe> => {
  const base = await baseRecipe(session, what.suite, options);
  const folder = join(options.templatesRoot, what.template, 'image');
  const { tag, role, config } = what;
  const run = [...what.before, ...installing(what.packages), ...what.after];
  return {
    tag,
    digest: digestOf({ kind: role, recipe: 1, base: base.digest, overlay: await folderDigest(folder), run, config }),
    labels: { [LABEL.role]: role },
    config,
    make: async (labels) => {
      const from = await ensureImage(session, base, options);
      const line = (text: string): void => options.onLine(`${tag}: ${text}`);
      const put = (await isFolder(folder)) ? [() => folderTar(folder)] : [];
      const added = { tag, from: from.id, labels, put, run, env: APT_ENV, config, bytes: PACKAGE_BYTES };
      return session.buildImage(added, line, options.signal);
    },
  };
};

const runtimeAddition = (phpLine: PhpLine, options: ImageOptions): Addition => ({
  tag: `${options.prefix}/runtime:${phpLine}`,
  role: 'runtime',
  suite: SUITE_OF[phpLine],
  template: 'runtime',
  before: [],
  // Without the small tmpfiles package php-fpm would pull in all of systemd.
  packages: ['nginx', 'systemd-standalone-tmpfiles', ...EXTENSIONS.map((extension) => `php${phpLine}-${extension}`)],
  after: [
    ['ln', '-s', `/usr/sbin/php-fpm${phpLine}`, '/usr/local/sbin/php-fpm'],
    ['mkdir', '-p', '/app', '/konfig'],
    // The entrypoint decides there how names are looked up; until then the C library's default is files, then DNS.
    ['ln', '-sf', '/run/nsswitch.conf', '/etc/nsswitch.conf'],
    // The entrypoint's settings are checked here once, so that a wrong one never becomes an image.
    ['php-fpm', '--test', '--allow-to-run-as-root', '--fpm-config', '/etc/siappakai/php-fpm.conf'],
  ],
  config: {
    entrypoint: ['/usr/local/bin/siappakai-run'],
    command: [],
    // The leading colon keeps Debian's own folder; one folder serves both the CLI and FPM.
    env: { PHP_INI_SCAN_DIR: ':/etc/siappakai/php.d' },
    user: '33:33',
    workingDir: '/app',
    stopSignal: 'SIGTERM',
  },
});

/** nginx, php-fpm and our entrypoint for one PHP line. */
export const ensureRuntimeImage = async (
  session: TargetSession,
  phpLine: PhpLine,
  options: ImageOptions,
): Promise<ImageFacts> =>
  ensureImage(session, await additionRecipe(session, runtimeAddition(phpLine, options), options), options);

// Fixed ids above those a host gives to its own accounts: no user of the host owns files or sockets of a service.
const account = (name: string, id: number): readonly (readonly string[])[] => [
  ['groupadd', '--system', '--gid', String(id), name],
  [
    'useradd',
    '--system',
    '--uid',
    String(id),
    '--gid',
    String(id),
    '--home-dir',
    '/nonexistent',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    name,
  ],
];
const SERVICES: Readonly<
  Record<Service, Omit<Addition, 'tag' | 'role' | 'template' | 'suite'> & { readonly version: string }>
> = {
  mariadb: {
    version: '10.11',
    before: account('mysql', 71001),
    packages: ['mariadb-server-core', 'mariadb-client', 'gzip', 'zstd'],
    after: [
      ['install', '--directory', '--owner=71001', '--group=71001', '/var/lib/mysql', '/run/siappakai-db'],
      ['mkdir', '-p', '/konfig', '/var/empty'],
    ],
    config: {
      entrypoint: ['/usr/local/bin/siappakai-mariadb'],
      command: [],
      user: '71001:71001',
      workingDir: '/',
      stopSignal: 'SIGTERM',
    },
  },
  redis: {
    version: '7.0',
    before: account('redis', 71002),
    packages: ['redis-server'],
    after: [
      ['install', '--directory', '--owner=71002', '--group=71002', '/var/lib/redis', '/run/siappakai-redis'],
      ['mkdir', '-p', '/konfig'],
    ],
    config: {
      entrypoint: ['/usr/local/bin/siappakai-redis'],
      command: [],
      user: '71002:71002',
      workingDir: '/',
      stopSignal: 'SIGTERM',
    },
  },
  proxy: {
    version: '2.6',
    before: account('haproxy', 997),
    packages: ['haproxy', 'ca-certificates'],
    after: [['rm', '-f', '/etc/haproxy/haproxy.cfg']],
    config: { entrypoint: [], command: ['haproxy', '-v'], user: '997:997', workingDir: '/', stopSignal: 'SIGUSR1' },
  },
  wall: {
    version: '1.0',
    before: [],
    packages: ['nftables'],
    after: [],
    config: { entrypoint: [WALL_COMMAND], command: [], user: '0:0', workingDir: '/', stopSignal: 'SIGTERM' },
  },
};

/** MariaDB, Redis, HAProxy or the walls from Debian packages. */
export const ensureServiceImage = async (
  session: TargetSession,
  service: Service,
  options: ImageOptions,
): Promise<ImageFacts> => {
  const { version, ...parts } = SERVICES[service];
  const what: Addition = {
    ...parts,
    tag: `${options.prefix}/${service}:${version}`,
    role: service,
    template: service,
    suite: 'bookworm',
  };
  return ensureImage(session, await additionRecipe(session, what, options), options);
};

export interface ReleaseImageRequest {
  readonly app: string;
  readonly version: string;
  /** sha256 of the release tree. */
  readonly checksum: string;
  /** Of the tree. */
  readonly bytes?: number;
  readonly phpLine: PhpLine;
  /** Tar of the tree with every name below `app/` (see folderTar). */
  readonly treeTar: () => NodeJS.ReadableStream;
  /** Text of a file of the tree by its path in it; null when absent. */
  readonly readTree: (path: string) => Promise<string | null>;
}

/** `<prefix>/opensid:2410.0.0-1a2b3c4d`. */
export const releaseTag = (
  prefix: string,
  release: { readonly app: string; readonly version: string; readonly checksum: string },
): string => `${prefix}/${release.app}:${release.version}-${release.checksum.slice(0, 8)}`;

const releaseConf = (version: string): FileSpec => ({
  path: '/etc/siappakai/release.conf',
  content: `map $host $sp_release {\n    default "${version}";\n}\n`,
  mode: 0o644,
  uid: 0,
  gid: 0,
});

/** One immutable image per app version: runtime, then the tree in /app, then the app's template folder. */
export const ensureReleaseImage = async (
  session: TargetSession,
  request: ReleaseImageRequest,
  options: ImageOptions,
): Promise<ImageFacts> => {
  const { app, version, checksum, phpLine } = request;
  const runtime = await additionRecipe(session, runtimeAddition(phpLine, options), options);
  const overlay = await overlayFor(app, options.templatesRoot);
  const tag = releaseTag(options.prefix, request);
  const recipe: Recipe = {
    tag,
    digest: digestOf({
      kind: 'release',
      recipe: 1,
      runtime: runtime.digest,
      overlay: overlay.digest,
      app,
      version,
      checksum,
    }),
    labels: { [LABEL.role]: 'release', [LABEL.app]: app, [LABEL.release]: version, [LABEL.checksum]: checksum },
    config: runtime.config,
    make: async (labels) => {
      const from = await ensureImage(session, runtime, options);
      const appended = await overlay.appended(request.readTree);
      const folder = overlay.imageFolder;
      const put = [
        request.treeTar,
        ...(folder === null ? [] : [() => folderTar(folder)]),
        () => filesTar([...appended, releaseConf(version)]),
      ];
      return session.buildImage(
        { tag, from: from.id, labels, put, run: [], config: runtime.config, bytes: request.bytes ?? 0 },
        options.onLine,
        options.signal,
      );
    },
  };
  return ensureImage(session, recipe, options);
};
