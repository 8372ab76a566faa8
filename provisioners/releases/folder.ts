/** A release that lies unpacked in a folder of this machine, e.g. a USB stick. */
import { constants, statSync } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { ReleaseSource } from '../contracts';
import { DEFAULT_LIMITS, fileError, refusal, type TreeLimits } from '../lib/release-rules';
import { walkTree, type TreeEntry } from '../lib/release-walk';
import { createTreeWriter, layOrLeaveEmpty, type TreeWriter } from './tree-writer';

async function copyEntry(from: string, entry: TreeEntry, writer: TreeWriter, signal: AbortSignal): Promise<void> {
  if (entry.kind === 'dir') return writer.dir(entry.path);
  if (entry.kind === 'link') return writer.symlink(entry.path, entry.target);
  // O_NOFOLLOW: the folder may change under us; O_NONBLOCK: a fifo put there meanwhile must not hang us.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(join(from, entry.path), flags);
  const content = handle.createReadStream();
  try {
    if (!(await handle.stat()).isFile()) throw refusal('device', { path: entry.path });
    await writer.file(entry.path, entry.executable, content, signal);
  } finally {
    content.destroy();
    await finished(content).catch(() => undefined);
  }
}

/** `location/<tag>` when there is such a folder (a collection of releases), else `location`. */
async function releaseFolder(location: string, tag: string | undefined): Promise<string> {
  if (tag !== undefined && /^[\w][\w.+-]*$/.test(tag)) {
    const collected = join(location, tag);
    const isFolder = await stat(collected).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isFolder) return realpath(collected);
  }
  return realpath(location);
}

/** Release folders; `.git` at the top is left out. */
export const createFolderSource = (limits: TreeLimits = DEFAULT_LIMITS): ReleaseSource => ({
  name: 'folder',
  accepts: (location) => statSync(location, { throwIfNoEntry: false })?.isDirectory() === true,
  async fetch(request, into, progress, signal) {
    return layOrLeaveEmpty(into, async () => {
      const from = await releaseFolder(request.location, request.tag).catch((error: unknown) => {
        throw fileError(error, request.location);
      });
      if (!(await stat(from)).isDirectory()) throw refusal('not_a_folder', { path: from });
      const tree = await walkTree(from, limits, signal);
      progress(0, tree.bytes);
      const writer = createTreeWriter(into, limits, (done) => progress(Math.min(done, tree.bytes), tree.bytes));
      for (const entry of tree.entries) {
        signal.throwIfAborted();
        await copyEntry(from, entry, writer, signal);
      }
      await writer.finish();
      return { label: basename(from) };
    });
  },
});
