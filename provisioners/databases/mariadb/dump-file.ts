import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ProvisionError } from '../../contracts';
import { requireRoom, toldRoom } from '../../lib/room';
import { DumpLines, keepDefiners, type DumpContent } from './dump-lines';
import { abortedError, asProvisionError, wordOf } from './errors';

// Level 3 costs a third of the time of 6 on a small machine and a few percent of the size.
const GZIP = { level: 3 };
const STALE_MS = 60 * 60_000;

export interface InspectedDump extends DumpContent {
  readonly bytes: number;
  readonly sha256: string;
}

/** Reads a .sql.gz to its end: hash of the file, what it creates and whether it is whole. ProvisionError('invalid') when it is not gzip. */
export const inspectDump = async (file: string, signal: AbortSignal): Promise<InspectedDump> => {
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done): void {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const lines = new DumpLines(keepDefiners);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    await pipeline(createReadStream(file), measure, createGunzip(), lines, nowhere, { signal });
  } catch (error) {
    if (signal.aborted) throw abortedError(signal, { file });
    if (wordOf(error).startsWith('Z_'))
      throw new ProvisionError('invalid', 'Not a whole gzip file', { file, reason: 'incomplete_dump' }, error);
    throw asProvisionError(error, { file });
  }
  return { ...lines.content(), bytes, sha256: hash.digest('hex') };
};

/** ProvisionError('no_space') unless `needed` bytes and a reserve are free where `file` will be; makes its folder. */
export const requireSpace = async (file: string, needed: number): Promise<void> => {
  try {
    const folder = path.dirname(file);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await requireRoom(folder, needed);
  } catch (error) {
    throw asProvisionError(error, { file });
  }
};

const partialPrefix = (file: string): string => `.${path.basename(file)}.`;

const removeStalePartials = async (file: string): Promise<void> => {
  const folder = path.dirname(file);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(partialPrefix(file)) || !name.endsWith('.partial')) continue;
    const partial = path.join(folder, name);
    const facts = await stat(partial).catch(() => null);
    if (facts !== null && Date.now() - facts.mtimeMs > STALE_MS) await rm(partial, { force: true });
  }
};

const syncPath = async (target: string): Promise<void> => {
  const handle = await open(target, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const counting = (onBytes: (total: number) => void): Transform => {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done): void {
      total += chunk.length;
      onBytes(total);
      done(null, chunk);
    },
  });
};

export interface DumpTarget {
  readonly file: string;
  readonly signal: AbortSignal;
  /** Compressed bytes so far. */
  readonly onProgress: (bytes: number) => void;
  /** Throws when what was written is not what it should be; the file then never appears. */
  readonly verify: (found: InspectedDump) => void;
}

/** Writes SQL as .sql.gz (mode 0600): beside its place, synced, read back, verified, and only then renamed. */
export const writeDumpFile = async (source: AsyncIterable<Buffer>, target: DumpTarget): Promise<InspectedDump> => {
  const { file, signal } = target;
  const partial = path.join(path.dirname(file), `${partialPrefix(file)}${randomBytes(6).toString('hex')}.partial`);
  try {
    await removeStalePartials(file);
    const sink = createWriteStream(partial, { flags: 'wx', mode: 0o600 });
    await pipeline(Readable.from(source, { objectMode: false }), createGzip(GZIP), counting(target.onProgress), sink, {
      signal,
    });
    await syncPath(partial);
    const found = await inspectDump(partial, signal);
    target.verify(found);
    await rename(partial, file);
    await syncPath(path.dirname(file));
    return found;
  } catch (error) {
    await rm(partial, { force: true });
    if (signal.aborted) throw abortedError(signal, { file });
    throw await toldRoom(asProvisionError(error, { file }), path.dirname(file), null);
  }
};
