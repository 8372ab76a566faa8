import { ulid } from 'ulid';
import { LABEL, ProvisionError, type Mount } from '../../provisioners/contracts';
import type { Instance } from '../domain/instance';
import { taskContainer, volumeName } from '../domain/names';
import type { World } from '../steps/world';

const DAY_MS = 24 * 60 * 60_000;
const AT_ONCE = 12;
/** 2,556 instances take fewer turns than a day has. */
const PER_TURN = 24;
const TIME_MS = 5 * 60_000;
const MIB = 1024 ** 2;

interface Weighed {
  readonly instance: Instance;
  readonly volumes: readonly string[];
}

const volumesOf = (world: World, instance: Instance): readonly string[] =>
  (world.apps.get(instance.app)?.volumes ?? []).map(({ key }) =>
    volumeName({ installation: world.installation.name }, instance.app, instance.wilayahKode, key),
  );

/** Image of any release that is installed: each has `du`. */
const someImage = async (world: World, some: readonly Weighed[]): Promise<string | null> => {
  for (const { instance } of some) {
    const release = instance.releaseId === null ? null : await world.transact.read.releases.find(instance.releaseId);
    if (release?.image != null) return release.image;
  }
  return null;
};

/** Bytes each volume takes on disk. The helper sees them read-only, without a network, at the lowest share of the CPU. */
export const weigh = async (
  world: Pick<World, 'session' | 'installation'>,
  image: string,
  volumes: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> => {
  const mounts = volumes.map((source, at): Mount => ({
    type: 'volume',
    source,
    target: `/ukur/${at}`,
    readOnly: true,
  }));
  const result = await world.session.runOnce(
    {
      name: taskContainer({ installation: world.installation.name }, ulid(), 'ukur'),
      image,
      labels: { [LABEL.role]: 'oneshot' },
      command: ['du', '-s', '-x', '--block-size=1', ...mounts.map((mount) => mount.target)],
      env: {},
      user: '0:0',
      mounts,
      networks: [],
      readOnlyRoot: true,
      capabilities: ['DAC_READ_SEARCH'],
      limits: { memoryBytes: 128 * MIB, memoryReservationBytes: 32 * MIB, pids: 16, cpuShares: 2 },
      restart: 'no',
    },
    { signal: AbortSignal.any([signal, AbortSignal.timeout(TIME_MS)]) },
  );
  const lines = result.stdout.split('\n').flatMap((line) => {
    const found = /^(\d+)\t\/ukur\/(\d+)$/.exec(line);
    const name = volumes[Number(found?.[2])];
    return found === null || name === undefined ? [] : [[name, Number(found[1])] as const];
  });
  return new Map(lines);
};

const weighGroup = async (world: World, group: readonly Weighed[], signal: AbortSignal): Promise<void> => {
  const image = await someImage(world, group);
  if (image === null) return;
  const bytes = await weigh(
    world,
    image,
    group.flatMap((one) => one.volumes),
    signal,
  );
  for (const { instance, volumes } of group) {
    const known = volumes.flatMap((name) => bytes.get(name) ?? []);
    const disk = known.length === volumes.length ? known.reduce((sum, one) => sum + one, 0) : null;
    const own = world.apps.get(instance.app)?.database === 'own' ? instance.schemaName : null;
    const schema = own === null ? null : await world.databaseServer.sizeBytes(own);
    await world.transact.read.uses.weigh(instance.id, disk, schema, new Date());
  }
};

/** Weighs the volumes and own schemas of the instances whose turn it is; each comes about once a day. */
export const weighSome = async (world: World, signal: AbortSignal): Promise<void> => {
  const { read } = world.transact;
  const ids = await read.uses.dueForDisk(new Date(Date.now() - DAY_MS), PER_TURN);
  const found = await Promise.all(ids.map((id) => read.instances.find(id)));
  const due = found.flatMap((instance): Weighed[] =>
    instance === null ? [] : [{ instance, volumes: volumesOf(world, instance) }],
  );
  for (let at = 0; at < due.length; at += AT_ONCE) {
    const group = due.slice(at, at + AT_ONCE);
    await weighGroup(world, group, signal).catch(async (error: unknown) => {
      if (!(error instanceof ProvisionError) || signal.aborted) throw error;
      // One volume that is not there must not keep the others from being weighed.
      for (const one of group) await weighGroup(world, [one], signal).catch(() => giveUp(world, one));
    });
  }
};
const giveUp = (world: World, { instance }: Weighed): Promise<void> =>
  world.transact.read.uses.weigh(instance.id, null, null, new Date());
