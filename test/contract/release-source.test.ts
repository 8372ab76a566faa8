import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createArchiveSource } from '../../provisioners/releases/archive';
import { createFolderSource } from '../../provisioners/releases/folder';
import { createGitSource } from '../../provisioners/releases/git';
import {
  tarEntries,
  writeRepository,
  writeTar,
  writeTree,
  zipEntries,
  zipOf,
  type Tree,
} from '../helpers/release-fixtures';
import { releaseSourceContract } from './release-source.contract';

// git and its server are many short processes: on a busy machine they take their time.
jest.setTimeout(30_000);

releaseSourceContract({
  name: 'folder',
  create: createFolderSource,
  place: async (folder, tree) => {
    await writeTree(folder, tree);
    return { location: folder };
  },
  missing: (folder) => ({ location: join(folder, 'none') }),
  keepsEmptyFolders: true,
});

const placeTar = (name: string, prefix: string, compression: 'gzip' | 'none') => async (folder: string, tree: Tree) => {
  await mkdir(folder);
  await writeTar(join(folder, name), tarEntries(tree, prefix), compression);
  return { location: join(folder, name) };
};
const missing = (folder: string) => ({ location: join(folder, 'none.zip') });

releaseSourceContract({
  name: 'archive (tar.gz, wrapped in one folder)',
  create: createArchiveSource,
  place: placeTar('rilis.tar.gz', 'OpenSID-2410/', 'gzip'),
  missing,
  keepsEmptyFolders: true,
});
releaseSourceContract({
  name: 'archive (tar)',
  create: createArchiveSource,
  place: placeTar('rilis.tar', '', 'none'),
  missing,
  keepsEmptyFolders: true,
});
releaseSourceContract({
  name: 'archive (zip, with a misleading name)',
  create: createArchiveSource,
  place: async (folder, tree) => {
    await mkdir(folder);
    await writeFile(join(folder, 'rilis.tar.gz'), zipOf(zipEntries(tree, 'wrapped/')));
    return { location: join(folder, 'rilis.tar.gz') };
  },
  missing,
  keepsEmptyFolders: true,
});

const placeRepository = (asUrl: (bare: string) => string) => async (folder: string, tree: Tree) => {
  await mkdir(folder);
  return { location: asUrl(await writeRepository(folder, tree, 'v1.0.0')), tag: 'v1.0.0' };
};
releaseSourceContract({
  name: 'git (bare repository)',
  create: createGitSource,
  place: placeRepository((bare) => bare),
  missing: (folder) => ({ location: join(folder, 'none.git'), tag: 'v1.0.0' }),
  keepsEmptyFolders: false,
});
releaseSourceContract({
  name: 'git (file URL)',
  create: createGitSource,
  place: placeRepository((bare) => `file://${bare}`),
  missing: (folder) => ({ location: `file://${folder}/none.git`, tag: 'v1.0.0' }),
  keepsEmptyFolders: false,
});
