/** What composer.json says about a release. */
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf, fileError, refusal } from '../lib/release-rules';

/** `dependencies` = has vendor/, has a lock to install from, needs none, or is missing both. */
export interface ComposerFacts {
  readonly phpConstraint: string | null;
  readonly dependencies: 'vendor' | 'lock' | 'none' | 'missing';
}

const ComposerJson = z.looseObject({ require: z.record(z.string(), z.string()).optional() });
/** Packages the image brings, not composer. */
const PLATFORM = /^(php(-64bit|-ipv6|-zts|-debug)?|hhvm|(ext|lib)-[\w.-]+|composer(-[\w-]+)?)$/i;

const isThere = async (path: string, kind: 'file' | 'folder'): Promise<boolean> =>
  lstat(path).then(
    (found) => (kind === 'file' ? found.isFile() : found.isDirectory()),
    () => false,
  );

async function readComposer(root: string): Promise<z.infer<typeof ComposerJson> | null> {
  const path = join(root, 'composer.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null;
    throw fileError(error, path);
  });
  if (text === null) return null;
  try {
    return ComposerJson.parse(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    throw refusal('composer_unreadable', { path: 'composer.json' }, error);
  }
}

/** ProvisionError('invalid', composer_unreadable) when composer.json is not readable JSON. */
export async function composerFacts(root: string): Promise<ComposerFacts> {
  const composer = await readComposer(root);
  const packages = Object.keys(composer?.require ?? {}).filter((name) => !PLATFORM.test(name));
  const phpConstraint = composer?.require?.['php'] ?? null;
  if (await isThere(join(root, 'vendor'), 'folder')) return { phpConstraint, dependencies: 'vendor' };
  if (await isThere(join(root, 'composer.lock'), 'file')) return { phpConstraint, dependencies: 'lock' };
  return { phpConstraint, dependencies: packages.length === 0 ? 'none' : 'missing' };
}
