/** Reads a tar stream into a tree writer. */
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { types } from 'node:util';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { ProvisionError } from '../contracts';
import { asError, createSizer, errnoOf, refusal, type TreeLimits, type TreeSize } from '../lib/release-rules';
import { SMALL_FILE, type TreeWriter } from './tree-writer';

const BLOCK = 512;
/** Below this size a high ratio is normal (empty tables, fonts) and harmless. */
const BOMB_FLOOR = 64 * 1024 ** 2;

interface TarState {
  packed: number;
  unpacked: number;
  entries: number;
  ended: boolean;
  tail: Buffer;
  refused: unknown;
}

/** True when a 512-byte block carries a correct tar header checksum. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < BLOCK || block[0] === 0) return false;
  const stored = Number.parseInt(block.toString('latin1', 148, 156).replace(/\0.*$/, '').trim(), 8);
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += at >= 148 && at < 156 ? 32 : (block[at] ?? 0);
  return sum === stored;
}

const countPacked = (state: TarState, onPacked: (bytes: number) => void): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      state.packed += chunk.length;
      onPacked(state.packed);
      done(null, chunk);
    },
  });

const watchUnpacked = (state: TarState, limits: TreeLimits): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      state.unpacked += chunk.length;
      state.tail = chunk.length >= BLOCK ? chunk.subarray(-BLOCK) : Buffer.concat([state.tail, chunk]).subarray(-BLOCK);
      const isBomb = state.unpacked > BOMB_FLOOR && state.unpacked > state.packed * limits.ratio;
      if (isBomb) done(refusal('zip_bomb'));
      else done(null, chunk);
    },
    flush(done) {
      state.ended = true;
      done();
    },
  });

type Content = AsyncIterable<unknown> & { resume(): unknown };

async function readWhole(content: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function drain(content: AsyncIterable<unknown>): Promise<void> {
  const pieces = content[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}

async function layFile(header: Header, content: Content, writer: TreeWriter, signal: AbortSignal): Promise<void> {
  const executable = (header.mode & 0o111) !== 0;
  const whole = header.size <= SMALL_FILE;
  await writer.file(
    header.name,
    executable,
    whole ? await readWhole(content) : Readable.from(content, { objectMode: false }),
    signal,
  );
}

async function layEntry(header: Header, content: Content, writer: TreeWriter, signal: AbortSignal): Promise<void> {
  switch (header.type) {
    case 'file':
    case 'contiguous-file':
      return layFile(header, content, writer, signal);
    case 'directory':
      await writer.dir(header.name);
      break;
    case 'symlink':
      await writer.symlink(header.name, header.linkname || '');
      break;
    case 'link':
      await writer.hardlink(header.name, header.linkname || '');
      break;
    case 'character-device':
    case 'block-device':
    case 'fifo':
      throw refusal('device', { path: header.name });
    default:
      throw refusal('corrupt', { path: header.name });
  }
  content.resume();
}

function explain(error: unknown, state: TarState): unknown {
  if (state.refused !== null) return state.refused;
  if (error instanceof ProvisionError) return error;
  const errno = errnoOf(error);
  if (errno === 'Z_BUF_ERROR') return refusal('truncated', {}, error);
  if (errno?.startsWith('Z_') === true) return refusal('corrupt', {}, error);
  if (errno !== null || (types.isNativeError(error) && error.name === 'AbortError')) return error;
  if (state.ended) return refusal('truncated', {}, error);
  return refusal(state.entries === 0 ? 'not_an_archive' : 'corrupt', {}, error);
}

export interface TarOptions {
  readonly compression: 'gzip' | 'none';
  readonly limits: TreeLimits;
  readonly signal: AbortSignal;
}
/** Shows every entry of `input` to `visit`, which takes its content. A tar without its end mark is truncated. */
async function passTar(
  input: Readable,
  options: TarOptions,
  visit: (header: Header, content: Content) => Promise<void>,
  onPacked: (bytes: number) => void,
): Promise<void> {
  const state: TarState = { packed: 0, unpacked: 0, entries: 0, ended: false, tail: Buffer.alloc(0), refused: null };
  const unpack = extract();
  unpack.on('entry', (header, content, next) => {
    state.entries++;
    visit(header, content).then(
      () => next(),
      (error: unknown) => {
        // A content that breaks off is told by the pipeline, which knows why.
        if (error instanceof ProvisionError || errnoOf(error) !== null) state.refused ??= error;
        next(asError(error));
      },
    );
  });
  const counter = countPacked(state, onPacked);
  const watcher = watchUnpacked(state, options.limits);
  const { signal } = options;
  try {
    await (options.compression === 'gzip'
      ? pipeline(input, counter, createGunzip(), watcher, unpack, { signal })
      : pipeline(input, counter, watcher, unpack, { signal }));
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error, state);
  }
  if (state.entries === 0) throw refusal('not_an_archive');
  if (state.tail.length < BLOCK || state.tail.some((byte) => byte !== 0)) throw refusal('truncated');
}

/** Lays every entry of `input`; `onPacked` gets the bytes read so far. */
export const readTar = (
  input: Readable,
  options: TarOptions,
  writer: TreeWriter,
  onPacked: (bytes: number) => void,
): Promise<void> =>
  passTar(input, options, (header, content) => layEntry(header, content, writer, options.signal), onPacked);

/** How large the tree in it is; refuses one that is too large. */
export async function surveyTar(input: Readable, options: TarOptions): Promise<TreeSize> {
  const sizer = createSizer(options.limits);
  const count = async (header: Header, content: Content): Promise<void> => {
    sizer.add(header.type === 'file' ? header.size : 0);
    await drain(content);
  };
  await passTar(input, options, count, () => undefined);
  return sizer.size();
}
