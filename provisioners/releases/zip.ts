/** Reads a zip file into a tree writer. */
import { Transform, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { getFileNameLowLevel, openPromise, type Entry, type ZipFile } from 'yauzl';
import { ProvisionError } from '../contracts';
import { errnoOf, refusal, type TreeLimits } from '../lib/release-rules';
import type { TreeWriter } from './tree-writer';

const TYPE_MASK = 0o170000;
const TYPE_FOLDER = 0o040000;
const TYPE_FILE = 0o100000;
const TYPE_LINK = 0o120000;
const UNIX_HOSTS: readonly number[] = [3, 19];
const LONGEST_TARGET = 4096;
const BOMB_FLOOR = 64 * 1024 ** 2;

/** Unix mode of an entry, 0 when the zip was made elsewhere. */
const modeOf = (entry: Entry): number =>
  UNIX_HOSTS.includes(entry.versionMadeBy >>> 8) ? entry.externalFileAttributes >>> 16 : 0;

/** yauzl does not compare checksums. */
function checkCrc(entry: Entry, path: string): Transform {
  let sum = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
    flush: (done) => done(sum === entry.crc32 ? null : refusal('corrupt', { path })),
  });
}

function checkEntry(entry: Entry, path: string, limits: TreeLimits): void {
  if (entry.isEncrypted()) throw refusal('encrypted_archive', { path });
  if (!entry.canDecodeFileData()) throw refusal('corrupt', { path, method: entry.compressionMethod });
  if (entry.uncompressedSize > limits.fileBytes) throw refusal('too_large', { path, limit: limits.fileBytes });
  const ratio = entry.uncompressedSize / Math.max(1, entry.compressedSize);
  if (entry.uncompressedSize > BOMB_FLOOR && ratio > limits.ratio) throw refusal('zip_bomb', { path });
}

async function contentOf(zip: ZipFile, entry: Entry, path: string): Promise<Readable> {
  const raw = await zip.openReadStreamPromise(entry);
  const checked = checkCrc(entry, path);
  raw.on('error', (error) => checked.destroy(error));
  checked.on('close', () => raw.destroy());
  return raw.pipe(checked);
}

async function layEntry(
  zip: ZipFile,
  entry: Entry,
  limits: TreeLimits,
  writer: TreeWriter,
  signal: AbortSignal,
): Promise<void> {
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  if (name.startsWith('__MACOSX/')) return;
  const mode = modeOf(entry);
  const type = mode & TYPE_MASK;
  if (name.endsWith('/') || type === TYPE_FOLDER) return writer.dir(name);
  if (type !== 0 && type !== TYPE_FILE && type !== TYPE_LINK) throw refusal('device', { path: name });
  checkEntry(entry, name, limits);
  if (type !== TYPE_LINK) return writer.file(name, (mode & 0o111) !== 0, await contentOf(zip, entry, name), signal);
  if (entry.uncompressedSize > LONGEST_TARGET) throw refusal('link_outside', { path: name });
  await writer.symlink(name, await text(await contentOf(zip, entry, name)));
}

/** Errors of the zip reader carry no code: what has neither code nor errno is damage in the file. */
function explain(error: unknown): unknown {
  if (error instanceof ProvisionError || errnoOf(error) !== null) {
    return errnoOf(error)?.startsWith('Z_') === true ? refusal('corrupt', {}, error) : error;
  }
  return refusal('corrupt', {}, error);
}

async function layAll(
  zip: ZipFile,
  options: { readonly limits: TreeLimits; readonly signal: AbortSignal },
  writer: TreeWriter,
  onPacked: (bytes: number) => void,
): Promise<void> {
  let packed = 0;
  for await (const entry of zip.eachEntry()) {
    options.signal.throwIfAborted();
    packed += entry.compressedSize;
    // Entries that share bytes are how a small zip becomes a huge tree.
    if (packed > zip.fileSize) throw refusal('zip_bomb');
    await layEntry(zip, entry, options.limits, writer, options.signal);
    onPacked(packed);
  }
}

/** Lays every entry; a file that begins like a zip but has no directory at its end is truncated. */
export async function readZip(
  path: string,
  options: { readonly limits: TreeLimits; readonly signal: AbortSignal },
  writer: TreeWriter,
  onPacked: (bytes: number) => void,
): Promise<void> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false }).catch(
    (error: unknown) => {
      throw errnoOf(error) === null ? refusal('truncated', {}, error) : error;
    },
  );
  try {
    await layAll(zip, options, writer, onPacked);
  } catch (error) {
    options.signal.throwIfAborted();
    throw explain(error);
  } finally {
    zip.close();
  }
}
