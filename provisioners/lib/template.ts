/** Our own files for the release image of an app: deploy-templates/<app>/. */
import { readFile, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ProvisionError, type FileSpec } from '../contracts';
import { errnoOf } from './errno';
import { fileError, refusal } from './release-rules';
import { folderDigest } from './tar';

/** What `build.json` may say: lines of ours appended to files of the tree, `{ "app/x.php": "append/x.php" }`. */
const BuildFile = z.strictObject({ append: z.record(z.string(), z.string()).default({}) });

export interface Overlay {
  /** Folder copied over `/` of the image; null when the app has none. */
  readonly imageFolder: string | null;
  /** sha256 of everything that flows into the image from here. */
  readonly digest: string;
  /**
   * Files of the release with our lines behind them, absolute in the image (`/app/…`), owned by root, to be put in after the
   * tree. `readTree` gives the text of a file of the tree by its path in it, null when absent; absent = refused release.
   */
  appended(readTree: (path: string) => Promise<string | null>): Promise<readonly FileSpec[]>;
}

async function textOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw fileError(error, path);
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );

async function fragmentsOf(folder: string): Promise<readonly { readonly target: string; readonly lines: string }[]> {
  const text = await textOrNull(join(folder, 'build.json'));
  if (text === null) return [];
  const { append } = BuildFile.parse(JSON.parse(text));
  return Promise.all(
    Object.entries(append).map(async ([target, source]) => {
      const lines = await textOrNull(join(folder, source));
      if (lines === null || !target.startsWith('app/') || normalize(target) !== target)
        throw new ProvisionError('invalid', 'build.json names a wrong file', { target, source });
      return { target, lines };
    }),
  );
}

/** Reads deploy-templates/<app>; an app without a folder has an empty overlay. */
export async function overlayFor(app: string, templatesRoot: string): Promise<Overlay> {
  const folder = join(templatesRoot, app);
  const image = join(folder, 'image');
  const fragments = await fragmentsOf(folder);
  const digest = createHash('sha256')
    .update(JSON.stringify(fragments))
    .update(await folderDigest(image))
    .digest('hex');
  return {
    imageFolder: (await isFolder(image)) ? image : null,
    digest,
    appended: (readTree) =>
      Promise.all(
        fragments.map(async ({ target, lines }) => {
          const text = await readTree(target.slice('app/'.length));
          if (text === null) throw refusal('not_a_release', { path: target });
          return { path: `/${target}`, content: `${text.trimEnd()}\n${lines}`, mode: 0o644, uid: 0, gid: 0 };
        }),
      ),
  };
}
