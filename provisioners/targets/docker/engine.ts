import { statfs } from 'node:fs/promises';
import Docker from 'dockerode';
import { LABEL, ProvisionError, type EngineFacts, type Labels, type TargetAddress } from '../../contracts';
import { errnoOf } from '../../lib/errno';
import { asError } from '../../lib/thrown';

/** What the parts of this target share: one client of one engine and the installation whose objects it may touch. */
export interface Engine {
  readonly docker: Docker;
  readonly installation: string;
  /** Set for an engine on this machine: its data folder, to tell a full disk from other failures. */
  rootDir: string | null;
}

const LOST = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const LOW_BYTES = 64 * 1024 * 1024;

/** Opens no connection yet. */
export const openEngine = (address: TargetAddress, installation: string): Engine => {
  const url = new URL(address.url);
  if (url.protocol === 'unix:')
    return { docker: new Docker({ socketPath: url.pathname }), installation, rootDir: null };
  if (url.protocol === 'tcp:')
    return {
      docker: new Docker({ host: url.hostname, port: Number(url.port || '2375'), protocol: 'http' }),
      installation,
      rootDir: null,
    };
  throw new ProvisionError('invalid', 'An engine address is unix:// or tcp://', { protocol: url.protocol });
};

/** HTTP status of an engine answer; null when there was none. */
export const statusOf = (error: unknown): number | null =>
  typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null;

const diskFull = async (engine: Engine): Promise<boolean> => {
  if (engine.rootDir === null) return false;
  const facts = await statfs(engine.rootDir).catch(() => null);
  return facts !== null && facts.bavail * facts.bsize < LOW_BYTES;
};

const BY_STATUS: Readonly<Record<number, ProvisionError['code']>> = {
  400: 'invalid',
  401: 'refused',
  403: 'refused',
  404: 'not_found',
  409: 'conflict',
  503: 'unreachable',
  504: 'timeout',
  507: 'no_space',
};

/** Turns whatever an engine call threw into a ProvisionError. */
export const asProvisionError = async (engine: Engine, what: string, error: unknown): Promise<Error> => {
  if (error instanceof ProvisionError) return error;
  const errno = errnoOf(error);
  if (errno !== null && LOST.has(errno))
    return new ProvisionError('unreachable', `The engine does not answer (${what})`, { what, errno }, error);
  if (errno === 'EACCES')
    return new ProvisionError('refused', `Not allowed to use the engine (${what})`, { what, errno }, error);
  const status = statusOf(error);
  if (status === null) return asError(error);
  const text = asError(error).message.trim().slice(0, 500);
  if (status === 500 && (await diskFull(engine)))
    return new ProvisionError('no_space', `No space left for the engine (${what})`, { what, status }, error);
  return new ProvisionError(BY_STATUS[status] ?? 'failed', `${what}: ${text}`, { what, status }, error);
};

const CALL_DEADLINE_MS = 120_000;

/** One plain engine call: errors mapped, and an engine that hangs is a time-out. */
export const call = async <T>(
  engine: Engine,
  what: string,
  act: () => Promise<T>,
  deadlineMs = CALL_DEADLINE_MS,
): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ProvisionError('timeout', `The engine took too long (${what})`, { what })),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([act(), late]);
  } catch (error) {
    throw await asProvisionError(engine, what, error);
  } finally {
    clearTimeout(timer);
  }
};

/** As `call`, with null for "not found". */
export const lookUp = async <T>(engine: Engine, what: string, act: () => Promise<T>): Promise<T | null> => {
  try {
    return await call(engine, what, act);
  } catch (error) {
    if (error instanceof ProvisionError && error.code === 'not_found') return null;
    throw error;
  }
};

/** Our label beside the given ones; ours wins. */
export const owned = (engine: Engine, labels: Labels): Record<string, string> => ({
  ...labels,
  [LABEL.installation]: engine.installation,
});

/** Engine filter for our objects that also carry `labels`. */
export const labelFilter = (engine: Engine, labels: Labels): string[] =>
  Object.entries(owned(engine, labels)).map(([key, value]) => `${key}=${value}`);

/** ProvisionError('conflict') unless the object carries our label. */
export const mustBeOurs = (engine: Engine, kind: string, name: string, labels: Labels | null | undefined): void => {
  if (labels?.[LABEL.installation] === engine.installation) return;
  throw new ProvisionError('conflict', `The ${kind} ${name} exists and is not ours`, { kind, name, reason: 'foreign' });
};

interface InfoAnswer {
  readonly ServerVersion: string;
  readonly Driver: string;
  readonly LiveRestoreEnabled: boolean;
  readonly LoggingDriver: string;
  readonly CgroupVersion?: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly DockerRootDir: string;
  readonly ContainersRunning: number;
}

export const engineFacts = async (engine: Engine): Promise<EngineFacts> => {
  const info = await call(engine, 'info', () => engine.docker.info() as Promise<InfoAnswer>);
  return {
    version: info.ServerVersion,
    storageDriver: info.Driver,
    liveRestore: info.LiveRestoreEnabled,
    logDriver: info.LoggingDriver,
    cgroupVersion: info.CgroupVersion ?? '1',
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    rootDir: info.DockerRootDir,
    containersRunning: info.ContainersRunning,
  };
};
