import { randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import {
  LABEL,
  ProvisionError,
  type ImageBuild,
  type ImageConfig,
  type ImageFacts,
  type Labels,
  type ProgressSink,
} from '../../contracts';
import { LineCutter } from '../../lib/lines';
import { requireRoom, toldRoom } from '../../lib/room';
import { call, labelFilter, lookUp, mustBeOurs, owned, type Engine } from './engine';
import { execIn } from './exec';
import { attachedRun } from './attach';

interface CommitAnswer {
  readonly Id: string;
}
const split = (tag: string): { repo: string; tag: string } => {
  const colon = tag.lastIndexOf(':');
  return colon > tag.lastIndexOf('/')
    ? { repo: tag.slice(0, colon), tag: tag.slice(colon + 1) }
    : { repo: tag, tag: 'latest' };
};

const factsOf = (
  image: { Id: string; RepoTags?: string[] | null | undefined; Size: number },
  labels: Labels | null | undefined,
): ImageFacts => ({
  id: image.Id,
  tags: (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
  labels: labels ?? {},
  sizeBytes: image.Size,
});

const byReference = async (engine: Engine, reference: string): Promise<ImageFacts | null> => {
  const image = await lookUp(engine, 'inspect image', () => engine.docker.getImage(reference).inspect());
  return image === null ? null : factsOf(image, image.Config.Labels);
};

/** By tag (whoever made it), or the oldest one that carries all labels. */
export const findImage = async (
  engine: Engine,
  match: { readonly tag: string } | { readonly labels: Labels; readonly anyInstallation?: boolean },
): Promise<ImageFacts | null> => {
  if ('tag' in match) return byReference(engine, match.tag);
  const label =
    match.anyInstallation === true
      ? Object.entries(match.labels).map(([key, value]) => `${key}=${value}`)
      : labelFilter(engine, match.labels);
  const found = await call(engine, 'list images', () => engine.docker.listImages({ filters: { label } }));
  found.sort((a, b) => a.Created - b.Created);
  const oldest = found[0];
  return oldest === undefined ? null : factsOf(oldest, oldest.Labels);
};

/** Images of this installation with these labels. */
export const listImages = async (engine: Engine, labels: Labels): Promise<readonly ImageFacts[]> => {
  const found = await call(engine, 'list images', () =>
    engine.docker.listImages({ filters: { label: labelFilter(engine, labels) } }),
  );
  return found.map((image) => factsOf(image, image.Labels));
};

const mustExist = async (engine: Engine, reference: string): Promise<ImageFacts> => {
  const image = await byReference(engine, reference);
  if (image === null) throw new ProvisionError('not_found', `No image ${reference}`, { image: reference });
  return image;
};

/** A tag that points to an image no SiapPakai made is never moved. */
const tagMustBeFree = async (engine: Engine, tag: string): Promise<void> => {
  const holder = await byReference(engine, tag);
  if (holder === null || holder.labels[LABEL.installation] !== undefined) return;
  throw new ProvisionError('conflict', `The image ${tag} exists and is not ours`, {
    kind: 'image',
    name: tag,
    reason: 'foreign',
  });
};

const engineConfig = (config: ImageConfig, labels: Labels): Record<string, unknown> => ({
  Labels: labels,
  Entrypoint: config.entrypoint ?? [],
  Cmd: config.command ?? [],
  ...(config.env === undefined ? {} : { Env: Object.entries(config.env).map(([key, value]) => `${key}=${value}`) }),
  ...(config.user === undefined ? {} : { User: config.user }),
  ...(config.workingDir === undefined ? {} : { WorkingDir: config.workingDir }),
  ...(config.stopSignal === undefined ? {} : { StopSignal: config.stopSignal }),
});

const quoted = (value: string): string => `"${value.replace(/(["\\$])/g, '\\$1')}"`;
/** The same configuration as Dockerfile instructions, the only form an import takes. */
export const changesOf = (config: ImageConfig, labels: Labels): string[] => [
  ...Object.entries(labels).map(([key, value]) => `LABEL ${quoted(key)}=${quoted(value)}`),
  ...Object.entries(config.env ?? {}).map(([key, value]) => `ENV ${key}=${quoted(value)}`),
  ...(config.entrypoint === undefined ? [] : [`ENTRYPOINT ${JSON.stringify(config.entrypoint)}`]),
  ...(config.command === undefined ? [] : [`CMD ${JSON.stringify(config.command)}`]),
  ...(config.user === undefined ? [] : [`USER ${config.user}`]),
  ...(config.workingDir === undefined ? [] : [`WORKDIR ${config.workingDir}`]),
  ...(config.stopSignal === undefined ? [] : [`STOPSIGNAL ${config.stopSignal}`]),
];

interface ImportLine {
  readonly status?: string;
  readonly error?: string;
}
const BUILD_DEADLINE_MS = 3_600_000;

/** Makes a base image from the tar of a root file system. */
export const importImage = async (
  engine: Engine,
  tag: string,
  tar: NodeJS.ReadableStream,
  labels: Labels,
  config: ImageConfig,
): Promise<ImageFacts> => {
  await tagMustBeFree(engine, tag);
  const query = { ...split(tag), changes: changesOf(config, owned(engine, labels)) };
  const lines: ImportLine[] = [];
  await call(
    engine,
    'import image',
    async () => {
      const answer = await engine.docker.importImage(tar, query);
      const cutter = new LineCutter((line) => line.trim() !== '' && lines.push(JSON.parse(line) as ImportLine));
      for await (const chunk of answer) cutter.write(Buffer.from(chunk));
      cutter.end();
    },
    BUILD_DEADLINE_MS,
  );
  const problem = lines.find((line) => line.error !== undefined);
  if (problem !== undefined)
    throw new ProvisionError('failed', `Import of ${tag} failed`, { image: tag, lastLine: problem.error ?? '' });
  return mustExist(engine, tag);
};

const builder = async (engine: Engine, build: ImageBuild, from: ImageFacts): Promise<Docker.Container> =>
  call(engine, 'create build container', () =>
    engine.docker.createContainer({
      name: `sp-build-${randomBytes(8).toString('hex')}`,
      Image: from.id,
      User: '0:0',
      WorkingDir: '/',
      // cat ends when its input closes, so a builder that dies takes its container along.
      Entrypoint: ['cat'],
      Cmd: [],
      Env: Object.entries(build.env ?? {}).map(([key, value]) => `${key}=${value}`),
      Labels: owned(engine, { [LABEL.role]: 'build' }),
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      HostConfig: { NetworkMode: 'host', AutoRemove: true, LogConfig: { Type: 'none', Config: {} } },
    }),
  );

const runSteps = async (
  engine: Engine,
  container: Docker.Container,
  build: ImageBuild,
  onLine: ProgressSink,
  signal: AbortSignal,
): Promise<void> => {
  for (const argv of build.run) {
    signal.throwIfAborted();
    const { exitCode } = await execIn(engine, container, argv, { onLine, signal });
    if (exitCode !== 0)
      throw new ProvisionError('failed', `${argv[0] ?? ''} ended with ${exitCode} while building ${build.tag}`, {
        image: build.tag,
        command: argv.join(' ').slice(0, 300),
        exitCode,
      });
  }
};

const environment = (build: ImageBuild, from: { Config: { Env?: string[] | null } }): string[] => {
  const own = new Set(Object.keys(build.config.env ?? {}));
  const inherited = (from.Config.Env ?? []).filter((line) => !own.has(line.split('=')[0] ?? ''));
  return [...inherited, ...Object.entries(build.config.env ?? {}).map(([key, value]) => `${key}=${value}`)];
};

const commit = async (
  engine: Engine,
  container: Docker.Container,
  build: ImageBuild,
  from: ImageFacts,
): Promise<ImageFacts> => {
  const parent = await call(engine, 'inspect image', () => engine.docker.getImage(from.id).inspect());
  const body = {
    ...engineConfig(build.config, owned(engine, build.labels)),
    Env: environment(build, parent),
    User: build.config.user ?? '',
    WorkingDir: build.config.workingDir ?? '/',
  };
  const query = { container: container.id, ...split(build.tag), pause: false };
  await call(
    engine,
    'commit',
    () => container.commit({ _query: query, _body: body }) as Promise<CommitAnswer>,
    BUILD_DEADLINE_MS,
  );
  return mustExist(engine, build.tag);
};

/** What is added lies there twice for a moment: in the container and in the layer made of it. */
const roomFor = ({ bytes = 0 }: ImageBuild): number => 2 * bytes;

/** Adds to an image; on failure or abort neither container nor image is left behind. On a full disk it says what is missing. */
export const buildImage = async (
  engine: Engine,
  build: ImageBuild,
  onLine: ProgressSink,
  signal: AbortSignal,
): Promise<ImageFacts> => {
  const { rootDir } = engine;
  if (rootDir === null) return addTo(engine, build, onLine, signal);
  if (roomFor(build) > 0) await requireRoom(rootDir, roomFor(build));
  try {
    return await addTo(engine, build, onLine, signal);
  } catch (error) {
    throw await toldRoom(error, rootDir, roomFor(build));
  }
};

const addTo = async (
  engine: Engine,
  build: ImageBuild,
  onLine: ProgressSink,
  signal: AbortSignal,
): Promise<ImageFacts> => {
  signal.throwIfAborted();
  await tagMustBeFree(engine, build.tag);
  const from = await mustExist(engine, build.from);
  const container = await builder(engine, build, from);
  try {
    for (const put of build.put) {
      signal.throwIfAborted();
      await call(engine, 'put files', () => container.putArchive(put(), { path: '/' }), BUILD_DEADLINE_MS);
    }
    signal.throwIfAborted();
    if (build.run.length === 0) return await commit(engine, container, build, from);
    // Committed while it still runs: once its input closes the container ends and the engine removes it.
    return await attachedRun(engine, container, async () => {
      await runSteps(engine, container, build, onLine, signal);
      return commit(engine, container, build, from);
    });
  } finally {
    await lookUp(
      engine,
      'remove build container',
      () => container.remove({ force: true, v: true }) as Promise<unknown>,
    ).catch(() => null);
  }
};

/** Gives an image another name; a name held by somebody else's image is ProvisionError('conflict'). */
export const tagImage = async (engine: Engine, id: string, tag: string): Promise<void> => {
  await tagMustBeFree(engine, tag);
  await call(engine, 'tag image', () => engine.docker.getImage(id).tag(split(tag)) as Promise<unknown>);
};

/** Removes a name (or an id without names), and the image with its last name. Absent is fine; an image in use or not ours is ProvisionError('conflict'). */
export const removeImage = async (engine: Engine, tag: string): Promise<void> => {
  const holder = await byReference(engine, tag);
  if (holder === null) return;
  mustBeOurs(engine, 'image', tag, holder.labels);
  await lookUp(engine, 'remove image', () => engine.docker.getImage(tag).remove() as Promise<unknown>);
};
