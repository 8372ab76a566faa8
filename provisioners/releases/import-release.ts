/** From a location to a verified, stored release: fetch → verify → store. Nothing is left behind when a step fails. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ProvisionError,
  type AppAdapter,
  type Channel,
  type PhpLine,
  type ReleaseFacts,
  type ReleaseSource,
} from '../contracts';
import { errnoOf, fileError, refusal } from '../lib/release-rules';
import { storeTree } from '../lib/release-store';
import { toldRoom } from '../lib/room';
import { inspectTree, type Progress, type TreeFacts } from '../lib/release-tree';
import { composerFacts, type ComposerFacts } from './composer-facts';
import { createEncodedFinder, type EncodedFacts } from './encoded-php';
import { linesFor } from './php-constraint';

export type ImportStage = 'fetching' | 'verifying' | 'storing';
export interface ImportRequest {
  readonly app: AppAdapter;
  readonly sources: readonly ReleaseSource[];
  /** Folder, archive file, git URL or bare repository. */
  readonly location: string;
  readonly tag?: string;
  readonly credential?: string;
  /** Refused when the tree says otherwise; absent = what the tree says. */
  readonly channel?: Channel;
  readonly storeDir: string;
  /** Holds one temporary folder per running import. */
  readonly workDir: string;
  /** Bytes; `total` is null where it cannot be known (git). */
  readonly onProgress: (stage: ImportStage, done: number, total: number | null) => void;
  readonly signal: AbortSignal;
}
export interface ImportedTree extends ReleaseFacts, TreeFacts {
  readonly app: string;
  readonly source: ReleaseSource['name'];
  readonly label: string;
  /** First one is used for the image. */
  readonly phpLines: readonly PhpLine[];
  readonly dependencies: 'vendor' | 'lock' | 'none';
  /** Vendor-encoded files inside an otherwise plain release; worth showing, no reason to refuse. */
  readonly encodedFiles: readonly string[];
  /** The stored archive, absolute; `openTree(path)` reads it. */
  readonly path: string;
  readonly storedBytes: number;
  /** `kept` = this very tree was stored before. */
  readonly outcome: 'stored' | 'kept';
  readonly seconds: Readonly<Record<ImportStage, number>>;
}

const WORK_NAME = /^import-(\d+)-/;
const STORE_TEMPORARY = /^\.tmp-(\d+)-/;
const PROGRESS_MS = 200;
const VERSION_TAG = /^v?(\d+(?:\.\d+)*)$/;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

async function sweepFolder(folder: string, pattern: RegExp): Promise<void> {
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const pid = pattern.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Tells each stage's first and last state at once and the rest every `PROGRESS_MS`: a tree has ten thousand files. */
function calm(onProgress: ImportRequest['onProgress']) {
  let last: { readonly stage: ImportStage; readonly at: number } | null = null;
  let held: Parameters<typeof onProgress> | null = null;
  const flush = (): void => {
    if (held !== null) onProgress(...held);
    held = null;
  };
  const tell: ImportRequest['onProgress'] = (stage, done, total) => {
    const now = performance.now();
    if (last?.stage === stage && done !== total && now - last.at < PROGRESS_MS) {
      held = [stage, done, total];
      return;
    }
    if (last?.stage !== stage) flush();
    held = null;
    last = { stage, at: now };
    onProgress(stage, done, total);
  };
  return { tell, flush };
}

/** Removes what imports of dead processes left in the work folder and the store. Every import begins with it. */
export async function sweepImports(workDir: string, storeDir: string): Promise<void> {
  await sweepFolder(workDir, WORK_NAME);
  for (const app of await readdir(storeDir).catch((): string[] => [])) {
    await sweepFolder(join(storeDir, app), STORE_TEMPORARY);
  }
}

function chooseSource(request: ImportRequest): ReleaseSource {
  const source = request.sources.find((candidate) => candidate.accepts(request.location));
  if (source === undefined) throw refusal('no_source', { location: request.location.slice(0, 300) });
  return source;
}

function checkVersion(facts: ReleaseFacts, request: ImportRequest): void {
  const { tag, channel } = request;
  const tagged = tag === undefined ? null : VERSION_TAG.exec(tag)?.[1];
  if (tagged !== null && tagged !== undefined && tagged !== facts.version)
    throw refusal('version_mismatch', { tag: tag ?? null, version: facts.version });
  if (channel !== undefined && channel !== facts.channel)
    throw refusal('channel_mismatch', { channel, found: facts.channel });
  if (facts.channel === 'premium')
    throw new ProvisionError('refused', 'premium releases need a token of OpenDesa', { reason: 'premium_needs_token' });
}

function checkPhp(facts: ReleaseFacts, composer: ComposerFacts, app: AppAdapter): readonly PhpLine[] {
  const constraint = facts.phpConstraint ?? composer.phpConstraint;
  const lines = linesFor(constraint, app.phpLines);
  if (lines.length === 0) throw refusal('php_unsupported', { constraint, offered: app.phpLines.join(', ') });
  return lines;
}

/** Plain Umum releases carry a few encoded files (the Anjungan module, 0.5 % of the code); Premium is encoded throughout. */
const ENCODED_SHARE_OF_PLAIN = 0.02;

function checkEncoded(encoded: EncodedFacts, app: AppAdapter): void {
  const first = encoded.files[0];
  if (first === undefined) return;
  const share = encoded.files.length / Math.max(1, encoded.ownFiles);
  if (app.licence === 'gpl' && share <= ENCODED_SHARE_OF_PLAIN) return;
  throw refusal('encoded_php', { path: first.path, encoding: first.encoding, files: encoded.files.length });
}

async function verify(tree: string, label: string, request: ImportRequest, onProgress: Progress) {
  const { app, tag, signal } = request;
  const finder = createEncodedFinder();
  const inspected = await inspectTree(tree, { signal, onProgress, onContent: finder.visit });
  // Before the app reads its version: an encoded release may not show one.
  checkEncoded(finder.facts(), app);
  const composer = await composerFacts(tree);
  const facts = await app.readRelease(tree, tag === undefined ? { label } : { tag, label });
  checkVersion(facts, request);
  const phpLines = checkPhp(facts, composer, app);
  const { dependencies } = composer;
  if (dependencies === 'missing') throw refusal('no_vendor_no_lock');
  const phpConstraint = facts.phpConstraint ?? composer.phpConstraint;
  const encodedFiles = finder.facts().files.map((file) => file.path);
  return { ...facts, ...inspected, phpLines, dependencies, phpConstraint, encodedFiles };
}

async function runImport(work: string, request: ImportRequest): Promise<ImportedTree> {
  const { app, signal, onProgress } = request;
  const source = chooseSource(request);
  const tree = join(work, 'tree');
  await mkdir(tree);
  const { location, tag, credential } = request;
  const wanted = {
    location,
    ...(tag === undefined ? {} : { tag }),
    ...(credential === undefined ? {} : { credential }),
  };
  const started = performance.now();
  const { label } = await source.fetch(wanted, tree, (done, total) => onProgress('fetching', done, total), signal);
  const fetched = performance.now();
  const verified = await verify(tree, label, request, (done, total) => onProgress('verifying', done, total));
  const checked = performance.now();
  const name = { app: app.name, version: verified.version, checksum: verified.checksum };
  const onStored: Progress = (done, total) => onProgress('storing', done, total);
  const stored = await storeTree(tree, request.storeDir, name, onStored, signal);
  const seconds = {
    fetching: (fetched - started) / 1000,
    verifying: (checked - fetched) / 1000,
    storing: (performance.now() - checked) / 1000,
  };
  const { path, bytes, outcome } = stored;
  return { ...verified, app: app.name, source: source.name, label, path, storedBytes: bytes, outcome, seconds };
}

/**
 * Imports one release. The same tree twice gives the same checksum and path (`outcome: 'kept'`). Throws ProvisionError whose
 * `details.reason` is a ReleaseFault, or the signal's reason.
 */
export async function importRelease(request: ImportRequest): Promise<ImportedTree> {
  const { workDir, storeDir } = request;
  request.signal.throwIfAborted();
  try {
    await mkdir(workDir, { recursive: true });
    await sweepImports(workDir, storeDir);
    const work = await mkdtemp(join(workDir, `import-${process.pid}-`));
    try {
      const progress = calm(request.onProgress);
      const imported = await runImport(work, { ...request, onProgress: progress.tell });
      progress.flush();
      return imported;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  } catch (error) {
    request.signal.throwIfAborted();
    throw await toldRoom(fileError(error, workDir), workDir, null);
  }
}
