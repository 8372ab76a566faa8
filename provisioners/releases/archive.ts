/** A release in one file: zip, tar or gzipped tar. The content decides, never the name. */
import { createReadStream, statSync } from 'node:fs';
import { mkdtemp, open, readdir, rename, rmdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ReleaseSource } from '../contracts';
import { DEFAULT_LIMITS, fileError, refusal, type TreeLimits, type TreeSize } from '../lib/release-rules';
import { walkTree } from '../lib/release-walk';
import { isTarHeader, readTar, surveyTar } from './tar';
import { layTree, type TreeWriter } from './tree-writer';
import { readZip, surveyZip } from './zip';

type Format = 'zip' | 'gzip' | 'tar';

async function formatOf(path: string): Promise<Format> {
  const handle = await open(path, 'r');
  const head = Buffer.alloc(512);
  const { bytesRead } = await handle.read(head, 0, 512, 0).finally(() => handle.close());
  if (bytesRead >= 4 && head.readUInt16BE(0) === 0x504b && (head[2] === 3 || head[2] === 5)) return 'zip';
  if (bytesRead >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'gzip';
  if (isTarHeader(head.subarray(0, bytesRead))) return 'tar';
  throw refusal('not_an_archive', { path: basename(path) });
}

/** Archives often wrap everything in one folder named after the tag. */
async function stripSingleFolder(into: string): Promise<void> {
  const names = await readdir(into, { withFileTypes: true });
  const only = names[0];
  if (names.length !== 1 || only?.isDirectory() !== true) return;
  const aside = await mkdtemp(join(into, '.top-'));
  const top = join(aside, 'top');
  await rename(join(into, only.name), top);
  for (const name of await readdir(top)) await rename(join(top, name), join(into, name));
  await rmdir(top);
  await rmdir(aside);
}

const labelOf = (location: string): string => basename(location).replace(/\.(zip|tar\.gz|tgz|tar)$/i, '');

interface Archive {
  readonly path: string;
  readonly format: Format;
  readonly size: number;
}

async function openArchive(path: string): Promise<Archive> {
  try {
    return { path, format: await formatOf(path), size: (await stat(path)).size };
  } catch (error) {
    throw fileError(error, path);
  }
}

interface ReadOptions {
  readonly limits: TreeLimits;
  readonly signal: AbortSignal;
}
/** Reads it once without writing anything: what is too large is refused before it fills a disk. */
async function survey({ path, format }: Archive, options: ReadOptions): Promise<TreeSize> {
  try {
    if (format === 'zip') return await surveyZip(path, options);
    const compression = format === 'gzip' ? 'gzip' : 'none';
    return await surveyTar(createReadStream(path), { compression, ...options });
  } catch (error) {
    throw fileError(error, path);
  }
}

async function unpack(
  archive: Archive,
  into: string,
  options: ReadOptions,
  writer: TreeWriter,
  onPacked: (bytes: number) => void,
): Promise<void> {
  if (archive.format === 'zip') await readZip(archive.path, options, writer, onPacked);
  else {
    const compression = archive.format === 'gzip' ? 'gzip' : 'none';
    await readTar(createReadStream(archive.path), { compression, ...options }, writer, onPacked);
  }
  await writer.finish();
  await stripSingleFolder(into);
  // Stripping moves links one level up: what pointed beside the wrapper now points outside.
  await walkTree(into, options.limits, options.signal);
}

/** Progress counts the bytes of the archive that have been read. */
export const createArchiveSource = (limits: TreeLimits = DEFAULT_LIMITS): ReleaseSource => ({
  name: 'archive',
  accepts: (location) => statSync(location, { throwIfNoEntry: false })?.isFile() === true,
  async fetch(request, into, progress, signal) {
    signal.throwIfAborted();
    const archive = await openArchive(request.location);
    const onPacked = (done: number): void => progress(Math.min(done, archive.size), archive.size);
    const ignore = (): void => undefined;
    const size = await survey(archive, { limits, signal });
    await layTree(into, { size, limits }, ignore, (writer) =>
      unpack(archive, into, { limits, signal }, writer, onPacked),
    );
    onPacked(archive.size);
    return { label: labelOf(request.location) };
  },
});
