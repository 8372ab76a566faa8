/** Lays the entries of an archive or a folder into an empty folder and refuses whatever could leave it or fill the disk. */
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  asError,
  checkLinkTarget,
  cleanPath,
  fileError,
  refusal,
  type TreeLimits,
  type TreeSize,
} from '../lib/release-rules';
import { requireRoom, toldRoom } from '../lib/room';

/** Paths are raw, as the archive names them. Links are made by `finish`, so nothing is ever written through one. */
export interface TreeWriter {
  dir(path: string): Promise<void>;
  /** A Buffer is written in the background, up to `LANES` at once; its failure appears at a later call or `finish`. */
  file(path: string, executable: boolean, content: Readable | Buffer, signal: AbortSignal): Promise<void>;
  symlink(path: string, target: string): Promise<void>;
  hardlink(path: string, target: string): Promise<void>;
  finish(): Promise<void>;
}

/** Contents up to this size travel as Buffers: a stream per small file costs more than the file. */
export const SMALL_FILE = 512 * 1024;
const LANES = 8;

type Kind = 'dir' | 'file' | 'link';

/** Counts bytes across all files and refuses before the disk is full. */
function createMeter(limits: TreeLimits, onBytes: (total: number) => void) {
  let total = 0;
  const add = (count: number): void => {
    total += count;
    if (total > limits.totalBytes) throw refusal('too_large', { limit: limits.totalBytes });
    onBytes(total);
  };
  const guard = (path: string): Transform => {
    let inFile = 0;
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        inFile += chunk.length;
        try {
          if (inFile > limits.fileBytes) throw refusal('too_large', { path, limit: limits.fileBytes });
          add(chunk.length);
          done(null, chunk);
        } catch (error) {
          done(asError(error));
        }
      },
    });
  };
  const check = (path: string, size: number): void => {
    if (size > limits.fileBytes) throw refusal('too_large', { path, limit: limits.fileBytes });
    add(size);
  };
  return { add, check, guard };
}

/** The places taken so far; makes missing parent folders. */
function createPlaces(root: string, limits: TreeLimits) {
  const kinds = new Map<string, Kind>();
  const add = (path: string, kind: Kind): void => {
    kinds.set(path, kind);
    if (kinds.size > limits.entries) throw refusal('too_many_files', { limit: limits.entries });
  };
  const folder = async (path: string): Promise<void> => {
    if (path === '' || path === '.') return;
    const kind = kinds.get(path);
    if (kind === 'dir') return;
    if (kind === 'link') throw refusal('traversal', { path });
    if (kind === 'file') throw refusal('duplicate_path', { path });
    await folder(posix.dirname(path));
    add(path, 'dir');
    await mkdir(join(root, path), { mode: 0o755 });
  };
  const claim = async (raw: string, kind: Kind): Promise<string> => {
    const path = cleanPath(raw);
    if (path === '') throw refusal('traversal', { path: raw });
    await folder(posix.dirname(path));
    if (kinds.has(path)) throw refusal('duplicate_path', { path });
    add(path, kind);
    return path;
  };
  return { kinds, folder, claim };
}

/** At most `LANES` acts at once; remembers the first failure. */
function createBackground() {
  const running = new Set<Promise<void>>();
  let failure: Error | null = null;
  const check = (): void => {
    if (failure !== null) throw failure;
  };
  const settle = async (): Promise<void> => {
    await Promise.all(running);
  };
  return {
    settle,
    async drain(): Promise<void> {
      await settle();
      check();
    },
    async start(act: () => Promise<void>): Promise<void> {
      while (running.size >= LANES) await Promise.race(running);
      check();
      const run = act().catch((error: unknown) => {
        failure ??= asError(error);
      });
      const tracked = run.finally(() => running.delete(tracked));
      running.add(tracked);
    },
  };
}

function createTreeWriter(root: string, limits: TreeLimits, onBytes: (total: number) => void) {
  const places = createPlaces(root, limits);
  const meter = createMeter(limits, onBytes);
  const background = createBackground();
  const links: { readonly path: string; readonly target: string }[] = [];
  const writer: TreeWriter = {
    dir: async (raw) => places.folder(cleanPath(raw)),
    async file(raw, executable, content, signal) {
      const path = await places.claim(raw, 'file');
      const mode = executable ? 0o755 : 0o644;
      if (Buffer.isBuffer(content)) {
        meter.check(path, content.length);
        return background.start(() => writeFile(join(root, path), content, { mode, flag: 'wx' }));
      }
      const sink = createWriteStream(join(root, path), { mode, flags: 'wx' });
      await pipeline(content, meter.guard(path), sink, { signal });
    },
    async symlink(raw, target) {
      const path = await places.claim(raw, 'link');
      checkLinkTarget(path, target);
      links.push({ path, target });
    },
    async hardlink(raw, rawTarget) {
      const target = cleanPath(rawTarget);
      if (places.kinds.get(target) !== 'file') throw refusal('link_outside', { path: raw, target: rawTarget });
      const path = await places.claim(raw, 'file');
      await background.drain();
      // A copy costs its size, so a thousand links to one big file count a thousand times.
      meter.add((await stat(join(root, target))).size);
      await copyFile(join(root, target), join(root, path));
    },
    async finish() {
      await background.drain();
      for (const link of links) await symlink(link.target, join(root, link.path));
    },
  };
  return { writer, settle: background.settle };
}

async function emptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
}

const BLOCK = 4096;
/** The tree itself, each entry in blocks of its own, and its stored archive, which takes less than half. */
const bytesOnDisk = ({ entries, bytes }: TreeSize): number => Math.ceil(bytes * 1.5) + entries * BLOCK;

/**
 * Runs `lay` with a writer for the empty folder `into`, when a tree of `size` has room there; whatever goes wrong, `into`
 * is empty again afterwards. `onBytes` gets the unpacked bytes so far.
 */
export async function layTree<T>(
  into: string,
  { size, limits }: { readonly size: TreeSize; readonly limits: TreeLimits },
  onBytes: (total: number) => void,
  lay: (writer: TreeWriter) => Promise<T>,
): Promise<T> {
  await requireRoom(into, bytesOnDisk(size));
  const { writer, settle } = createTreeWriter(into, limits, onBytes);
  try {
    return await lay(writer);
  } catch (error) {
    await settle();
    await emptyFolder(into);
    throw await toldRoom(fileError(error, into), into, bytesOnDisk(size));
  }
}
