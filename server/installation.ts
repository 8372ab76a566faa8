import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ulid } from 'ulid';
import { z } from 'zod';
import { createFile, ownRights, readIfThere, replaceFile } from './atomic-file';
import { ensureKeyFile } from './auth/secret-box';
import {
  DEFAULT_DOCKER_HOST,
  DEFAULTS,
  homePaths,
  NAME_FORM,
  type Config,
  type Environment,
  type HomePaths,
  type Preset,
} from './config';
import { AppError, errnoOf } from './domain/errors';
import { Secret } from './domain/secret';

const portNumber = z.int().min(1).max(65_535);
const storedSchema = z.object({
  name: z.string().regex(NAME_FORM),
  id: z.ulid(),
  preset: z.enum(['production', 'demo']),
  httpPort: portNumber,
  httpsPort: portNumber,
  dashboardPort: portNumber,
  dockerHost: z.string(),
  createdAt: z.string(),
});
type Stored = z.infer<typeof storedSchema>;

/** Addresses with credentials: each its own file in `secrets/`; the tenant one is for root alone. */
const URL_FILES = {
  databaseUrl: { file: 'database-url', mode: 0o640 },
  tenantDatabaseUrl: { file: 'tenant-database-url', mode: 0o600 },
  redisUrl: { file: 'redis-url', mode: 0o640 },
} as const;
type UrlName = keyof typeof URL_FILES;
const URL_NAMES: readonly UrlName[] = ['databaseUrl', 'tenantDatabaseUrl', 'redisUrl'];

/** Owner of what the dashboard's process may read (group) or write (user). */
export interface WebOwner {
  readonly uid: number;
  readonly gid: number;
}

const readStored = (file: string): Stored | null => {
  try {
    const text = readIfThere(file);
    return text === null ? null : storedSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('home_unusable', { file, errno: errnoOf(error) }, { cause: error });
  }
};

/** An address this process may not read (web and the tenant database) is the same as none. */
const readUrl = (secrets: string, name: UrlName): Secret | null => {
  const file = path.join(secrets, URL_FILES[name].file);
  try {
    const text = readIfThere(file);
    return text === null ? null : new Secret(text.trim());
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return null;
    throw new AppError('home_unusable', { file, errno: errnoOf(error) }, { cause: error });
  }
};

const refuseOtherName = (environment: Environment, stored: Stored, home: string): void => {
  if (environment.name !== null && environment.name !== stored.name) {
    throw new AppError('name_differs', { home, stored: stored.name, asked: environment.name });
  }
};

const withEnvironment = (stored: Stored, environment: Environment, paths: HomePaths): Config => ({
  home: paths.home,
  name: stored.name,
  id: stored.id,
  preset: stored.preset,
  httpPort: environment.httpPort ?? stored.httpPort,
  httpsPort: environment.httpsPort ?? stored.httpsPort,
  dashboardPort: environment.dashboardPort ?? stored.dashboardPort,
  createdAt: stored.createdAt,
  dockerHost: environment.dockerHost ?? stored.dockerHost,
  databaseUrl: environment.databaseUrl ?? readUrl(paths.secrets, 'databaseUrl'),
  tenantDatabaseUrl: environment.tenantDatabaseUrl ?? readUrl(paths.secrets, 'tenantDatabaseUrl'),
  redisUrl: environment.redisUrl ?? readUrl(paths.secrets, 'redisUrl'),
  paths,
});

/** The home meant: the one named; else the usual one; else, when only a demo lives here, the demo's. */
const homeOf = (environment: Environment): string => {
  if (environment.home !== null) return environment.home;
  const { production, demo } = DEFAULTS;
  const installed = [production.home, demo.home].find((home) => existsSync(homePaths(home).installation));
  return installed ?? production.home;
};

/** null when nothing is installed there. Throws name_differs, home_unusable. */
export const findInstallation = (environment: Environment): Config | null => {
  const paths = homePaths(homeOf(environment));
  const stored = readStored(paths.installation);
  if (stored === null) return null;
  refuseOtherName(environment, stored, paths.home);
  return withEnvironment(stored, environment, paths);
};

/** As findInstallation; throws AppError('not_installed') with the home that was looked at. */
export const openInstallation = (environment: Environment): Config => {
  const found = findInstallation(environment);
  if (found === null) throw new AppError('not_installed', { home: homeOf(environment) });
  return found;
};

const refuseEqualPorts = (config: Stored): void => {
  const ports = [config.httpPort, config.httpsPort, config.dashboardPort];
  const twice = ports.find((value, index) => ports.indexOf(value) !== index);
  if (twice !== undefined) throw new AppError('bad_environment', { variable: 'SIAPPAKAI_DASHBOARD_PORT', port: twice });
};

const firstStored = (environment: Environment, preset: Preset): Stored => ({
  name: environment.name ?? DEFAULTS[preset].name,
  id: ulid(),
  preset,
  httpPort: environment.httpPort ?? DEFAULTS[preset].httpPort,
  httpsPort: environment.httpsPort ?? DEFAULTS[preset].httpsPort,
  dashboardPort: environment.dashboardPort ?? DEFAULTS[preset].dashboardPort,
  dockerHost: environment.dockerHost ?? DEFAULT_DOCKER_HOST,
  createdAt: new Date().toISOString(),
});

const textOf = (stored: Stored): string => `${JSON.stringify(stored, null, 2)}\n`;

/** Two first starts at once end with one file: the second one reads what the first one wrote. */
const createStored = (file: string, first: Stored, gid: number): Stored =>
  createFile(file, textOf(first), { ...ownRights(0o640), gid }) ? first : (readStored(file) ?? first);

const storeUrls = (environment: Environment, secrets: string, gid: number): void => {
  for (const name of URL_NAMES) {
    const given = environment[name];
    const file = path.join(secrets, URL_FILES[name].file);
    if (given !== null) replaceFile(file, `${given.reveal()}\n`, { ...ownRights(URL_FILES[name].mode), gid });
  }
};

/** A home somebody made beforehand, closed to web, is opened to web's group. */
const openHome = (home: string, root: number, web: WebOwner): void => {
  const { mode, gid } = statSync(home);
  if ((mode & 0o001) !== 0 || (gid === web.gid && (mode & 0o010) !== 0)) return;
  chownSync(home, root, web.gid);
  chmodSync(home, 0o750);
};

const ensureFolder = (folder: string, mode: number, uid: number, gid: number): void => {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true, mode });
  chmodSync(folder, mode);
  chownSync(folder, uid, gid);
};

/** Folders that are there keep owner and mode: containers make some of them their own. */
const ensureHome = (paths: HomePaths, web: WebOwner): void => {
  const root = process.getuid?.() ?? 0;
  try {
    mkdirSync(path.dirname(paths.home), { recursive: true, mode: 0o755 });
    for (const folder of [paths.home, paths.secrets, paths.run, paths.logs, paths.releases]) {
      ensureFolder(folder, 0o750, root, web.gid);
    }
    openHome(paths.home, root, web);
    for (const folder of [paths.dumps, paths.archives]) ensureFolder(folder, 0o700, root, root);
    for (const folder of [paths.proxy, paths.mariadbRun, paths.redisRun, paths.proxyRun]) {
      ensureFolder(folder, 0o755, root, root);
    }
    ensureFolder(paths.webRun, 0o755, web.uid, web.gid);
    ensureFolder(paths.uploads, 0o750, web.uid, web.gid);
  } catch (error) {
    throw new AppError('home_unusable', { file: paths.home, errno: errnoOf(error) }, { cause: error });
  }
};

/** What the surroundings say goes before what was stored. */
const withWishes = (stored: Stored, environment: Environment): Stored => {
  const next = {
    ...stored,
    httpPort: environment.httpPort ?? stored.httpPort,
    httpsPort: environment.httpsPort ?? stored.httpsPort,
    dashboardPort: environment.dashboardPort ?? stored.dashboardPort,
    dockerHost: environment.dockerHost ?? stored.dockerHost,
  };
  refuseEqualPorts(next);
  return next;
};

/**
 * What `ensureInstallation` would end with, and what is there now (null = nothing); makes nothing. Throws name_differs,
 * bad_environment, home_unusable.
 */
export const foreseeInstallation = (
  environment: Environment,
  preset: Preset,
): { readonly there: Config | null; readonly wanted: Config } => {
  const paths = homePaths(environment.home ?? DEFAULTS[preset].home);
  const known = readStored(paths.installation);
  if (known !== null) refuseOtherName(environment, known, paths.home);
  const wanted = withWishes(known ?? firstStored(environment, preset), environment);
  const silent = { ...environment, httpPort: null, httpsPort: null, dashboardPort: null };
  return {
    there: known === null ? null : withEnvironment(known, silent, paths),
    wanted: withEnvironment(wanted, environment, paths),
  };
};

/**
 * Makes home, keys and `installation.json` when they are not there, and stores what the surroundings say about ports,
 * engine and addresses. Name and id never change. Throws name_differs, bad_environment, home_unusable.
 */
export const ensureInstallation = (environment: Environment, preset: Preset, web: WebOwner): Config => {
  const home = environment.home ?? DEFAULTS[preset].home;
  const paths = homePaths(home);
  const known = readStored(paths.installation);
  if (known !== null) refuseOtherName(environment, known, home);
  ensureHome(paths, web);
  ensureKeyFile(paths.masterKeys, web.gid);
  const stored = known ?? createStored(paths.installation, firstStored(environment, preset), web.gid);
  refuseOtherName(environment, stored, home);
  const next = withWishes(stored, environment);
  if (textOf(next) !== readFileSync(paths.installation, 'utf8')) {
    replaceFile(paths.installation, textOf(next), { ...ownRights(0o640), gid: web.gid });
  }
  storeUrls(environment, paths.secrets, web.gid);
  return withEnvironment(next, environment, paths);
};
