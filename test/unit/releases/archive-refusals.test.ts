import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DEFAULT_LIMITS, type TreeLimits } from '../../../provisioners/lib/release-rules';
import { createArchiveSource } from '../../../provisioners/releases/archive';
import {
  file,
  inTempFolder,
  readTree,
  writeTar,
  zipOf,
  type TarEntry,
  type ZipEntry,
} from '../../helpers/release-fixtures';

const none = new AbortController().signal;

async function fetchArchive(folder: string, path: string, limits: TreeLimits = DEFAULT_LIMITS) {
  const into = join(folder, 'tree');
  await mkdir(into, { recursive: true });
  await createArchiveSource(limits).fetch({ location: path }, into, () => undefined, none);
  return readTree(into);
}

const refused = (reason: string) => ({ name: 'ProvisionError', code: 'invalid', details: { reason } });

async function expectRefusal(folder: string, path: string, reason: string, limits?: TreeLimits): Promise<void> {
  await expect(fetchArchive(folder, path, limits)).rejects.toMatchObject(refused(reason));
  expect(await readdir(join(folder, 'tree'))).toEqual([]);
  expect((await readdir(folder)).filter((name) => name !== 'tree' && !name.startsWith('a.'))).toEqual([]);
}

const noise = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 7919 + (at >> 3) * 104_729) & 255));
const plain: TarEntry = { name: 'composer.json', content: '{}' };
const device = (type: 'fifo' | 'character-device' | 'block-device'): TarEntry => ({ name: 'dev', type, size: 0 });

describe('tar', () => {
  it.each([
    ['..', [{ name: '../evil.php', content: 'x' }], 'traversal'],
    ['.. inside', [{ name: 'a/../../evil.php', content: 'x' }], 'traversal'],
    ['an absolute path', [{ name: '/etc/evil', content: 'x' }], 'absolute_path'],
    ['a Windows path', [{ name: 'C:\\evil', content: 'x' }], 'absolute_path'],
    ['a link to an absolute path', [{ name: 'l', type: 'symlink', linkname: '/etc' }], 'link_outside'],
    ['a link upwards', [{ name: 'd/l', type: 'symlink', linkname: '../../x' }], 'link_outside'],
    ['an empty link', [{ name: 'l', type: 'symlink', linkname: '' }], 'link_outside'],
    [
      'a file through a link',
      [
        { name: 'd', type: 'symlink', linkname: 'e' },
        { name: 'd/evil', content: 'x' },
      ],
      'traversal',
    ],
    [
      'a file over a link',
      [
        { name: 'd', type: 'symlink', linkname: 'composer.json' },
        { name: 'd', content: 'x' },
      ],
      'duplicate_path',
    ],
    ['a hard link outwards', [{ name: 'l', type: 'link', linkname: '/etc/passwd' }], 'absolute_path'],
    ['a hard link upwards', [{ name: 'l', type: 'link', linkname: '../x' }], 'traversal'],
    ['a hard link to what is not there', [{ name: 'l', type: 'link', linkname: 'later' }], 'link_outside'],
    [
      'a hard link to a symbolic one',
      [
        { name: 's', type: 'symlink', linkname: 'composer.json' },
        { name: 'h', type: 'link', linkname: 's' },
      ],
      'link_outside',
    ],
    ['a fifo', [device('fifo')], 'device'],
    ['a character device', [device('character-device')], 'device'],
    ['a block device', [device('block-device')], 'device'],
    ['the same file twice', [plain, { name: './composer.json', content: '1' }], 'duplicate_path'],
    [
      'a folder that is a file',
      [
        { name: 'a', content: '' },
        { name: 'a/b', content: '' },
      ],
      'duplicate_path',
    ],
    ['a name with a zero byte', [{ name: 'a', pax: { path: 'a\0b' }, content: '' }], 'bad_name'],
    ['a name too long for a disk', [{ name: 'n'.repeat(256), content: '' }], 'bad_name'],
  ] satisfies readonly (readonly [string, readonly TarEntry[], string])[])(
    'with %s is refused and leaves nothing',
    (_name, entries, reason) =>
      inTempFolder(async (folder) => {
        await writeTar(join(folder, 'a.tar.gz'), [{ name: 'first', content: 'x' }, ...entries], 'gzip');
        await expectRefusal(folder, join(folder, 'a.tar.gz'), reason);
      }),
  );

  it('with a wrapper refuses a link that pointed beside it', () =>
    inTempFolder(async (folder) => {
      const entries: TarEntry[] = [
        { name: 'top/a', content: '' },
        { name: 'top/l', type: 'symlink', linkname: '../b' },
      ];
      await writeTar(join(folder, 'a.tar'), entries, 'none');
      await expectRefusal(folder, join(folder, 'a.tar'), 'link_outside');
    }));

  it('makes a copy of an inner hard link', () =>
    inTempFolder(async (folder) => {
      const entries: TarEntry[] = [plain, { name: 'copy.json', type: 'link', linkname: 'composer.json' }];
      await writeTar(join(folder, 'a.tar'), entries, 'none');
      expect(await fetchArchive(folder, join(folder, 'a.tar'))).toEqual({
        'composer.json': file('{}'),
        'copy.json': file('{}'),
      });
    }));

  it('counts hard links by their size', () =>
    inTempFolder(async (folder) => {
      const big: TarEntry = { name: 'big', content: 'x'.repeat(1000) };
      const links = Array.from({ length: 9 }, (_, at): TarEntry => ({ name: `l${at}`, type: 'link', linkname: 'big' }));
      await writeTar(join(folder, 'a.tar'), [big, ...links], 'none');
      await expectRefusal(folder, join(folder, 'a.tar'), 'too_large', { ...DEFAULT_LIMITS, totalBytes: 5000 });
    }));

  it.each([0.2, 0.6, 0.97])('cut at %s of its bytes is truncated', (share) =>
    inTempFolder(async (folder) => {
      for (const compression of ['gzip', 'none'] as const) {
        const path = join(folder, `a.${compression}`);
        await writeTar(
          path,
          [
            { name: 'one', content: noise },
            { name: 'two', content: noise },
          ],
          compression,
        );
        await truncate(path, Math.floor((await readFile(path)).length * share));
        await expectRefusal(folder, path, 'truncated');
      }
    }),
  );

  it('cut between two files is truncated', () =>
    inTempFolder(async (folder) => {
      const path = join(folder, 'a.tar');
      await writeTar(
        path,
        [
          { name: 'one', content: 'x' },
          { name: 'two', content: 'y' },
        ],
        'none',
      );
      await truncate(path, 1024);
      await expectRefusal(folder, path, 'truncated');
    }));

  it('with a flipped byte in the gzip data is corrupt', () =>
    inTempFolder(async (folder) => {
      const path = join(folder, 'a.tar.gz');
      await writeTar(path, [{ name: 'one', content: 'hello '.repeat(5000) }], 'gzip');
      const bytes = await readFile(path);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 7) ^ 255, bytes.length - 7);
      await writeFile(path, bytes);
      await expectRefusal(folder, path, 'corrupt');
    }));

  it('that unpacks a thousandfold is a bomb', () =>
    inTempFolder(async (folder) => {
      const path = join(folder, 'a.tar.gz');
      await writeTar(path, [{ name: 'zeros', content: Buffer.alloc(80 * 1024 ** 2) }], 'gzip');
      await expectRefusal(folder, path, 'zip_bomb');
    }));
});

describe('zip', () => {
  const symlink = 0o120777;
  it.each([
    ['..', [{ name: '../evil.php' }], 'traversal'],
    ['.. with backslashes', [{ name: '..\\..\\evil.php' }], 'traversal'],
    ['an absolute path', [{ name: '/etc/evil' }], 'absolute_path'],
    ['a Windows path', [{ name: 'C:\\evil' }], 'absolute_path'],
    ['a link outwards', [{ name: 'l', content: '/etc/passwd', mode: symlink }], 'link_outside'],
    ['a huge link', [{ name: 'l', content: 'a/'.repeat(3000), mode: symlink }], 'link_outside'],
    ['a file through a link', [{ name: 'd', content: 'e', mode: symlink }, { name: 'd/evil' }], 'traversal'],
    ['a device', [{ name: 'dev', mode: 0o020666 }], 'device'],
    ['a fifo', [{ name: 'dev', mode: 0o010666 }], 'device'],
    ['encryption', [{ name: 'a', content: 'x', flags: 1 }], 'encrypted_archive'],
    ['a wrong checksum', [{ name: 'a', content: 'x', crc: 1 }], 'corrupt'],
    ['the same file twice', [{ name: 'a' }, { name: 'a' }], 'duplicate_path'],
    ['entries that share bytes', [{ name: '0000', content: noise, copies: 50 }], 'zip_bomb'],
    ['a thousandfold file', [{ name: 'a', content: Buffer.alloc(70 * 1024 ** 2) }], 'zip_bomb'],
  ] satisfies readonly (readonly [string, readonly ZipEntry[], string])[])(
    'with %s is refused and leaves nothing',
    (_name, entries, reason) =>
      inTempFolder(async (folder) => {
        await writeFile(join(folder, 'a.zip'), zipOf([{ name: 'first', content: 'x' }, ...entries]));
        await expectRefusal(folder, join(folder, 'a.zip'), reason);
      }),
  );

  it('with backslashes inside is read like any other', () =>
    inTempFolder(async (folder) => {
      await writeFile(
        join(folder, 'a.zip'),
        zipOf([
          { name: 'app\\index.php', content: 'x' },
          { name: 'b', content: '' },
        ]),
      );
      expect(await fetchArchive(folder, join(folder, 'a.zip'))).toEqual({ 'app/index.php': file('x'), b: file('') });
    }));

  it('without its end is truncated', () =>
    inTempFolder(async (folder) => {
      const whole = zipOf([{ name: 'a', content: 'x'.repeat(500) }]);
      await writeFile(join(folder, 'a.zip'), whole.subarray(0, whole.length - 30));
      await expectRefusal(folder, join(folder, 'a.zip'), 'truncated');
    }));

  it('leaves the clutter of macOS out, also around a single folder', () =>
    inTempFolder(async (folder) => {
      const entries = [
        { name: 'top/a.php', content: 'x' },
        { name: '__MACOSX/top/._a.php', content: 'y' },
      ];
      await writeFile(join(folder, 'a.zip'), zipOf(entries));
      expect(await fetchArchive(folder, join(folder, 'a.zip'))).toEqual({ 'a.php': file('x') });
    }));
});

describe('no archive', () => {
  it.each([
    ['text', Buffer.from('<html>404</html>'.repeat(100))],
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(2048)],
    ['gzipped text', gzipSync('hello '.repeat(500))],
    ['gzipped nothing', gzipSync('')],
  ])('%s', (_name, content) =>
    inTempFolder(async (folder) => {
      await writeFile(join(folder, 'a.zip'), content);
      await expectRefusal(folder, join(folder, 'a.zip'), 'not_an_archive');
    }),
  );
});
