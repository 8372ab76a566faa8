import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, lchown, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { LABEL, ProvisionError, type FileSpec, type Mount, type VolumeSpec } from '../../contracts';
import { errnoOf } from '../../lib/errno';
import { noSpace } from '../../lib/room';
import { filesTar, singleFile } from '../../lib/tar';
import { call, lookUp, owned, type Engine } from './engine';
import { mountsOf } from './spec';
import { ensureVolume, volumeMustBeOurs } from './volumes';

const STALE_SECONDS = 900;
const COPY_DEADLINE_MS = 3_600_000;

/** Any image of ours will do: the helper never starts. */
const findHelperImage = async (engine: Engine): Promise<string> => {
  for (const role of ['base', 'runtime', 'mariadb']) {
    const found = await call(engine, 'list images', () =>
      engine.docker.listImages({ filters: { label: [`${LABEL.role}=${role}`] } }),
    );
    const image = found.find((one) => one.Labels?.[LABEL.installation] !== undefined);
    if (image !== undefined) return image.Id;
  }
  throw new ProvisionError('not_found', 'No image to make a helper container from', { kind: 'image', role: 'base' });
};

const known = new WeakMap<Engine, string>();
/** Found once and kept until it is gone: an engine that lists its images looks through all of them. */
const withHelperImage = async <T>(engine: Engine, work: (image: string) => Promise<T>): Promise<T> => {
  const kept = known.get(engine);
  if (kept !== undefined) {
    try {
      return await work(kept);
    } catch (error) {
      if (!(error instanceof ProvisionError) || error.code !== 'not_found') throw error;
    }
  }
  const image = await findHelperImage(engine);
  known.set(engine, image);
  return work(image);
};

const create = async (engine: Engine, mounts: readonly Mount[]): Promise<Docker.Container> => {
  await Promise.all(
    mounts.flatMap((mount) => (mount.type === 'volume' ? [volumeMustBeOurs(engine, mount.source)] : [])),
  );
  // Read-only mounts would refuse the copy; a tmpfs does not exist before a start.
  const writable = mounts.filter((mount) => mount.type !== 'tmpfs').map((mount) => ({ ...mount, readOnly: false }));
  return withHelperImage(engine, (image) =>
    call(engine, 'create helper', () =>
      engine.docker.createContainer({
        name: `sp-files-${randomBytes(8).toString('hex')}`,
        Image: image,
        Entrypoint: ['/bin/false'],
        Cmd: [],
        Labels: owned(engine, { [LABEL.role]: 'helper' }),
        NetworkDisabled: true,
        HostConfig: { NetworkMode: 'none', Mounts: mountsOf(writable) },
      }),
    ),
  );
};

const discard = async (container: Docker.Container): Promise<void> => {
  await (container.remove({ force: true }) as Promise<unknown>).catch(() => undefined);
};

const withHelper = async <T>(
  engine: Engine,
  mounts: readonly Mount[],
  work: (helper: Docker.Container) => Promise<T>,
): Promise<T> => {
  const helper = await create(engine, mounts);
  try {
    return await work(helper);
  } finally {
    await discard(helper);
  }
};

/** Puts files and folders into volumes; owner and mode as given. */
export const putFiles = async (engine: Engine, mounts: readonly Mount[], files: readonly FileSpec[]): Promise<void> => {
  if (files.length === 0) return;
  await withHelper(engine, mounts, (helper) =>
    call(engine, 'put files', () => helper.putArchive(filesTar(files), { path: '/' })),
  );
};

const FRESH_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
const writeOne = async (folder: string, file: FileSpec): Promise<void> => {
  const at = path.join(folder, file.path);
  if (path.relative(folder, at).startsWith('..'))
    throw new ProvisionError('invalid', 'Outside of the volume', { path: file.path });
  const { content, mode, uid, gid } = file;
  if (content === undefined) {
    await mkdir(at, { recursive: true });
  } else {
    await mkdir(path.dirname(at), { recursive: true });
    const written = await open(at, FRESH_FILE, mode);
    try {
      await written.writeFile(content);
    } finally {
      await written.close();
    }
  }
  await lchown(at, uid, gid);
  await chmod(at, mode);
};
/** False where the folder of the volume is not on this machine; a helper is a third of a second and a container more. */
const writtenHere = async (engine: Engine, folder: string, files: readonly FileSpec[]): Promise<boolean> => {
  const { rootDir } = engine;
  if (rootDir === null || !folder.startsWith(`${rootDir}/`)) return false;
  const isHere = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isHere) return false;
  try {
    for (const file of files) await writeOne(folder, file);
    return true;
  } catch (error) {
    throw errnoOf(error) === 'ENOSPC' ? await noSpace(rootDir, null, error) : error;
  }
};
/** See the contract. */
export const fillVolume = async (engine: Engine, spec: VolumeSpec, files: readonly FileSpec[]): Promise<void> => {
  const { name, mountpoint } = await ensureVolume(engine, spec);
  if (await writtenHere(engine, mountpoint, files)) return;
  const target = '/isi';
  await putFiles(
    engine,
    [{ type: 'volume', source: name, target, readOnly: false }],
    files.map((file) => ({ ...file, path: path.posix.join(target, file.path) })),
  );
};

/** ProvisionError: not_found, or invalid when it is no plain file (a link is never followed). */
export const readFile = async (engine: Engine, mounts: readonly Mount[], path: string): Promise<Buffer> =>
  withHelper(engine, mounts, async (helper) => {
    const tar = await call(engine, 'read file', () => helper.getArchive({ path }));
    const content = await singleFile(tar);
    if (content === null) throw new ProvisionError('invalid', 'Not a plain file', { path });
    return content;
  });

/** Tar of a folder's content, names relative to it ('./…'). The helper lives until the stream is read or destroyed. */
export const exportFolder = async (
  engine: Engine,
  mounts: readonly Mount[],
  path: string,
): Promise<NodeJS.ReadableStream> => {
  const helper = await create(engine, mounts);
  try {
    const tar = await call(engine, 'export folder', () => helper.getArchive({ path: `${path.replace(/\/+$/, '')}/.` }));
    const out = new PassThrough();
    tar.on('error', (error: Error) => out.destroy(error));
    tar.pipe(out);
    void finished(out)
      .catch(() => undefined)
      .then(() => discard(helper));
    return out;
  } catch (error) {
    await discard(helper);
    throw error;
  }
};

/** Unpacks a tar (as exportFolder makes it) into an existing folder. */
export const importFolder = async (
  engine: Engine,
  mounts: readonly Mount[],
  path: string,
  tar: NodeJS.ReadableStream,
): Promise<void> => {
  await withHelper(engine, mounts, (helper) =>
    call(engine, 'import folder', () => helper.putArchive(tar, { path }), COPY_DEADLINE_MS),
  );
};

/** Removes helpers whose maker died between create and remove. */
export const sweepHelpers = async (engine: Engine): Promise<void> => {
  const label = Object.entries(owned(engine, { [LABEL.role]: 'helper' })).map(([key, value]) => `${key}=${value}`);
  const found = await call(engine, 'list helpers', () =>
    engine.docker.listContainers({ all: true, filters: { label, status: ['created'] } }),
  );
  const limit = Date.now() / 1000 - STALE_SECONDS;
  for (const stale of found.filter((container) => container.Created < limit)) {
    await lookUp(
      engine,
      'remove helper',
      () => engine.docker.getContainer(stale.Id).remove({ force: true }) as Promise<unknown>,
    );
  }
};
