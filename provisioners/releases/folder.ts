/** A release that lies unpacked in a folder of this machine, e.g. a USB stick. */
import { constants, statSync } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ReleaseSource } from '../contracts';
import { inParallel } from '../lib/in-parallel';
import { DEFAULT_LIMITS, fileError, refusal, type TreeLimits } from '../lib/release-rules';
import { walkTree, type TreeEntry } from '../lib/release-walk';
import { layTree, SMALL_FILE, type TreeWriter } from './tree-writer';

type FileEntry = Extract<TreeEntry, { readonly kind: 'file' }>;

async function copyFile(from: string, entry: FileEntry, writer: TreeWriter, signal: AbortSignal): Promise<void> {
  // O_NOFOLLOW: the folder may change under us; O_NONBLOCK: a fifo put there meanwhile must not hang us.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(join(from, entry.path), flags);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw refusal('device', { path: entry.path });
    const content = found.size <= SMALL_FILE ? await handle.readFile() : handle.createReadStream({ autoClose: false });
    await writer.file(entry.path, entry.executable, content, signal);
  } finally {
    await handle.close();
  }
}

/** Folders and links first and in order, then files side by side: their folders are there already. */
async function copyTree(
  from: string,
  entries: readonly TreeEntry[],
  writer: TreeWriter,
  signal: AbortSignal,
): Promise<void> {
  for (const entry of entries) {
    if (entry.kind === 'dir') await writer.dir(entry.path);
    if (entry.kind === 'link') await writer.symlink(entry.path, entry.target);
  }
  const files = entries.filter((entry) => entry.kind === 'file');
  await inParallel(files, 4, signal, (entry) => copyFile(from, entry, writer, signal));
  await writer.finish();
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
    const from = await releaseFolder(request.location, request.tag).catch((error: unknown) => {
      throw fileError(error, request.location);
    });
    if (!(await stat(from)).isDirectory()) throw refusal('not_a_folder', { path: from });
    const tree = await walkTree(from, limits, signal);
    const onBytes = (done: number): void => progress(Math.min(done, tree.bytes), tree.bytes);
    onBytes(0);
    const size = { entries: tree.entries.length, bytes: tree.bytes };
    await layTree(into, { size, limits }, onBytes, (writer) => copyTree(from, tree.entries, writer, signal));
    return { label: basename(from) };
  },
});
