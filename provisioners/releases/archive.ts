/** A release in one file: zip, tar or gzipped tar. The content decides, never the name. */
import { createReadStream, statSync } from 'node:fs';
import { mkdtemp, open, readdir, rename, rmdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ReleaseSource } from '../contracts';
import { DEFAULT_LIMITS, fileError, refusal, type TreeLimits } from '../lib/release-rules';
import { walkTree } from '../lib/release-walk';
import { isTarHeader, readTar } from './tar';
import { createTreeWriter, layOrLeaveEmpty } from './tree-writer';
import { readZip } from './zip';

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

/** Progress counts the bytes of the archive that have been read. */
export const createArchiveSource = (limits: TreeLimits = DEFAULT_LIMITS): ReleaseSource => ({
  name: 'archive',
  accepts: (location) => statSync(location, { throwIfNoEntry: false })?.isFile() === true,
  async fetch(request, into, progress, signal) {
    const { location } = request;
    return layOrLeaveEmpty(into, async () => {
      const { format, size } = await (async () => ({
        format: await formatOf(location),
        size: (await stat(location)).size,
      }))().catch((error: unknown) => {
        throw fileError(error, location);
      });
      const writer = createTreeWriter(into, limits, () => undefined);
      const onPacked = (done: number): void => progress(Math.min(done, size), size);
      if (format === 'zip') await readZip(location, { limits, signal }, writer, onPacked);
      else {
        const compression = format === 'gzip' ? 'gzip' : 'none';
        await readTar(createReadStream(location), { compression, limits, signal }, writer, onPacked);
      }
      await writer.finish();
      await stripSingleFolder(into);
      // Stripping moves links one level up: what pointed beside the wrapper now points outside.
      await walkTree(into, limits, signal);
      progress(size, size);
      return { label: labelOf(location) };
    });
  },
});
