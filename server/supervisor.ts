import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withFileLock } from '../provisioners/lib/lock';
import type { Config } from './config';
import { AppError } from './domain/errors';
import { hasSystemd } from './parts/engine';
import { logFile, openLog, rotateLog } from './parts/log-files';
import {
  builtEntry,
  codeRoot,
  PART_NAMES,
  partArguments,
  partSpecs,
  readPlan,
  writePlan,
  type PartName,
  type PartSpec,
  type PartsPlan,
} from './parts/part-spec';
import { livingState, readState } from './parts/part-state';
import { endProcess, findByArguments, type ProcessIdentity } from './parts/process-identity';
import { ensureServiceUser, SERVICE_USER, userIds } from './parts/service-user';
import { runSupervisor as keepRunning } from './parts/supervisor';
import { removeUnits, startUnits, stopUnits, unitFacts } from './parts/systemd';

const START_MS = 15_000;
/** All parts together have this long to finish what they do. */
const STOP_MS = 20_000;
const ATTEND_MS = 1_000;

/** One process of the installation. `since` is ISO 8601 UTC. */
export interface PartStatus {
  readonly name: PartName;
  /** `failed` = should run and does not. */
  readonly state: 'running' | 'stopped' | 'failed';
  readonly pid: number | null;
  readonly since: string | null;
}

const jailScript = (): string => path.join(codeRoot(), 'server', 'parts', 'jail.sh');
const supervisorTail = (config: Config): readonly string[] => partArguments(config, 'supervisor');

const livingSupervisor = (config: Config): ProcessIdentity | null =>
  livingState(config, 'supervisor') ?? findByArguments(supervisorTail(config), [0]);

/** Starts one unless one lives: the lock is held by its life. Small heap: it only looks and waits. */
const spawnSupervisor = (config: Config, command: readonly string[]): void => {
  const lock = path.join(config.paths.run, 'supervisor.lock');
  const log = openLog(logFile(config, 'supervisor'));
  const child = spawn('flock', ['--no-fork', '--nonblock', '--exclusive', lock, ...command], {
    cwd: '/',
    detached: true,
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      SIAPPAKAI_HOME: config.home,
      NODE_OPTIONS: '--max-old-space-size=32 --max-semi-space-size=1',
    },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
};

const endQuietly = async (identity: ProcessIdentity | null, graceMs: number): Promise<void> => {
  if (identity !== null) await endProcess(identity, graceMs);
};

const processOf = (config: Config, name: PartName, webUser: number): ProcessIdentity | null =>
  livingState(config, name) ?? findByArguments(partArguments(config, name), [0, webUser]);

const endParts = async (config: Config, names: readonly PartName[]): Promise<void> => {
  await endQuietly(livingSupervisor(config), 2_000);
  const webUser = (await userIds(SERVICE_USER))?.uid ?? 0;
  const until = Date.now() + STOP_MS;
  for (const name of names) await endQuietly(processOf(config, name, webUser), Math.max(0, until - Date.now()));
};

const awaitParts = async (config: Config, specs: readonly PartSpec[]): Promise<void> => {
  const until = Date.now() + START_MS;
  for (;;) {
    const missing = specs.find((spec) => livingState(config, spec.name) === null);
    if (missing === undefined) return;
    if (Date.now() > until)
      throw new AppError('part_not_starting', { part: missing.name, log: logFile(config, missing.name) });
    await sleep(50);
  }
};

const startSupervised = async (config: Config, specs: readonly PartSpec[], entry: readonly string[]): Promise<void> => {
  const command = [...entry, ...supervisorTail(config)];
  const before = readPlan(config);
  const plan: PartsPlan = { wanted: 'running', supervisor: [...command], parts: [...specs] };
  const old = specs.filter((spec) => {
    const known = before?.parts.find((part) => part.name === spec.name);
    return known !== undefined && JSON.stringify(known) !== JSON.stringify(spec);
  });
  if (old.length > 0) {
    writePlan(config, { ...plan, wanted: 'stopped' });
    await endParts(
      config,
      old.map((spec) => spec.name),
    );
  }
  writePlan(config, plan);
  if (livingSupervisor(config) === null) spawnSupervisor(config, command);
  await awaitParts(config, specs);
};

const exclusively = <T>(config: Config, work: () => Promise<T>): Promise<T> =>
  withFileLock(path.join(config.paths.run, 'parts.lock'), AbortSignal.timeout(4 * STOP_MS), work);

/**
 * Brings web and worker up and keeps them up: with systemd as its units, else by a supervisor of our own. What runs
 * already from this build is left alone. `entry` is the command that understands `run-web`, `run-worker` and
 * `run-supervisor`. Throws part_not_starting, name_taken, service_user_missing.
 */
export const startParts = async (config: Config, entry: readonly string[] = builtEntry()): Promise<void> => {
  const specs = partSpecs(config, entry, await ensureServiceUser());
  await exclusively(config, () => (hasSystemd() ? startUnits(config, specs) : startSupervised(config, specs, entry)));
};

/** Web, then worker: SIGTERM, together at most 20 s, then SIGKILL. What is stopped already stays so. */
export const stopParts = async (config: Config): Promise<void> => {
  await exclusively(config, async () => {
    if (hasSystemd()) return stopUnits(config, PART_NAMES);
    const plan = readPlan(config);
    if (plan !== null) writePlan(config, { ...plan, wanted: 'stopped' });
    return endParts(config, PART_NAMES);
  });
};

/** As stopParts, and nothing outside the home remembers them; for `destroy`. */
export const forgetParts = async (config: Config): Promise<void> => {
  await stopParts(config);
  if (hasSystemd()) await removeUnits(config, PART_NAMES);
};

const supervisedStatus = (config: Config, name: PartName): PartStatus => {
  const living = livingState(config, name);
  if (living !== null) return { name, state: 'running', pid: living.pid, since: living.since };
  const wanted = readPlan(config)?.wanted === 'running' && readState(config, name) !== null;
  return { name, state: wanted ? 'failed' : 'stopped', pid: null, since: null };
};

const unitStatus = async (config: Config, name: PartName): Promise<PartStatus> => {
  const facts = await unitFacts(config, name);
  const state = facts.active ? 'running' : facts.failed ? 'failed' : 'stopped';
  return { name, state, pid: facts.pid, since: facts.since };
};

/** What really runs now. */
export const partsStatus = async (config: Config): Promise<readonly PartStatus[]> =>
  hasSystemd()
    ? Promise.all(PART_NAMES.map((name) => unitStatus(config, name)))
    : PART_NAMES.map((name) => supervisedStatus(config, name));

/** The body of `run-supervisor`. */
export const runSupervisor = (config: Config): Promise<void> => keepRunning(config, jailScript());

/** What the worker does for the process that watches it; `stop` ends that. */
export interface Attendance {
  readonly stop: () => void;
}

/**
 * Called once by the worker. Without systemd: starts the supervisor again within about a second when it has died. With
 * systemd: keeps the logs bounded, which the supervisor does elsewhere.
 */
export const attendSupervisor = (config: Config): Attendance => {
  const timer = setInterval(() => {
    if (hasSystemd()) {
      for (const name of PART_NAMES) rotateLog(logFile(config, name));
      return;
    }
    const plan = readPlan(config);
    if (plan?.wanted === 'running' && livingSupervisor(config) === null) spawnSupervisor(config, plan.supervisor);
  }, ATTEND_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
};
