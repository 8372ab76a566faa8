/** A release that is a tag of a git repository: a URL or a bare repository on this machine. */
import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ProvisionError, type ReleaseSource } from '../contracts';
import { createSizer, DEFAULT_LIMITS, refusal, type TreeLimits, type TreeSize } from '../lib/release-rules';
import { walkTree } from '../lib/release-walk';
import { requireRoom } from '../lib/room';
import { openGitHome, runGit, streamGit, type GitHome } from './git-command';
import { readTar } from './tar';
import { layTree } from './tree-writer';

const SCP_LIKE = /^[A-Za-z0-9][\w.-]*@[A-Za-z0-9][\w.-]*:[^:]/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:(\/\/|:)/;
const TAG = /^[A-Za-z0-9][A-Za-z0-9._+/-]{0,120}$/;
const UNITS: Readonly<Record<string, number>> = { bytes: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);
const isFolder = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
};

const isBare = (path: string): boolean =>
  isFolder(join(path, 'objects')) && isFolder(join(path, 'refs')) && existsSync(join(path, 'HEAD'));
const gitFolder = (path: string): string | null => {
  if (isBare(path)) return path;
  return isBare(join(path, '.git')) ? join(path, '.git') : null;
};

/** What git is given, and the https origin a token may go to ('' = none). Refuses all but https, ssh and local paths. */
export function repositoryAddress(location: string): { readonly url: string; readonly origin: string } {
  if (location.startsWith('-') || hasControl(location) || /^[A-Za-z][\w+.-]*::/.test(location))
    throw refusal('protocol_refused');
  if (!SCHEME.test(location)) {
    if (SCP_LIKE.test(location)) return { url: location, origin: '' };
    const folder = gitFolder(resolve(location));
    if (folder === null) throw new ProvisionError('not_found', 'no repository', { reason: 'repository_unreachable' });
    return { url: folder, origin: '' };
  }
  if (!URL.canParse(location)) throw refusal('protocol_refused');
  const url = new URL(location);
  if (!['https:', 'ssh:', 'file:'].includes(url.protocol)) throw refusal('protocol_refused', { scheme: url.protocol });
  if (url.hostname.startsWith('-') || url.username.startsWith('-')) throw refusal('protocol_refused');
  if (url.password !== '' || (url.protocol === 'https:' && url.username !== '')) throw refusal('credential_in_url');
  return { url: location, origin: url.protocol === 'https:' ? url.origin : '' };
}

/** "Receiving objects:  45% (9/20), 12.34 MiB | …" → bytes so far. */
export function receivedBytes(line: string): number | null {
  const match = /^Receiving objects:.*?,\s*([\d.]+) (bytes|KiB|MiB|GiB)/.exec(line);
  return match === null ? null : Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0));
}

/** git says what went wrong in words alone; a full disk is seen. */
async function explainFailure(home: GitHome): Promise<unknown> {
  const full = await requireRoom(home.folder, 0).then(
    () => null,
    (error: unknown) => error,
  );
  if (full !== null) return full;
  if (await home.wasAsked())
    return new ProvisionError('refused', 'the repository wants another credential', { reason: 'credential_refused' });
  return new ProvisionError('unreachable', 'the repository does not answer', { reason: 'repository_unreachable' });
}

/** `ls-remote --exit-code` ends with 2 when the repository answers but has no such tag. */
async function requireTag(home: GitHome, url: string, tag: string, signal: AbortSignal): Promise<void> {
  const ref = `refs/tags/${tag}`;
  const listed = await runGit(home, ['ls-remote', '--exit-code', '--', url, ref], signal);
  if (listed.exitCode === 2) throw refusal('tag_not_found', { tag });
  if (listed.exitCode !== 0) throw await explainFailure(home);
  if (!listed.stdout.split('\n').some((line) => line.endsWith(`\t${ref}`))) throw refusal('tag_not_found', { tag });
}

async function fetchTag(
  home: GitHome,
  source: { readonly url: string; readonly tag: string; readonly limits: TreeLimits },
  onReceived: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const repository = join(home.folder, 'repository');
  const made = await runGit(home, ['init', '--quiet', '--bare', '--template=', repository], signal);
  if (made.exitCode !== 0) throw new ProvisionError('failed', 'git init failed', { reason: 'git_failed' });
  const tooLarge = new AbortController();
  const refspec = `refs/tags/${source.tag}:refs/tags/release`;
  const argv = ['-C', repository, 'fetch', '--depth', '1', '--no-tags', '--progress', '--', source.url, refspec];
  const fetched = await runGit(home, argv, AbortSignal.any([signal, tooLarge.signal]), (line) => {
    const bytes = receivedBytes(line);
    if (bytes === null) return;
    onReceived(bytes);
    if (bytes > source.limits.totalBytes) tooLarge.abort(refusal('too_large', { limit: source.limits.totalBytes }));
  }).catch((error: unknown) => {
    tooLarge.signal.throwIfAborted();
    throw error;
  });
  if (fetched.exitCode !== 0) throw await explainFailure(home);
  return repository;
}

/** "100644 blob 1a2b…     123\tpath": what the tag will be on disk, refused when that is too much. */
async function surveyTag(
  home: GitHome,
  repository: string,
  limits: TreeLimits,
  signal: AbortSignal,
): Promise<TreeSize> {
  const enough = new AbortController();
  const argv = ['-C', repository, 'ls-tree', '-r', '-t', '-l', '--full-tree', 'refs/tags/release'];
  const listing = streamGit(home, argv, AbortSignal.any([signal, enough.signal]));
  const sizer = createSizer(limits);
  try {
    for await (const line of createInterface({ input: listing.stdout }))
      sizer.add(Number(/^\d+ blob \S+ +(\d+)\t/.exec(line)?.[1] ?? 0));
  } finally {
    enough.abort();
  }
  signal.throwIfAborted();
  return sizer.size();
}

/** `git archive` runs no hook and makes no work tree; its tar passes the same checks as any other. */
async function layTag(
  home: GitHome,
  repository: string,
  into: string,
  limits: TreeLimits,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const size = await surveyTag(home, repository, limits, signal);
  await layTree(into, { size, limits }, onBytes, async (writer) => {
    const archive = streamGit(home, ['-C', repository, 'archive', '--format=tar', 'refs/tags/release'], signal);
    await readTar(archive.stdout, { compression: 'none', limits, signal }, writer, () => undefined);
    const exitCode = await archive.exit;
    if (exitCode !== 0) throw new ProvisionError('failed', 'git archive failed', { reason: 'git_failed', exitCode });
    await writer.finish();
    await walkTree(into, limits, signal);
  });
}

/** `environment` adds to git's otherwise empty one, e.g. `https_proxy` or `GIT_SSL_CAINFO`. Progress has no total. */
export const createGitSource = (
  limits: TreeLimits = DEFAULT_LIMITS,
  environment: Readonly<Record<string, string>> = {},
): ReleaseSource => ({
  name: 'git',
  accepts: (location) =>
    SCHEME.test(location) || SCP_LIKE.test(location) || (!location.startsWith('-') && isBare(resolve(location))),
  async fetch(request, into, progress, signal) {
    const { tag } = request;
    if (tag === undefined || tag === '') throw refusal('tag_required');
    if (!TAG.test(tag) || tag.includes('..') || tag.includes('//') || /(\.lock|[/.])$/.test(tag))
      throw refusal('tag_invalid', { tag: tag.slice(0, 120) });
    const { url, origin } = repositoryAddress(request.location);
    const parent = dirname(isAbsolute(into) ? into : resolve(into));
    const home = await openGitHome(parent, { origin, credential: request.credential ?? null }, environment);
    try {
      await requireTag(home, url, tag, signal);
      let received = 0;
      const onReceived = (bytes: number): void => progress((received = Math.max(received, bytes)), null);
      const repository = await fetchTag(home, { url, tag, limits }, onReceived, signal);
      await layTag(home, repository, into, limits, (bytes) => progress(received + bytes, null), signal);
      return { label: tag };
    } finally {
      await home.close();
    }
  },
});
