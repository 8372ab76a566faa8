import { mkdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isTransient, ProvisionError, type ProxyBrand, type ProxyState } from '../../contracts';
import { digestOf } from '../../lib/canonical';
import { branded } from './branded';
import type { Certificates } from './certificates';
import { ensureChallengeFile } from './challenge';
import { renderConfig } from './config';
import { ensureSettleFile } from './database-away';
import { readIfThere, writeAtomically } from './files';
import { reload, withOldWorkers } from './master-socket';
import type { Ask } from './command-socket';
import { askWorker, FILE, masterSocketOf, PAGES, type HaproxyOptions } from './options';
import { routeChange, routeFile, routeTable, sizeOf, type RouteTable } from './routes';
import { changeRoutes, changeSingly, readLive, readRoutes, type LiveProxy } from './runtime-socket';

export type Applied = 'unchanged' | 'runtime' | 'reloaded';
/** A state, judged and rendered. */
export interface Wanted {
  readonly table: RouteTable;
  readonly dashboardSocket: string | null;
  readonly outside: readonly string[];
  readonly brand?: ProxyBrand;
}
type Config = ReturnType<typeof renderConfig>;

const SETTLE_MS = 30_000;
const POLL_MS = 40;

const readPages = async (options: HaproxyOptions, brand?: ProxyBrand): Promise<ReadonlyMap<string, string>> =>
  new Map(
    await Promise.all(
      PAGES.map(async (page): Promise<[string, string]> => [
        `${FILE.pages}/${page}.html`,
        branded(await readFile(join(options.pages, `${page}.html`), 'utf8'), brand),
      ]),
    ),
  );

const writeIfDifferent = async (path: string, content: string): Promise<void> => {
  if ((await readIfThere(path)) !== content) await writeAtomically(path, content);
};

const configOf = (
  options: HaproxyOptions,
  { dashboardSocket, outside }: Pick<Wanted, 'dashboardSocket' | 'outside'>,
  pages: ReadonlyMap<string, string>,
): Config => renderConfig({ ...options, dashboardSocket, outside, pagesHash: digestOf([...pages]) });

/** Everything the process reads at start, apart from routes it may already have. */
export const layFoundation = async (options: HaproxyOptions, certificates: Certificates): Promise<void> => {
  await mkdir(join(options.folder, FILE.pages), { recursive: true, mode: 0o700 });
  // Others may pass through to the dashboard's socket, not look around.
  await mkdir(options.runFolder, { recursive: true, mode: 0o711 });
  await certificates.ensure([]);
  const pages = await readPages(options);
  const [config, routes] = [join(options.folder, FILE.config), join(options.folder, FILE.routes)];
  const empty: ProxyState = { routes: [], redirects: [], dashboard: null };
  for (const [name, content] of pages) {
    if ((await readIfThere(join(options.folder, name))) === null)
      await writeAtomically(join(options.folder, name), content);
  }
  if ((await readIfThere(routes)) === null) await writeAtomically(routes, routeFile(routeTable(empty)));
  await ensureChallengeFile(options.folder);
  await ensureSettleFile(options.folder);
  if ((await readIfThere(config)) === null)
    await writeAtomically(config, configOf(options, { dashboardSocket: null, outside: [] }, pages).text);
};

/** Lets the proxy's own program judge the new file; a bad one never takes the place of a good one. */
const replaceConfig = async (options: HaproxyOptions, config: Config): Promise<void> => {
  const next = join(options.folder, FILE.nextConfig);
  await writeAtomically(next, config.text);
  const verdict = await options.check(FILE.nextConfig);
  if (!verdict.ok) {
    await unlink(next);
    throw new ProvisionError('invalid', 'The proxy refuses the configuration', { output: verdict.output.slice(-1000) });
  }
  await rename(next, join(options.folder, FILE.config));
};

/** The first moments after a reload the old worker may still answer. */
const awaitWorker = async (ask: Ask, pid: number, hash: string): Promise<void> => {
  const deadline = Date.now() + SETTLE_MS;
  let seen: LiveProxy | null = null;
  while (Date.now() < deadline) {
    seen = await readLive(ask).catch((error: unknown) => {
      if (isTransient(error)) return null;
      throw error;
    });
    if (seen?.pid === pid && seen.configHash === hash) return;
    await pause(POLL_MS);
  }
  throw new ProvisionError('failed', 'The proxy runs another configuration', {
    wanted: hash,
    running: seen?.configHash ?? null,
  });
};

const reloadFromFiles = async (options: HaproxyOptions, hash: string): Promise<'reloaded'> => {
  const pid = await reload(masterSocketOf(options));
  await awaitWorker(askWorker(options), pid, hash);
  return 'reloaded';
};

const newConfiguration = async (
  options: HaproxyOptions,
  config: Config,
  pages: ReadonlyMap<string, string>,
  table: RouteTable,
): Promise<'reloaded'> => {
  const path = join(options.folder, FILE.config);
  const before = await readIfThere(path);
  for (const [name, content] of pages) await writeIfDifferent(join(options.folder, name), content);
  await ensureChallengeFile(options.folder);
  await ensureSettleFile(options.folder);
  await replaceConfig(options, config);
  await writeIfDifferent(join(options.folder, FILE.routes), routeFile(table));
  try {
    return await reloadFromFiles(options, config.hash);
  } catch (error) {
    // A restart must come up with what is known to run.
    if (before !== null && !isTransient(error)) await writeAtomically(path, before);
    throw error;
  }
};

const newRoutes = async (options: HaproxyOptions, table: RouteTable, hash: string): Promise<Applied> => {
  const ask = askWorker(options);
  const change = routeChange(await readRoutes(ask), table);
  await writeIfDifferent(join(options.folder, FILE.routes), routeFile(table));
  if (sizeOf(change) === 0) return 'unchanged';
  try {
    await changeRoutes(ask, change, table);
    return 'runtime';
  } catch (error) {
    if (isTransient(error)) throw error;
    return reloadFromFiles(options, hash);
  }
};

/** A replaced worker answers one more request on each connection it kept: that one must not meet an app that has left. */
const tellOldWorkers = async (options: HaproxyOptions, table: RouteTable): Promise<void> => {
  await withOldWorkers(masterSocketOf(options), async (ask) =>
    changeSingly(ask, routeChange(await readRoutes(ask), table)),
  );
};

/**
 * Makes file and running worker follow what is wanted. What runs is asked, not remembered, so that a restart, a change by hand or
 * an act cut short half-way is put right by the next call. ProvisionError: invalid (state or configuration) · unreachable.
 */
export const applyState = async (
  options: HaproxyOptions,
  { table, dashboardSocket, outside, brand }: Wanted,
): Promise<Applied> => {
  const pages = await readPages(options, brand);
  const config = configOf(options, { dashboardSocket, outside }, pages);
  const live = await readLive(askWorker(options));
  const written = await readIfThere(join(options.folder, FILE.config));
  const same = live.configHash === config.hash && written === config.text;
  const applied = same
    ? await newRoutes(options, table, config.hash)
    : await newConfiguration(options, config, pages, table);
  await tellOldWorkers(options, table);
  return applied;
};
