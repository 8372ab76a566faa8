/** Releases are stored once, as immutable archives, and leave the store as tar streams. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack, type Header, type Pack } from 'tar-stream';
import { asError, DEFAULT_LIMITS, fileError, refusal } from './release-rules';
import type { Progress } from './release-tree';
import { walkTree, type TreeEntry } from './release-walk';
import { requireRoom, toldRoom } from './room';

/** Where a stored tree lies. `kept` = it was there already. */
export interface StoredTree {
  readonly path: string;
  readonly bytes: number;
  readonly outcome: 'stored' | 'kept';
}

const IN_MEMORY_MAX = 4 * 1024 ** 2;
/** 2020-01-01: the same tree always gives the same archive. */
const MTIME = new Date(1_577_836_800_000);
const SAFE_NAME = /^[0-9A-Za-z][\w.+-]{0,100}$/;

type TarHeader = Pick<Header, 'name'> & Partial<Header>;

const headerOf = (entry: TreeEntry): TarHeader => {
  const base = { uid: 0, gid: 0, uname: 'root', gname: 'root', mtime: MTIME };
  if (entry.kind === 'dir') return { ...base, name: `${entry.path}/`, type: 'directory', mode: 0o755 };
  if (entry.kind === 'link') return { ...base, name: entry.path, type: 'symlink', linkname: entry.target, mode: 0o777 };
  return { ...base, name: entry.path, type: 'file', size: entry.size, mode: entry.executable ? 0o755 : 0o644 };
};

const packWhole = (tar: Pack, header: TarHeader, content: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    tar.entry(header, content, (error) => (error ? reject(error) : resolve()));
  });

async function packEntry(tar: Pack, root: string, entry: TreeEntry): Promise<void> {
  const header = headerOf(entry);
  if (entry.kind !== 'file') return packWhole(tar, header, Buffer.alloc(0));
  const path = join(root, entry.path);
  if (entry.size > IN_MEMORY_MAX) return pipeline(createReadStream(path), tar.entry(header));
  const content = await readFile(path);
  // A file that changed its size since the walk would shift everything after it.
  if (content.length !== entry.size) throw refusal('corrupt', { path: entry.path });
  return packWhole(tar, header, content);
}

async function packTree(tar: Pack, root: string, entries: readonly TreeEntry[], onBytes: (count: number) => void) {
  try {
    for (const entry of entries) {
      await packEntry(tar, root, entry);
      if (entry.kind === 'file') onBytes(entry.size);
    }
    tar.finalize();
  } catch (error) {
    tar.destroy(asError(error));
    throw error;
  }
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

interface WholeTree {
  readonly entries: readonly TreeEntry[];
  readonly bytes: number;
}
async function writeArchive(
  root: string,
  tree: WholeTree,
  path: string,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  let done = 0;
  const onBytes = (count: number): void => onProgress((done += count), tree.bytes);
  const tar = pack();
  const sink = createWriteStream(path, { flags: 'wx', mode: 0o444 });
  const written = pipeline(Readable.from(tar, { objectMode: false }), createGzip({ level: 1 }), sink, { signal });
  const results = await Promise.allSettled([packTree(tar, root, tree.entries, onBytes), written]);
  signal.throwIfAborted();
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  await syncPath(path);
}

/**
 * Writes `<storeDir>/<app>/<version>-<checksum12>.tar.gz`: sorted, level 1, 0:0, 0644/0755, fixed time. The file is complete
 * or absent; the same checksum twice changes nothing.
 */
export async function storeTree(
  root: string,
  storeDir: string,
  name: { readonly app: string; readonly version: string; readonly checksum: string },
  onProgress: Progress,
  signal: AbortSignal,
): Promise<StoredTree> {
  if (![name.app, name.version, name.checksum].every((part) => SAFE_NAME.test(part)))
    throw refusal('version_invalid', { app: name.app, version: name.version });
  const folder = join(storeDir, name.app);
  const path = join(folder, `${name.version}-${name.checksum.slice(0, 12)}.tar.gz`);
  const kept = await stat(path).catch(() => null);
  if (kept !== null) return { path, bytes: kept.size, outcome: 'kept' };
  const temporary = join(folder, `.tmp-${process.pid}-${randomUUID()}`);
  const tree = await walkTree(root, DEFAULT_LIMITS, signal);
  // PHP and pictures together pack to a third or so.
  const room = Math.ceil(tree.bytes / 2);
  try {
    await mkdir(folder, { recursive: true });
    await requireRoom(folder, room);
    await writeArchive(root, tree, temporary, onProgress, signal);
    await rename(temporary, path);
    await syncPath(folder);
  } catch (error) {
    await rm(temporary, { force: true });
    throw await toldRoom(fileError(error, folder), folder, room);
  }
  return { path, bytes: (await stat(path)).size, outcome: 'stored' };
}

/** Re-roots every entry of a tar below `prefix`, e.g. `app`. */
function reroot(plain: Readable, prefix: string, out: PassThrough): void {
  const unpack = extract();
  const tar = pack();
  unpack.on('entry', (header, content, next) => {
    const entry = tar.entry({ ...header, name: `${prefix}/${header.name}`, pax: null }, (error) => next(error ?? null));
    content.pipe(entry);
  });
  unpack.on('finish', () => tar.finalize());
  const fail = (error: Error): void => void out.destroy(error);
  pipeline(plain, unpack).catch(fail);
  pipeline(Readable.from(tar, { objectMode: false }), out).catch(fail);
}

/** Plain tar streams of a stored archive, each call a new one; `prefix` puts everything below a folder (`app`). */
export function openTree(path: string, prefix = ''): () => Readable {
  const folder = prefix.replace(/^\/+|\/+$/g, '');
  return () => {
    const out = new PassThrough();
    const gunzip = createGunzip();
    const fail = (error: Error): void => void out.destroy(error);
    if (folder === '') pipeline(createReadStream(path), gunzip, out).catch(fail);
    else {
      pipeline(createReadStream(path), gunzip).catch(fail);
      reroot(gunzip, folder, out);
    }
    return out;
  };
}

/** Texts of the files of a stored archive whose path inside the tree fits, by that path. */
export async function readTreeTexts(path: string, wanted: RegExp): Promise<ReadonlyMap<string, string>> {
  const unpack = extract();
  const texts = new Map<string, string>();
  unpack.on('entry', (header, content, next) => {
    const chunks: Buffer[] = [];
    const isWanted = header.type === 'file' && wanted.test(header.name);
    content.on('data', (chunk) => {
      if (isWanted && Buffer.isBuffer(chunk)) chunks.push(chunk);
    });
    content.on('end', () => {
      if (isWanted) texts.set(header.name, Buffer.concat(chunks).toString('utf8'));
      next();
    });
  });
  await pipeline(openTree(path)(), unpack).catch((error: unknown) => {
    throw fileError(error, path);
  });
  return texts;
}

/** Content of one file of a stored archive (path inside the tree); null when it has no such file. */
export async function readTreeFile(path: string, name: string): Promise<Buffer | null> {
  const source = openTree(path)();
  const unpack = extract();
  const chunks: Buffer[] = [];
  let isFound = false;
  const done = new AbortController();
  unpack.on('entry', (header, content, next) => {
    const isWanted = header.type === 'file' && header.name === name;
    content.on('data', (chunk) => {
      if (isWanted && Buffer.isBuffer(chunk)) chunks.push(chunk);
    });
    content.on('end', () => {
      isFound ||= isWanted;
      if (isFound) done.abort();
      else next();
    });
  });
  await pipeline(source, unpack, { signal: done.signal }).catch((error: unknown) => {
    if (!isFound) throw fileError(error, path);
  });
  return isFound ? Buffer.concat(chunks) : null;
}
