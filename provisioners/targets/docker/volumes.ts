import { LABEL, ProvisionError, type Labels, type VolumeFacts, type VolumeSpec } from '../../contracts';
import { call, labelFilter, lookUp, mustBeOurs, owned, type Engine } from './engine';

interface VolumeAnswer {
  readonly Name: string;
  readonly Mountpoint: string;
  readonly Labels: Labels | null;
}
const existing = async (engine: Engine, name: string): Promise<VolumeAnswer | null> => {
  const volume: VolumeAnswer | null = await lookUp(engine, 'inspect volume', () =>
    engine.docker.getVolume(name).inspect(),
  );
  if (volume !== null) mustBeOurs(engine, 'volume', name, volume.Labels);
  return volume;
};

/** Creating a volume that exists leaves it as it is, so its labels are read back afterwards. */
export const ensureVolume = async (engine: Engine, spec: VolumeSpec): Promise<VolumeFacts> => {
  await call(engine, 'create volume', () =>
    engine.docker.createVolume({ Name: spec.name, Labels: owned(engine, spec.labels) }),
  );
  const volume = await existing(engine, spec.name);
  if (volume === null)
    throw new ProvisionError('failed', `The volume ${spec.name} vanished`, { kind: 'volume', name: spec.name });
  const differs = Object.entries(spec.labels).some(
    ([key, value]) => key !== LABEL.installation && volume.Labels?.[key] !== value,
  );
  if (differs)
    throw new ProvisionError('conflict', `The volume ${spec.name} differs`, {
      kind: 'volume',
      name: spec.name,
      reason: 'different',
    });
  return { name: volume.Name, mountpoint: volume.Mountpoint };
};

/** The engine would create a missing volume by itself, without our label: ProvisionError('not_found') instead. */
export const volumeMustBeOurs = async (engine: Engine, name: string): Promise<void> => {
  if ((await existing(engine, name)) === null)
    throw new ProvisionError('not_found', `No volume ${name}`, { kind: 'volume', name });
};

/** Helpers that hold the volume: one whose maker was killed would keep it for ever. */
const removeHelpersOf = async (engine: Engine, volume: string): Promise<void> => {
  const filters = { label: labelFilter(engine, { [LABEL.role]: 'helper' }), volume: [volume] };
  const found = await call(engine, 'list helpers', () => engine.docker.listContainers({ all: true, filters }));
  for (const { Id: id } of found)
    await lookUp(
      engine,
      'remove helper',
      () => engine.docker.getContainer(id).remove({ force: true }) as Promise<unknown>,
    );
};

/** Absent is fine; one in use by a workload is ProvisionError('conflict'). */
export const removeVolume = async (engine: Engine, name: string): Promise<void> => {
  if ((await existing(engine, name)) === null) return;
  const remove = (): Promise<unknown> =>
    lookUp(engine, 'remove volume', () => engine.docker.getVolume(name).remove() as Promise<unknown>);
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof ProvisionError) || error.code !== 'conflict') throw error;
    // Only now: to find them the engine looks at every container it has.
    await removeHelpersOf(engine, name);
    await remove();
  }
};
