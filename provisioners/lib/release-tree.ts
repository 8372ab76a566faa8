/** The checksum of a release on disk. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inParallel } from './in-parallel';
import { DEFAULT_LIMITS, fileError, type TreeLimits } from './release-rules';
import { walkTree, type TreeEntry } from './release-walk';

/** `checksum` = sha256 hex over paths, kinds, x bits, link targets and contents; empty folders count, others do not. */
export interface TreeFacts {
  readonly checksum: string;
  readonly bytes: number;
  readonly files: number;
}
/** Bytes of content. */
export type Progress = (done: number, total: number) => void;
/** Called with the content of every file as it is hashed (whole up to `CONTENT_MAX`, else its first bytes). */
export type ContentVisitor = (path: string, content: Buffer) => void;

const CONTENT_MAX = 4 * 1024 ** 2;
const LANES = 6;

async function hashFile(path: string, size: number, visit: (content: Buffer) => void): Promise<string> {
  const hash = createHash('sha256');
  if (size <= CONTENT_MAX) {
    const content = await readFile(path);
    visit(content);
    return hash.update(content).digest('hex');
  }
  let isFirst = true;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 })) {
    if (!Buffer.isBuffer(chunk)) continue;
    if (isFirst) visit(chunk);
    isFirst = false;
    hash.update(chunk);
  }
  return hash.digest('hex');
}

const lineOf = (entry: TreeEntry, contentHash: string): string => {
  if (entry.kind === 'dir') return entry.empty ? `d ${entry.path}\0` : '';
  if (entry.kind === 'link') return `l ${entry.path}\0${entry.target}\0`;
  return `${entry.executable ? 'x' : 'f'} ${entry.path}\0${contentHash}\0`;
};

/** Hashes a tree, checking limits and links again. The same content from any source gives the same checksum. */
export async function inspectTree(
  root: string,
  options: {
    readonly signal: AbortSignal;
    readonly limits?: TreeLimits;
    readonly onProgress?: Progress;
    readonly onContent?: ContentVisitor;
  },
): Promise<TreeFacts> {
  const { signal } = options;
  const tree = await walkTree(root, options.limits ?? DEFAULT_LIMITS, signal);
  const lines: string[] = tree.entries.map((entry) => lineOf(entry, ''));
  let done = 0;
  await inParallel(tree.entries, LANES, signal, async (entry, index) => {
    if (entry.kind !== 'file') return;
    const visit = (content: Buffer): void => options.onContent?.(entry.path, content);
    lines[index] = lineOf(entry, await hashFile(join(root, entry.path), entry.size, visit));
    done += entry.size;
    options.onProgress?.(done, tree.bytes);
  }).catch((error: unknown) => {
    throw fileError(error, root);
  });
  const files = tree.entries.filter((entry) => entry.kind === 'file').length;
  return { checksum: createHash('sha256').update(lines.join('')).digest('hex'), bytes: tree.bytes, files };
}
