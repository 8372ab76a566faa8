import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { ProvisionError, type AppAdapter, type Target } from './contracts';

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];
type Kind = 'string' | 'number' | 'boolean' | 'function' | 'list' | 'object' | 'any';

// Typed by the contract: a new required field must be named here too.
const APP_FIELDS: Readonly<Record<RequiredKeys<AppAdapter>, Kind>> = {
  name: 'string',
  label: 'string',
  description: 'string',
  icon: 'string',
  scope: 'string',
  path: 'string',
  order: 'number',
  needs: 'list',
  database: 'string',
  phpLines: 'list',
  pairing: 'string',
  licence: 'string',
  limits: 'object',
  holdsTraffic: 'boolean',
  secrets: 'object',
  volumes: 'list',
  sharedMounts: 'list',
  tmpfs: 'list',
  configTargets: 'list',
  readRelease: 'function',
  files: 'function',
  seedFiles: 'function',
  tasks: 'object',
  judge: 'function',
  page: 'function',
  firstAccount: 'any',
};
const TARGET_FIELDS: Readonly<Record<RequiredKeys<Target>, Kind>> = {
  name: 'string',
  label: 'string',
  connect: 'function',
};

const refuse = (reason: string, details: Record<string, string>): ProvisionError =>
  new ProvisionError('invalid', `Wrong registration: ${reason} ${JSON.stringify(details)}`, { reason, ...details });

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
};

const missingField = (value: object, fields: Readonly<Record<string, Kind>>): string | null => {
  const facts = new Map<string, unknown>(Object.entries(value));
  const wrong = Object.entries(fields).find(
    ([name, kind]) => !facts.has(name) || (kind !== 'any' && kindOf(facts.get(name)) !== kind),
  );
  return wrong?.[0] ?? null;
};

// CommonJS's own loader: works the same for compiled files, for tsx and for jest.
const load = createRequire(__filename);
const exported = (file: string, member: string): object => {
  const loaded: unknown = load(file);
  const value: unknown =
    loaded !== null && typeof loaded === 'object'
      ? new Map<string, unknown>(Object.entries(loaded)).get(member)
      : undefined;
  if (value === null || typeof value !== 'object') throw refuse('missing_export', { file: basename(file), member });
  return value;
};

const isComplete =
  <T extends object>(fields: Readonly<Record<RequiredKeys<T>, Kind>>) =>
  (value: object): value is T =>
    missingField(value, fields) === null;
const isApp = isComplete<AppAdapter>(APP_FIELDS);
const isTarget = isComplete<Target>(TARGET_FIELDS);

const isSource = (name: string): boolean => /\.(js|ts)$/.test(name) && !name.endsWith('.d.ts');

const byName = <T extends { readonly name: string }>(kind: string, members: readonly T[]): ReadonlyMap<string, T> => {
  const found = new Map<string, T>();
  for (const member of members) {
    if (!/^[a-z][a-z0-9-]{1,30}$/.test(member.name)) throw refuse('bad_name', { kind, name: member.name });
    if (found.has(member.name)) throw refuse('duplicate_name', { kind, name: member.name });
    found.set(member.name, member);
  }
  return found;
};

const checkReferences = (app: AppAdapter, apps: ReadonlyMap<string, AppAdapter>): void => {
  for (const need of app.needs) {
    const needed = apps.get(need);
    if (needed === undefined) throw refuse('unknown_need', { app: app.name, need });
    // A lower order for what is needed also excludes cycles.
    if (needed.order >= app.order) throw refuse('need_not_before', { app: app.name, need });
  }
  for (const mount of app.sharedMounts) {
    const volume = apps.get(mount.app)?.volumes.find((one) => one.key === mount.volume);
    if (volume === undefined) throw refuse('unknown_volume', { app: app.name, owner: mount.app, volume: mount.volume });
  }
};

/** Checks a set of apps as a whole; ProvisionError('invalid') with details.reason. Returned in installation order. */
export const registerApps = (members: readonly AppAdapter[]): ReadonlyMap<string, AppAdapter> => {
  const apps = byName(
    'app',
    [...members].sort((a, b) => a.order - b.order),
  );
  const paths = new Set<string>();
  for (const app of apps.values()) {
    if (app.phpLines.length === 0) throw refuse('no_php_line', { app: app.name });
    if (paths.has(app.path)) throw refuse('duplicate_path', { app: app.name, path: app.path });
    paths.add(app.path);
    checkReferences(app, apps);
  }
  return apps;
};

/** The apps found as `<folder>/*.js|ts`, each exporting `app`; any wrong one stops the start. */
export const loadApps = async (folder: string = join(__dirname, 'apps')): Promise<ReadonlyMap<string, AppAdapter>> => {
  const names = (await readdir(folder)).filter(isSource).sort();
  const members = names.map((name) => {
    const value = exported(join(folder, name), 'app');
    if (!isApp(value)) throw refuse('missing_field', { file: name, field: missingField(value, APP_FIELDS) ?? '' });
    return value;
  });
  return registerApps(members);
};

/** The targets found as `<folder>/<name>/index.js|ts`, each exporting `target`; any wrong one stops the start. */
export const loadTargets = async (
  folder: string = join(__dirname, 'targets'),
): Promise<ReadonlyMap<string, Target>> => {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const members = names.sort().map((name) => {
    const value = exported(join(folder, name, 'index'), 'target');
    if (!isTarget(value))
      throw refuse('missing_field', { file: name, field: missingField(value, TARGET_FIELDS) ?? '' });
    if (value.name !== name) throw refuse('name_is_not_folder', { folder: name, name: value.name });
    return value;
  });
  return byName('target', members);
};
