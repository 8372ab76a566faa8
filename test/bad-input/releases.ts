import { writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { file, type TarEntry, type Tree } from '../helpers/release-fixtures';
import {
  GIB,
  sampleTree,
  sampleWith,
  writeGzipBomb,
  writeMillionRepository,
  writeMillionTar,
  writeMillionZip,
  writeZipBomb,
  zipTree,
} from './archives';
import type { Ground, Row } from './row';

type Refusal = Pick<Row, 'what' | 'problem'> & Partial<Pick<Row, 'field' | 'restField' | 'refused' | 'most'>>;
const imports = (
  refusal: Refusal,
  location: (ground: Ground) => string,
  lay: Row['lay'],
  tag: string | null = null,
): Row => ({
  ...{ exit: 2, code: 'release_invalid', field: 'location', refused: 'each way', ...refusal },
  ...(lay === undefined ? {} : { lay }),
  argv: (ground) => ['release', 'import', 'opensid', location(ground), ...(tag === null ? [] : ['--tag', tag])],
  rest: (ground) => ({
    operation: 'release.import',
    call: { body: { app: 'opensid', location: location(ground), ...(tag === null ? {} : { tag }) } },
  }),
});
const archive = ({ folder }: Ground): string => path.join(folder, 'rilis.tar.gz');
const withEntry = (what: string, problem: string, entry: (ground: Ground) => TarEntry): Row =>
  imports({ what, problem }, archive, (ground) => sampleWith(archive(ground), entry(ground)));
const zip = ({ folder }: Ground): string => path.join(folder, 'rilis.zip');
const withTree = (what: string, problem: string, change: (tree: Tree) => Tree): Row =>
  imports({ what, problem }, zip, async (ground) => zipTree(zip(ground), change(await sampleTree())));
/** Seconds on a machine that does other things too; MiB of the whole process that imports. */
const BOUND = { seconds: 120, mebibytes: 300 };
const large = (what: string, problem: string, lay: (file: string) => void): Row =>
  imports({ what, problem, refused: 'once', most: BOUND }, zip, (ground) => lay(zip(ground)));

const composer = (require: Readonly<Record<string, string>>) => file(JSON.stringify({ require }));
const bare = ({ folder }: Ground): string => folder;

/** Releases that are none, or that want to do harm. */
export const RELEASE_ROWS: readonly Row[] = [
  imports({ what: 'a place where nothing is', problem: 'no_source' }, () => '/tidak/ada.zip', undefined),
  imports({ what: 'text that is called archive', problem: 'not_an_archive' }, zip, (ground) =>
    writeFileSync(zip(ground), '<html>404</html>'.repeat(100)),
  ),
  imports({ what: 'an archive that breaks off', problem: 'truncated' }, archive, async (ground) => {
    await sampleWith(archive(ground), { name: 'akhir', content: '' });
    await truncate(archive(ground), 9000);
  }),
  withEntry('an archive with `../`', 'traversal', () => ({ name: '../../../jahat.php', content: '<?php' })),
  withEntry('an archive with an absolute path', 'absolute_path', ({ folder }) => ({
    ...{ name: path.join(folder, 'jahat.php'), content: '<?php' },
  })),
  withEntry('a symbolic link that leads out', 'link_outside', () => ({
    ...{ name: 'kunci', type: 'symlink', linkname: '../../../../secrets/master-keys.json' },
  })),
  withEntry('a hard link that leads out', 'absolute_path', () => ({
    ...{ name: 'sandi', type: 'link', linkname: '/etc/passwd' },
  })),
  withEntry('a device', 'device', () => ({
    ...{ name: 'disk', type: 'block-device', size: 0, devmajor: 254, devminor: 0 },
  })),
  large('2 GiB of zeros in 2 MiB, as .tar.gz', 'zip_bomb', (at) => writeGzipBomb(at, 2 * GIB)),
  large('2 GiB of zeros in 2 MiB, as .zip', 'too_large', (at) => writeZipBomb(at, 2 * GIB, 2 * GIB)),
  large('the same .zip, which says it holds 1 MB', 'corrupt', (at) => writeZipBomb(at, 2 * GIB, 1_000_000)),
  large('a million files, as .tar.gz', 'too_many_files', writeMillionTar),
  large('a million files, as .zip', 'too_many_files', writeMillionZip),
  imports(
    { what: 'a million files, by git', problem: 'too_many_files', refused: 'once', most: BOUND },
    bare,
    ({ folder }) => writeMillionRepository(folder),
    'v2410.0.0',
  ),
  withTree('an archive of another program', 'not_a_release', () => ({ 'index.php': file('<?php echo 1;') })),
  withTree('a release for a PHP that is not offered', 'php_unsupported', (tree) => ({
    ...{ ...tree, 'composer.json': composer({ php: '^7.4' }) },
  })),
  withTree('a release without its libraries', 'no_vendor_no_lock', (tree) => ({
    ...Object.fromEntries(Object.entries(tree).filter(([name]) => !/^(vendor\/|composer\.lock$)/.test(name))),
    'composer.json': composer({ php: '^8.1', 'laravel/framework': '^10.0' }),
  })),
  withTree('a version that is there, with other content', 'release_differs', (tree) => ({
    ...{ ...tree, 'tambahan.txt': file('lain') },
  })),
  withTree('a release whose composer.json is no JSON', 'composer_unreadable', (tree) => ({
    ...{ ...tree, 'composer.json': file('{"require": {') },
  })),
  imports(
    { what: 'a tag that is not there', problem: 'tag_not_found', field: 'tag' },
    ({ world }) => world.repository,
    undefined,
    'v9999.0.0',
  ),
  imports(
    { what: 'a repository without a tag', problem: 'tag_required', field: 'tag' },
    ({ world }) => world.repository,
    undefined,
  ),
];
