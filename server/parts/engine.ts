import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { withFileLock } from '../../provisioners/lib/lock';
import { run } from '../../provisioners/lib/run';
import { createFile, ownRights, readIfThere, replaceFile } from '../atomic-file';
import { AppError } from '../domain/errors';
import type { Logger } from '../logger';
import { engineAnswers, engineHangs } from './engine-api';
import { openLog } from './log-files';
import { awaitEnd, identify, isAlive, programOf, signalProcess, type ProcessIdentity } from './process-identity';

/** Where the engine of this machine lives; one per machine, shared by every installation. */
export interface EnginePlace {
  readonly socket: string;
  readonly pidFile: string;
  readonly containerdPidFile: string;
  /** The owner's own configuration: its words win over ours. */
  readonly ownerConfig: string;
  /** Ours: what we started, and the configuration we started it with. */
  readonly stateFolder: string;
  readonly log: string;
  readonly flags: readonly string[];
  /** Unit that starts it where systemd is the init; null = never by systemd. */
  readonly unit: string | null;
}
export const ENGINE_LOG = '/var/log/siappakai-engine.log';
export const ENGINE_PLACE: EnginePlace = {
  socket: '/var/run/docker.sock',
  pidFile: '/var/run/docker.pid',
  containerdPidFile: '/var/run/docker/containerd/containerd.pid',
  ownerConfig: '/etc/docker/daemon.json',
  stateFolder: '/run/siappakai',
  log: ENGINE_LOG,
  flags: [],
  unit: 'docker.service',
};

/** `live-restore`: a dead engine must not take the villages with it. */
const OUR_SETTINGS = {
  'live-restore': true,
  'userland-proxy': false,
  'log-driver': 'json-file',
  'log-opts': { 'max-size': '10m', 'max-file': '3' },
  'default-address-pools': [{ base: '10.199.0.0/16', size: 24 }],
} as const;

const READY_MS = 30_000;
const DYING_MS = 1_500;
const TELLING_LINES = 8;

const recordSchema = z.object({ pid: z.int(), startTime: z.number(), bootId: z.string(), startedAt: z.number() });
type EngineRecord = z.infer<typeof recordSchema>;

const recordFile = (place: EnginePlace): string => path.join(place.stateFolder, 'engine.json');
const hostOf = (place: EnginePlace): string => `unix://${place.socket}`;

const readRecord = (place: EnginePlace): EngineRecord | null => {
  const text = readIfThere(recordFile(place));
  const parsed = text === null ? null : recordSchema.safeParse(JSON.parse(text));
  return parsed?.success === true ? parsed.data : null;
};

/** The owner's settings with ours where they are silent. */
const writeConfiguration = (place: EnginePlace): string => {
  const owner = z.record(z.string(), z.unknown()).parse(JSON.parse(readIfThere(place.ownerConfig) ?? '{}'));
  const file = path.join(place.stateFolder, 'daemon.json');
  replaceFile(file, `${JSON.stringify({ ...OUR_SETTINGS, ...owner }, null, 2)}\n`, ownRights(0o644));
  return file;
};

/** The living program a pid file names; null when it is another program by now, or has ended. */
const namedBy = (pidFile: string, program: string): ProcessIdentity | null => {
  const pid = Number(readIfThere(pidFile) ?? Number.NaN);
  return Number.isInteger(pid) && programOf(pid) === program ? identify(pid) : null;
};

/** A pid file left by a crash keeps an engine from starting: its number may live again, or only wait to be reaped. */
const dropStalePidFiles = async (place: EnginePlace): Promise<void> => {
  if (namedBy(place.pidFile, 'dockerd') !== null) return;
  rmSync(place.pidFile, { force: true });
  const containerd = namedBy(place.containerdPidFile, 'containerd');
  // It is told to end together with its dockerd; an engine that meets it half-way waits for it in vain.
  if (containerd !== null && !(await awaitEnd(containerd, DYING_MS))) return;
  rmSync(place.containerdPidFile, { force: true });
};

/** Starts dockerd on its own, without waiting for it. null when one is starting already. */
const startDetached = async (place: EnginePlace): Promise<ProcessIdentity | null> => {
  await dropStalePidFiles(place);
  if (namedBy(place.pidFile, 'dockerd') !== null) return null;
  const settings = ['--config-file', writeConfiguration(place), '--pidfile', place.pidFile];
  const log = openLog(place.log);
  const child = spawn('dockerd', [...settings, '--host', hostOf(place), ...place.flags], {
    cwd: '/',
    detached: true,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
  const identity = child.pid === undefined ? null : identify(child.pid);
  if (identity === null) throw new AppError('engine_missing', { command: 'dockerd' });
  const record: EngineRecord = { ...identity, startedAt: Date.now() };
  replaceFile(recordFile(place), `${JSON.stringify(record)}\n`, ownRights(0o644));
  return identity;
};

const locked = <T>(place: EnginePlace, work: () => Promise<T>): Promise<T> => {
  mkdirSync(place.stateFolder, { recursive: true, mode: 0o755 });
  return withFileLock(path.join(place.stateFolder, 'engine.lock'), AbortSignal.timeout(2 * READY_MS), work);
};

/** The last lines that tell something: the chatter of a start is left out. */
const linesSince = (file: string, offset: number): string => {
  const lines = (existsSync(file) ? readFileSync(file).subarray(offset).toString('utf8') : '').split('\n');
  return lines
    .filter((line) => line !== '' && !/\blevel=(info|debug)\b/.test(line))
    .slice(-TELLING_LINES)
    .join('\n');
};

const awaitAnswer = async (place: EnginePlace, started: ProcessIdentity | null): Promise<boolean> => {
  const until = Date.now() + READY_MS;
  while (Date.now() < until) {
    if (await engineAnswers(hostOf(place))) return true;
    if (started !== null && !isAlive(started)) return false;
    await sleep(100);
  }
  return false;
};

const startOurs = (place: EnginePlace): Promise<EngineOwner> =>
  locked(place, async () => {
    if (await engineAnswers(hostOf(place))) return ownerOf(place);
    const offset = statSync(place.log, { throwIfNoEntry: false })?.size ?? 0;
    const started = await startDetached(place);
    if (await awaitAnswer(place, started)) return ownerOf(place);
    throw new AppError('engine_not_starting', { log: place.log, lines: linesSince(place.log, offset) });
  });

const startWithSystemd = async (place: EnginePlace, unit: string): Promise<EngineOwner> => {
  mkdirSync(path.dirname(place.ownerConfig), { recursive: true });
  createFile(place.ownerConfig, `${JSON.stringify(OUR_SETTINGS, null, 2)}\n`, ownRights(0o644));
  const asked = await run(['systemctl', 'start', unit], { timeoutMs: 2 * READY_MS });
  if (asked.exitCode === 0 && (await awaitAnswer(place, null))) return 'systemd';
  const journal = await run([
    'journalctl',
    '-u',
    'docker.service',
    '-n',
    String(TELLING_LINES),
    '--no-pager',
    '-o',
    'cat',
  ]);
  throw new AppError('engine_not_starting', { log: `journalctl -u ${unit}`, lines: journal.stdout.trim() });
};

/** `ours` = we started it and bring it back; `systemd` = that does; `foreign` = left as it is. */
export type EngineOwner = 'ours' | 'systemd' | 'foreign';

const ownerOf = (place: EnginePlace): EngineOwner => {
  const record = readRecord(place);
  return record !== null && isAlive(record) ? 'ours' : 'foreign';
};

/** True when systemd is the init of this machine. */
export const hasSystemd = (): boolean => existsSync('/run/systemd/system');

const commandExists = (command: string): boolean => {
  const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return folders.some((folder) => existsSync(path.join(folder, command)));
};

/**
 * An engine that answers is left as it is; a silent one at the usual socket is started, at most 30 s. Safe to call at
 * the same time from several processes. Throws engine_not_answering (elsewhere), engine_missing, engine_not_starting.
 */
export const ensureEngine = async (dockerHost: string, place: EnginePlace = ENGINE_PLACE): Promise<EngineOwner> => {
  if (await engineAnswers(dockerHost)) return dockerHost === hostOf(place) ? ownerOf(place) : 'foreign';
  if (dockerHost !== hostOf(place)) throw new AppError('engine_not_answering', { address: dockerHost });
  if (!commandExists('dockerd')) throw new AppError('engine_missing', { command: 'dockerd' });
  return place.unit !== null && hasSystemd() ? startWithSystemd(place, place.unit) : startOurs(place);
};

const RETRY_MS = 3_000;

/** Brings an engine we started back when it has died; returns at once. Several supervisors may call it. */
export const keepEngine = async (logger: Logger, place: EnginePlace = ENGINE_PLACE): Promise<void> => {
  const record = readRecord(place);
  if (record === null || isAlive(record) || Date.now() - record.startedAt < RETRY_MS) return;
  await locked(place, async () => {
    const now = readRecord(place);
    if (now === null || isAlive(now)) return;
    if (await engineAnswers(hostOf(place))) rmSync(recordFile(place), { force: true });
    else if (startDetached(place) !== null)
      logger.error({ engine: hostOf(place) }, 'the engine had died: started again');
  });
};

/** False when the owner does not want it: the end of the engine would be the end of what runs. */
const restoresLive = (place: EnginePlace): boolean =>
  z
    .looseObject({ 'live-restore': z.literal(true) })
    .safeParse(JSON.parse(readIfThere(path.join(place.stateFolder, 'daemon.json')) ?? '{}')).success;
const LOOK_MS = 10_000;
const PATIENCE_MS = 120_000;
/**
 * Looks whether an engine we started hangs, at most every ten seconds; one that hung for two minutes is ended, and `keepEngine` brings it back.
 * It cannot be asked to end, and `live-restore` leaves what runs alone. `patienceMs` is for tests.
 */
export const engineHangWatch = (
  logger: Logger,
  place: EnginePlace = ENGINE_PLACE,
  patienceMs = PATIENCE_MS,
): (() => Promise<void>) => {
  let hangs: { readonly pid: number; readonly since: number } | null = null;
  let lookedAt = -Infinity;
  const everyMs = Math.min(LOOK_MS, patienceMs);
  return async () => {
    if (performance.now() - lookedAt < everyMs) return;
    lookedAt = performance.now();
    const record = readRecord(place);
    const isOurs = record !== null && isAlive(record) && restoresLive(place);
    if (!isOurs || !(await engineHangs(hostOf(place), everyMs))) {
      hangs = null;
      return;
    }
    if (hangs?.pid !== record.pid) {
      hangs = { pid: record.pid, since: lookedAt };
      return;
    }
    const seconds = Math.round((performance.now() - hangs.since) / 1000);
    if (performance.now() - hangs.since < patienceMs) return;
    hangs = null;
    signalProcess(record, 'SIGKILL');
    logger.error({ engine: hostOf(place), seconds }, 'the engine hung: ended, to be started again; the villages go on');
  };
};
