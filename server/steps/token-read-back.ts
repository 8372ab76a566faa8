import { ProvisionError, type AppAdapter, type FileSpec, type InstanceContext } from '../../provisioners/contracts';
import { configVolume } from '../domain/names';
import type { Subject } from './subject';
import type { World } from './world';

/** Files of an instance in which the desa's token stands. */
export const tokenFiles = (app: Pick<AppAdapter, 'files'>, context: InstanceContext): readonly FileSpec[] => {
  const token = context.shared['token'] ?? '';
  if (token === '') return [];
  return app.files(context).filter((file) => file.content?.includes(token) === true);
};

const readFile = async (world: World, container: string, path: string): Promise<Buffer | null> => {
  const source = configVolume(container);
  try {
    return await world.session.readFile(
      [{ type: 'volume', source, target: '/konfig', readOnly: true }],
      `/konfig/${path}`,
    );
  } catch (error) {
    if (error instanceof ProvisionError && error.code === 'not_found') return null;
    throw error;
  }
};

/**
 * Looks for the desa's newest token where its serving container has it; found everywhere it belongs, it is marked installed.
 * null = nothing to look for: the app carries none, or this one was found before.
 */
export const readTokenBack = async (
  world: World,
  subject: Pick<Subject, 'app' | 'desa'>,
  container: string,
  context: InstanceContext,
): Promise<boolean | null> => {
  const current = await world.transact.read.tokens.current(subject.desa.kode);
  const files = current?.installedAt == null ? tokenFiles(subject.app, context) : [];
  if (files.length === 0) return null;
  const token = context.shared['token'] ?? '';
  for (const { path } of files) if ((await readFile(world, container, path))?.includes(token) !== true) return false;
  await world.tokens.markInstalled(subject.desa.kode, token);
  return true;
};
