/** Reads a zip file into a tree writer. */
import { Transform, type Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { crc32, inflateRawSync } from 'node:zlib';
import { getFileNameLowLevel, openPromise, type Entry, type ZipFile } from 'yauzl';
import { ProvisionError } from '../contracts';
import { createSizer, errnoOf, refusal, type TreeLimits, type TreeSize } from '../lib/release-rules';
import { SMALL_FILE, type TreeWriter } from './tree-writer';

const TYPE_MASK = 0o170000;
const TYPE_FOLDER = 0o040000;
const TYPE_FILE = 0o100000;
const TYPE_LINK = 0o120000;
const UNIX_HOSTS: readonly number[] = [3, 19];
const DEFLATED = 8;
const LONGEST_TARGET = 4096;
const BOMB_FLOOR = 64 * 1024 ** 2;

/** Unix mode of an entry, 0 when the zip was made elsewhere. */
const modeOf = (entry: Entry): number =>
  UNIX_HOSTS.includes(entry.versionMadeBy >>> 8) ? entry.externalFileAttributes >>> 16 : 0;

const nameOf = (entry: Entry): string =>
  getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);

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

/** One inflate call instead of a stream per file: nine thousand streams cost more than the bytes. */
async function smallContent(zip: ZipFile, entry: Entry, path: string): Promise<Buffer> {
  const packed = await buffer(await zip.openReadStreamPromise(entry, { decodeFileData: false }));
  const maxOutputLength = entry.uncompressedSize + 1;
  const content = entry.compressionMethod === DEFLATED ? inflateRawSync(packed, { maxOutputLength }) : packed;
  if (content.length !== entry.uncompressedSize || crc32(content) !== entry.crc32) throw refusal('corrupt', { path });
  return content;
}

async function layFile(
  zip: ZipFile,
  entry: Entry,
  name: string,
  writer: TreeWriter,
  signal: AbortSignal,
): Promise<void> {
  const executable = (modeOf(entry) & 0o111) !== 0;
  if (entry.uncompressedSize > SMALL_FILE)
    return writer.file(name, executable, await contentOf(zip, entry, name), signal);
  const content = await smallContent(zip, entry, name);
  return writer.file(name, executable, content, signal);
}

async function layEntry(
  zip: ZipFile,
  entry: Entry,
  limits: TreeLimits,
  writer: TreeWriter,
  signal: AbortSignal,
): Promise<void> {
  const name = nameOf(entry);
  if (name.startsWith('__MACOSX/')) return;
  const mode = modeOf(entry);
  const type = mode & TYPE_MASK;
  if (name.endsWith('/') || type === TYPE_FOLDER) return writer.dir(name);
  if (type !== 0 && type !== TYPE_FILE && type !== TYPE_LINK) throw refusal('device', { path: name });
  checkEntry(entry, name, limits);
  if (type !== TYPE_LINK) return layFile(zip, entry, name, writer, signal);
  if (entry.uncompressedSize > LONGEST_TARGET) throw refusal('link_outside', { path: name });
  await writer.symlink(name, await text(await contentOf(zip, entry, name)));
}

/** Errors of the zip reader carry no code, those of zlib one of its own: both mean damage in the file. */
function explain(error: unknown): unknown {
  const code = errnoOf(error);
  const isKnown = error instanceof ProvisionError || (code !== null && !/^(Z_|ERR_)/.test(code));
  return isKnown ? error : refusal('corrupt', {}, error);
}

interface ZipOptions {
  readonly limits: TreeLimits;
  readonly signal: AbortSignal;
}
async function layAll(
  zip: ZipFile,
  options: ZipOptions,
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

/** A file that begins like a zip but has no directory at its end is truncated. */
async function withZip<T>(path: string, { signal }: ZipOptions, work: (zip: ZipFile) => Promise<T>): Promise<T> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false }).catch(
    (error: unknown) => {
      throw errnoOf(error) === null ? refusal('truncated', {}, error) : error;
    },
  );
  try {
    return await work(zip);
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error);
  } finally {
    zip.close();
  }
}

/** Lays every entry; `onPacked` gets the packed bytes so far. */
export const readZip = (
  path: string,
  options: ZipOptions,
  writer: TreeWriter,
  onPacked: (bytes: number) => void,
): Promise<void> => withZip(path, options, (zip) => layAll(zip, options, writer, onPacked));

/** How large the tree in it says it is; refuses one that is too large. The content is held to it when it is laid. */
export const surveyZip = (path: string, options: ZipOptions): Promise<TreeSize> =>
  withZip(path, options, async (zip) => {
    const { limits, signal } = options;
    if (zip.entryCount > limits.entries) throw refusal('too_many_files', { limit: limits.entries });
    const sizer = createSizer(limits);
    for await (const entry of zip.eachEntry()) {
      signal.throwIfAborted();
      checkEntry(entry, nameOf(entry), limits);
      sizer.add(entry.uncompressedSize);
    }
    return sizer.size();
  });
