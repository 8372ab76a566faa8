import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createPool, type Pool } from 'mysql2/promise';
import type { DatabaseServer, TargetSession } from '../../provisioners/contracts';
import { makeInternalCa } from '../../provisioners/lib/internal-ca';
import { foreignVariables, readEnvironment, type Config } from '../../server/config';
import { openInstallation } from '../../server/installation';
import { controlUrl } from '../../server/parts/addresses';
import { identify, isAlive, type ProcessIdentity } from '../../server/parts/process-identity';
import { makeTransactor, type Stores } from '../../server/stores';
import { connectDatabase } from '../../server/stores/connect';
import { openTarget, openTenantDatabase } from '../../server/wiring/engine';
import { freePort } from './private-server';

const run = promisify(execFile);
const CHECKOUT = path.resolve(__dirname, '..', '..');
const PREFIX = 'sp-e2e-';
export const SCHEMA = 'db_gabungan';
export const DOMAIN = 'uji.localhost';

/** One finished command of the product: `document` is what `--json` printed, null when it printed nothing. */
export interface Told<T> {
  readonly code: number;
  readonly document: T;
  readonly stderr: string;
}
/** A whole installation of the product with a checkout of its own, so that nobody else's build is in its way. */
export interface Installation {
  readonly name: string;
  readonly root: string;
  readonly place: Place;
  readonly config: Config;
  readonly ca: string;
  /** Of the one-time link of the first run, as `up` printed it. */
  readonly setupToken: string;
  readonly session: TargetSession;
  readonly database: DatabaseServer;
  readonly control: Pool;
  /** The control database as the product reads it. */
  readonly read: Stores;
  /** One command with `--json`; any exit code is an answer. */
  cli<T = unknown>(...argv: readonly string[]): Promise<Told<T>>;
  destroy(): Promise<void>;
}

/** Where an installation of a test lives, and the variables that say so. */
export interface Place {
  readonly name: string;
  readonly folder: string;
  readonly root: string;
  readonly variables: Readonly<Record<string, string>>;
}
const LEFT_BEHIND = ['.git', 'node_modules', 'test', 'bench', 'docs', 'coverage'];

/** Sources and build are copied, packages are linked file by file: the dashboard's user reaches nothing outside the copy. */
const copyCheckout = async (root: string): Promise<void> => {
  await mkdir(root, { recursive: true, mode: 0o755 });
  const entries = (await readdir(CHECKOUT)).filter((entry) => !LEFT_BEHIND.includes(entry));
  // Under the launcher's own lock: nobody builds while the build is copied.
  await run('flock', ['package.json', 'cp', '-a', '--', ...entries, root], { cwd: CHECKOUT });
  const modules = [path.join(CHECKOUT, 'node_modules'), root];
  await run('cp', ['-al', '--', ...modules]).catch(() => run('cp', ['-a', '--', ...modules]));
};

/** The first `up`, as a person types it; the only place that shows the set-up link. */
const start = async (place: Place): Promise<string> => {
  const launcher = path.join(place.root, 'siappakai');
  const { stdout } = await run('bash', [launcher, 'up', '--yes'], { env: place.variables, timeout: 600_000 });
  const token = /\/setup\/(\S+)/.exec(stdout)?.[1];
  if (token === undefined) throw new Error(`up showed no link:\n${stdout}`);
  return token;
};

const speak = async <T>(place: Place, argv: readonly string[]): Promise<Told<T>> => {
  const child = spawn(process.execPath, [path.join(place.root, 'dist', 'server', 'main.js'), ...argv, '--json'], {
    env: place.variables,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) => resolve(exit ?? -1));
  });
  const text = Buffer.concat(stdout).toString('utf8').trim();
  const document: unknown = text === '' ? null : JSON.parse(text);
  return { code, document: document as T, stderr: Buffer.concat(stderr).toString('utf8') };
};
/** A place as it stands on disk, with who made it; a number alone may be another process after the machine was started again. */
interface Kept extends Place {
  readonly owner?: ProcessIdentity | null;
}
const readPlace = async (folder: string): Promise<Kept> =>
  JSON.parse(await readFile(path.join(folder, 'place.json'), 'utf8')) as Kept;

/** Takes an installation away with all that is its own, by this checkout's program: its own may be half gone. */
export const leave = async (place: Place): Promise<void> => {
  const told = await speak({ ...place, root: CHECKOUT }, ['destroy', '--confirm', place.name]);
  await rm(place.folder, { recursive: true, force: true });
  if (told.code !== 0 && !told.stderr.includes('[not_installed]')) throw new Error(`destroy: ${told.stderr}`);
};

/** What a killed run left is taken away by the next one. */
const sweep = async (): Promise<void> => {
  const folders = (await readdir(tmpdir())).filter((entry) => entry.startsWith(PREFIX));
  for (const name of folders) {
    const folder = path.join(tmpdir(), name);
    const place = await readPlace(folder).catch(() => null);
    if (place !== null && !(place.owner && isAlive(place.owner))) await leave(place);
  }
};

const makePlace = async (word: string): Promise<Place> => {
  const name = `${PREFIX}${process.pid.toString(36)}${word}`;
  const folder = await mkdtemp(path.join(tmpdir(), `${name}-`));
  const [http, https, dashboard] = [await freePort(), await freePort(), await freePort()];
  const variables = {
    ...foreignVariables(),
    LANG: 'en_US.UTF-8',
    SIAPPAKAI_HOME: path.join(folder, 'home'),
    SIAPPAKAI_NAME: name,
    SIAPPAKAI_HTTP_PORT: String(http),
    SIAPPAKAI_HTTPS_PORT: String(https),
    SIAPPAKAI_DASHBOARD_PORT: String(dashboard),
  };
  const place = { name, folder, root: path.join(folder, 'checkout'), variables };
  const kept: Kept = { ...place, owner: identify(process.pid) };
  await writeFile(path.join(folder, 'place.json'), JSON.stringify(kept), { mode: 0o600 });
  await run('chmod', ['755', folder]);
  return place;
};

const opened = async (place: Place, setupToken: string): Promise<Installation> => {
  const config = openInstallation(readEnvironment(place.variables));
  const session = await openTarget(config);
  const database = openTenantDatabase(config, session);
  const control = createPool({ uri: controlUrl(config), connectionLimit: 4, timezone: 'Z', dateStrings: false });
  const stores = connectDatabase(controlUrl(config), 4);
  return {
    name: place.name,
    root: place.root,
    place,
    config,
    setupToken,
    ca: await makeInternalCa(path.join(config.paths.secrets, 'ca'), `SiapPakai ${config.name}`).certificate(),
    session,
    database,
    control,
    read: makeTransactor(stores, () => undefined).read,
    cli: (...argv) => speak(place, argv),
    async destroy() {
      await control.end();
      await stores.destroy();
      await database.close();
      await session.close();
      await leave(place);
    },
  };
};

const SAMPLES = path.join(CHECKOUT, 'deploy-templates', 'samples');
/** A copy of a sample release to change; it lives with the installation. */
export const copySample = async (installation: Installation, sample: string, as: string): Promise<string> => {
  const folder = path.join(path.dirname(installation.root), 'releases', as);
  await cp(path.join(SAMPLES, sample), folder, { recursive: true });
  return folder;
};
export const sampleOf = (app: string, version: string): string => path.join(SAMPLES, `${app}-${version}`);

/** A checkout of its own, and names and ports nobody else has; nothing is up. `word` tells several of one run apart. */
export const layPlace = async (word = ''): Promise<Place> => {
  await sweep();
  const place = await makePlace(word);
  await copyCheckout(place.root);
  return place;
};

/** Up and waiting for its first admin. */
export const makeInstallation = async (): Promise<Installation> => {
  const place = await layPlace();
  try {
    return await opened(place, await start(place));
  } catch (error) {
    await leave(place).catch(() => undefined);
    throw error;
  }
};
