/** What a release tree may contain, and how a refusal is told. Used while bytes arrive and again on the finished tree. */
import { posix } from 'node:path';
import { types } from 'node:util';
import { ProvisionError } from '../contracts';

/** Bounds of one tree; sizes in bytes, `ratio` = unpacked to packed bytes. */
export interface TreeLimits {
  readonly totalBytes: number;
  readonly fileBytes: number;
  /** Files, folders and links together. */
  readonly entries: number;
  readonly ratio: number;
}
export const DEFAULT_LIMITS: TreeLimits = {
  totalBytes: 4 * 1024 ** 3,
  fileBytes: 1024 ** 3,
  entries: 300_000,
  ratio: 200,
};

/** What a tree will be, known before it is laid. */
export interface TreeSize {
  readonly entries: number;
  readonly bytes: number;
}
/** Adds up a tree entry by entry and refuses it as soon as it is too large. */
export function createSizer(limits: TreeLimits) {
  let [entries, bytes] = [0, 0];
  return {
    add(count: number): void {
      entries += 1;
      bytes += count;
      if (entries > limits.entries) throw refusal('too_many_files', { limit: limits.entries });
      if (bytes > limits.totalBytes) throw refusal('too_large', { limit: limits.totalBytes });
    },
    size: (): TreeSize => ({ entries, bytes }),
  };
}

/** `details.reason` of every ProvisionError thrown while a release is fetched, checked or stored. */
export type ReleaseFault =
  | 'traversal'
  | 'absolute_path'
  | 'link_outside'
  | 'device'
  | 'too_large'
  | 'too_many_files'
  | 'zip_bomb'
  | 'duplicate_path'
  | 'bad_name'
  | 'truncated'
  | 'corrupt'
  | 'encrypted_archive'
  | 'not_an_archive'
  | 'not_a_folder'
  | 'no_source'
  | 'protocol_refused'
  | 'credential_in_url'
  | 'credential_refused'
  | 'tag_required'
  | 'tag_invalid'
  | 'tag_not_found'
  | 'repository_unreachable'
  | 'git_failed'
  | 'not_a_release'
  | 'version_mismatch'
  | 'version_invalid'
  | 'channel_mismatch'
  | 'premium_needs_token'
  | 'encoded_php'
  | 'php_unsupported'
  | 'composer_unreadable'
  | 'no_vendor_no_lock';

type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** The one way to refuse a release: permanent, with a reason and, where there is one, the path inside the tree. */
export const refusal = (reason: ReleaseFault, facts: Facts = {}, cause?: unknown): ProvisionError =>
  new ProvisionError('invalid', `release refused: ${reason}`, { reason, ...facts }, cause);

/** Node's errno of an unknown error; null when it has none. */
export function errnoOf(error: unknown): string | null {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** What was thrown, as an Error. */
export const asError = (thrown: unknown): Error =>
  types.isNativeError(thrown) ? thrown : new Error('something that is no Error was thrown', { cause: thrown });

/** Turns a file system error into a ProvisionError by errno; anything without a known errno is returned as it is. */
export function fileError(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new ProvisionError('no_space', 'no space for the release', { path }, error);
    case 'ENOENT':
      return new ProvisionError('not_found', 'no such file', { path }, error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new ProvisionError('refused', 'no permission', { path }, error);
    case 'ENAMETOOLONG':
    case 'EILSEQ':
      return refusal('bad_name', { path }, error);
    default:
      if (errno === null || !/^E[A-Z0-9]+$/.test(errno)) return error;
      return new ProvisionError('failed', 'the file system failed', { path, errno }, error);
  }
}

const clip = (text: string): string => text.slice(0, 300);

/** Normalises a path of an archive to `a/b/c` ('' = the root); refuses everything that could leave the root. */
export function cleanPath(raw: string): string {
  if (raw.includes('\0') || raw.includes('\uFFFD')) throw refusal('bad_name', { path: clip(raw) });
  if (raw.startsWith('/') || raw.startsWith('\\') || /^[A-Za-z]:[\\/]/.test(raw))
    throw refusal('absolute_path', { path: clip(raw) });
  const parts = raw.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refusal('traversal', { path: clip(raw) });
  if (parts.some((part) => Buffer.byteLength(part) > 255) || Buffer.byteLength(raw) > 4000)
    throw refusal('bad_name', { path: clip(raw) });
  return parts.join('/');
}

/**
 * Accepts a symbolic link only when no chain of such links can lead out: relative, `..` only at the front, and not above
 * the root. (`x/../..` through another link may climb higher than it reads.)
 */
export function checkLinkTarget(path: string, target: string): void {
  const facts = { path: clip(path), target: clip(target) };
  if (target === '' || target.includes('\0')) throw refusal('link_outside', facts);
  if (target.startsWith('/')) throw refusal('link_outside', facts);
  const steps = target.split('/').filter((part) => part !== '' && part !== '.');
  const firstName = steps.findIndex((part) => part !== '..');
  if (firstName >= 0 && steps.slice(firstName).includes('..')) throw refusal('link_outside', facts);
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  if (resolved === '..' || resolved.startsWith('../')) throw refusal('link_outside', facts);
}

/** Byte order, the same on every machine. */
export const byteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
