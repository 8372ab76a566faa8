/** Reads a folder of a release without following any link. */
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { byteOrder, checkLinkTarget, cleanPath, fileError, refusal, type TreeLimits } from './release-rules';

/** `path` is relative with `/`; parents come before their children in byte order of the path. */
export type TreeEntry =
  | { readonly kind: 'dir'; readonly path: string; readonly empty: boolean }
  | { readonly kind: 'file'; readonly path: string; readonly size: number; readonly executable: boolean }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

interface Found {
  readonly entries: TreeEntry[];
  bytes: number;
}

async function readEntry(root: string, path: string): Promise<TreeEntry> {
  const stat = await lstat(join(root, path));
  if (stat.isDirectory()) return { kind: 'dir', path, empty: false };
  if (stat.isFile()) return { kind: 'file', path, size: stat.size, executable: (stat.mode & 0o111) !== 0 };
  if (!stat.isSymbolicLink()) throw refusal('device', { path });
  const target = await readlink(join(root, path));
  checkLinkTarget(path, target);
  return { kind: 'link', path, target };
}

function take(found: Found, entry: TreeEntry, limits: TreeLimits): void {
  found.entries.push(entry);
  if (found.entries.length > limits.entries) throw refusal('too_many_files', { limit: limits.entries });
  if (entry.kind !== 'file') return;
  if (entry.size > limits.fileBytes) throw refusal('too_large', { path: entry.path, limit: limits.fileBytes });
  found.bytes += entry.size;
  if (found.bytes > limits.totalBytes) throw refusal('too_large', { limit: limits.totalBytes });
}

async function readFolder(
  root: string,
  folder: string,
  found: Found,
  limits: TreeLimits,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  const names = (await readdir(join(root, folder))).filter((name) => folder !== '' || name !== '.git');
  // Before a million names become a million calls.
  if (found.entries.length + names.length > limits.entries) throw refusal('too_many_files', { limit: limits.entries });
  const entries = await Promise.all(
    names.map((name) => readEntry(root, cleanPath(folder === '' ? name : `${folder}/${name}`))),
  );
  for (const entry of entries) {
    if (entry.kind !== 'dir') take(found, entry, limits);
    else take(found, { ...entry, empty: await readFolder(root, entry.path, found, limits, signal) }, limits);
  }
  return names.length === 0;
}

/** All entries below `root`, sorted; a `.git` at the top is not part of a release. Links and limits are checked here. */
export async function walkTree(
  root: string,
  limits: TreeLimits,
  signal: AbortSignal,
): Promise<{ readonly entries: readonly TreeEntry[]; readonly bytes: number }> {
  const found: Found = { entries: [], bytes: 0 };
  try {
    await readFolder(root, '', found, limits, signal);
  } catch (error) {
    throw fileError(error, root);
  }
  found.entries.sort((a, b) => byteOrder(a.path, b.path));
  return found;
}
