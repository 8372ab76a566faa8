import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import {
  LABEL,
  ProvisionError,
  type Attachment,
  type Labels,
  type WorkloadFacts,
  type WorkloadSpec,
} from '../../contracts';
import { asProvisionError, call, labelFilter, lookUp, mustBeOurs, owned, statusOf, type Engine } from './engine';
import { attach, networkMustBeOurs } from './networks';
import { createOptions, specHash } from './spec';
import { volumeMustBeOurs } from './volumes';

const INSPECT_LANES = 16;
const NAME_ATTEMPTS = 100;
const NAME_WAIT_MS = 100;
const REMOVE_PATIENCE_MS = 60_000;
const ZERO_TIME = '0001-01-01T00:00:00Z';
const STATES = ['created', 'running', 'restarting', 'exited', 'paused', 'dead'] as const;

const stateOf = (status: string): WorkloadFacts['state'] => STATES.find((state) => state === status) ?? 'dead';

/** The engine's long answer as the facts we keep. */
export const factsOf = (container: Docker.ContainerInspectInfo): WorkloadFacts => {
  const { State: state } = container;
  const running = state.Running || state.Restarting;
  const addresses = Object.entries(container.NetworkSettings.Networks ?? {}).filter(
    ([, network]) => network.IPAddress !== '',
  );
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ''),
    image: container.Config.Image,
    labels: container.Config.Labels,
    state: stateOf(state.Status),
    exitCode: running || state.Status === 'created' ? null : state.ExitCode,
    oomKilled: state.OOMKilled,
    startedAt: state.StartedAt === ZERO_TIME ? null : state.StartedAt,
    pid: state.Pid === 0 ? null : state.Pid,
    addresses: Object.fromEntries(addresses.map(([name, network]) => [name, network.IPAddress])),
  };
};

/** The container of that name; null when absent, ProvisionError('conflict') when it is not ours. */
export const inspectOurs = async (engine: Engine, name: string): Promise<Docker.ContainerInspectInfo | null> => {
  const container = await lookUp(engine, 'inspect container', () => engine.docker.getContainer(name).inspect());
  if (container !== null) mustBeOurs(engine, 'container', name, container.Config.Labels);
  return container;
};

const mustExist = async (engine: Engine, name: string): Promise<Docker.ContainerInspectInfo> => {
  const container = await inspectOurs(engine, name);
  if (container === null) throw new ProvisionError('not_found', `No container ${name}`, { kind: 'container', name });
  return container;
};

/** Our container of that name; ProvisionError: not_found, conflict. */
export const containerOf = async (engine: Engine, name: string): Promise<Docker.Container> =>
  engine.docker.getContainer((await mustExist(engine, name)).Id);

export const inspect = async (engine: Engine, name: string): Promise<WorkloadFacts | null> => {
  const container = await inspectOurs(engine, name);
  return container === null ? null : factsOf(container);
};

/** Our containers with these labels, running or not. */
export const find = async (engine: Engine, labels: Labels): Promise<readonly WorkloadFacts[]> => {
  const listed = await call(engine, 'list containers', () =>
    engine.docker.listContainers({ all: true, filters: { label: labelFilter(engine, labels) } }),
  );
  const found: WorkloadFacts[] = [];
  const queue = listed.map((one) => one.Id);
  const lane = async (): Promise<void> => {
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      const current = id;
      const container = await lookUp(engine, 'inspect container', () => engine.docker.getContainer(current).inspect());
      if (container !== null) found.push(factsOf(container));
    }
  };
  await Promise.all(Array.from({ length: INSPECT_LANES }, lane));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
};

const partsMustBeOurs = async (engine: Engine, spec: WorkloadSpec): Promise<void> => {
  const volumes = new Set(spec.mounts.flatMap((mount) => (mount.type === 'volume' ? [mount.source] : [])));
  const networks = new Set(spec.networks.map((attachment) => attachment.network));
  await Promise.all([
    ...[...volumes].map((name) => volumeMustBeOurs(engine, name)),
    ...[...networks].map((name) => networkMustBeOurs(engine, name)),
  ]);
};

/** Creates; null when the name is taken meanwhile. */
export const create = async (engine: Engine, spec: WorkloadSpec): Promise<Docker.Container | null> => {
  await partsMustBeOurs(engine, spec);
  try {
    return await engine.docker.createContainer(createOptions(spec, owned(engine, spec.labels)));
  } catch (error) {
    if (statusOf(error) === 409) return null;
    throw await asProvisionError(engine, 'create container', error);
  }
};

const isSettled = (container: Docker.ContainerInspectInfo): boolean =>
  container.State.Running || container.State.Restarting;

/** Starts one that does not run; running already is fine. */
export const startContainer = async (engine: Engine, container: Docker.Container): Promise<void> => {
  await call(engine, 'start container', async () => {
    try {
      await (container.start() as Promise<unknown>);
    } catch (error) {
      if (statusOf(error) !== 304) throw error;
    }
  });
};

/** Idempotent; another address is ProvisionError('conflict'). */
export const connectNetwork = async (engine: Engine, workload: string, attachment: Attachment): Promise<void> => {
  try {
    await attach(engine, await mustExist(engine, workload), attachment);
  } catch (error) {
    // Two at once: when the other one has attached it, only the address is left to compare.
    const now = await mustExist(engine, workload);
    if (now.NetworkSettings.Networks[attachment.network] === undefined) throw error;
    await attach(engine, now, attachment);
  }
};

/** Attaches to what is missing of the spec's networks: a creator may have died between create and attach. */
export const attachAll = async (
  engine: Engine,
  container: Docker.ContainerInspectInfo,
  attachments: readonly Attachment[],
): Promise<void> => {
  const present = container.NetworkSettings.Networks;
  for (const attachment of attachments.filter(({ network }) => present[network] === undefined)) {
    await connectNetwork(engine, container.Id, attachment);
  }
};

interface Obtained {
  readonly id: string;
  /** As it was found, or has to be completed; null = made of this spec a moment ago, and complete. */
  readonly there: Docker.ContainerInspectInfo | null;
}
// A name is taken a moment before its container can be seen, and stays so while it is being removed.
const obtain = async (engine: Engine, spec: WorkloadSpec): Promise<Obtained> => {
  for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt += 1) {
    const container = await inspectOurs(engine, spec.name);
    if (container !== null && !isGoing(container)) return { id: container.Id, there: container };
    if (container !== null) await removeById(engine, container.Id);
    const made = await create(engine, spec);
    // The engine attaches to the first network by itself.
    if (made !== null)
      return { id: made.id, there: spec.networks.length > 1 ? await mustExist(engine, made.id) : null };
    await sleep(NAME_WAIT_MS);
  }
  const details = { kind: 'container', name: spec.name, reason: 'busy' };
  throw new ProvisionError('conflict', `The name ${spec.name} stays taken`, details);
};

/** Creates and starts; the same spec is kept, another one is ProvisionError('conflict'). */
export const ensureWorkload = async (engine: Engine, spec: WorkloadSpec): Promise<WorkloadFacts> => {
  const { id, there } = await obtain(engine, spec);
  if (there !== null && there.Config.Labels[LABEL.spec] !== specHash(spec)) {
    throw new ProvisionError('conflict', `The container ${spec.name} differs`, {
      kind: 'container',
      name: spec.name,
      reason: 'different',
    });
  }
  if (there !== null) await attachAll(engine, there, spec.networks);
  if (there === null || !isSettled(there)) await startContainer(engine, engine.docker.getContainer(id));
  return factsOf(await mustExist(engine, spec.name));
};

export const start = async (engine: Engine, name: string): Promise<void> =>
  startContainer(engine, await containerOf(engine, name));

/** Absent or stopped already is fine. */
export const stop = async (engine: Engine, name: string, timeoutSeconds: number): Promise<void> => {
  const container = await inspectOurs(engine, name);
  if (container === null) return;
  const act = async (): Promise<void> => {
    try {
      await (engine.docker.getContainer(container.Id).stop({ t: timeoutSeconds }) as Promise<unknown>);
    } catch (error) {
      const status = statusOf(error);
      if (status !== 304 && status !== 404) throw error;
    }
  };
  await call(engine, 'stop container', act, (timeoutSeconds + 60) * 1000);
};

const isGoing = (container: Docker.ContainerInspectInfo): boolean =>
  container.State.Dead || container.State.Status === 'removing';

/** One attempt; false when the engine could not finish it and left a dead container behind. */
const tryRemove = async (engine: Engine, id: string): Promise<boolean> => {
  const container = engine.docker.getContainer(id);
  try {
    await (container.remove({ force: true, v: true }) as Promise<unknown>);
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return true;
    if (status !== 409 && status !== 500) throw error;
    const left = await lookUp(engine, 'inspect container', () => container.inspect());
    if (left === null) return true;
    if (!isGoing(left)) throw error;
    return false;
  }
};

/**
 * Ends and removes a container by id; absent, or being removed by somebody else, is fine. A mount that is busy for a
 * moment leaves the container dead: it is tried again until it is gone.
 */
export const removeById = async (engine: Engine, id: string): Promise<void> => {
  const deadline = Date.now() + REMOVE_PATIENCE_MS;
  while (!(await call(engine, 'remove container', () => tryRemove(engine, id)))) {
    if (Date.now() > deadline)
      throw new ProvisionError('failed', `The engine cannot remove the container ${id}`, {
        kind: 'container',
        name: id,
      });
    await sleep(NAME_WAIT_MS);
  }
};

export const remove = async (engine: Engine, name: string): Promise<void> => {
  const container = await inspectOurs(engine, name);
  if (container !== null) await removeById(engine, container.Id);
};
