import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { app as opensid } from '../../../provisioners/apps/opensid';
import { phpConstant, plainName, plainVersion } from '../../../provisioners/lib/php-app';
import { overlayFor } from '../../../provisioners/lib/template';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sp-unit-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

describe('a release is read, never run', () => {
  test.each([
    ["define('VERSION', '2410.0.0');", 'VERSION', '2410.0.0'],
    ['define( "VERSION" , "2410.0.0" )', 'VERSION', '2410.0.0'],
    ["define('PREMIUM', true);", 'PREMIUM', 'true'],
    ["define('VERSION', system('id'));", 'VERSION', null],
    ['define(\'VERSION\', "$x");', 'VERSION', null],
    ["define('VERSIONS', '1');", 'VERSION', null],
  ])('%s', (source, name, value) => {
    expect(phpConstant(source, name)).toBe(value);
  });

  test('versions', () => {
    expect(['v2410.0.0', '2410.0.1', 'V2410.0.0', '24.10', 'main', '2410.0.0-rc'].map(plainVersion)).toEqual([
      '2410.0.0',
      '2410.0.1',
      '2410.0.0',
      null,
      null,
      null,
    ]);
  });

  test('premium is told from umum, and a version that is none is refused', async () => {
    const helper = 'donjo-app/helpers/opensid_helper.php';
    write(
      helper,
      "<?php define('VERSION', '2410.0.0'); define('PREMIUM', true); define('VERSI_DATABASE', '2024100101');",
    );
    expect(await opensid.readRelease(root, { label: '' })).toMatchObject({
      channel: 'premium',
      schemaVersion: '2024100101',
      phpConstraint: null,
      notes: null,
    });
    write(helper, "<?php define('VERSION', 'terbaru');");
    await expect(opensid.readRelease(root, { label: '' })).rejects.toMatchObject({
      details: { reason: 'version_invalid' },
    });
  });
});

test.each([
  ['KABUPATEN KEBUMEN', 'Kebumen'],
  ['Kab. Kebumen', 'Kebumen'],
  ['KOTA SEMARANG', 'Semarang'],
  ['Kotagede', 'Kotagede'],
  ['JAWA TENGAH', 'Jawa Tengah'],
  ["TA'BA", "Ta'ba"],
  ['Karangsari', 'Karangsari'],
])('the name %s is kept as %s', (given, kept) => {
  expect(plainName(given)).toBe(kept);
});

describe('lines of ours behind files of a release', () => {
  const templates = (): string => join(root, 'templates');
  beforeEach(() => {
    write('templates/a/build.json', '{ "append": { "app/routes.php": "append/routes.php" } }');
    write('templates/a/append/routes.php', 'ours();\n');
    write('templates/a/image/etc/x', 'x');
  });

  test('follow the text of the tree', async () => {
    const overlay = await overlayFor('a', templates());
    const files = await overlay.appended(async (path) => (path === 'routes.php' ? '<?php\ntheirs();\n\n' : null));
    expect(files).toEqual([
      { path: '/app/routes.php', content: '<?php\ntheirs();\nours();\n', mode: 0o644, uid: 0, gid: 0 },
    ]);
  });

  test('a tree without the file is not a release of this app', async () => {
    const overlay = await overlayFor('a', templates());
    await expect(overlay.appended(async () => null)).rejects.toMatchObject({ details: { reason: 'not_a_release' } });
  });

  test('the digest changes with a fragment and with the image folder', async () => {
    const before = (await overlayFor('a', templates())).digest;
    write('templates/a/append/routes.php', 'ours(2);\n');
    const after = (await overlayFor('a', templates())).digest;
    write('templates/a/image/etc/x', 'y');
    expect(new Set([before, after, (await overlayFor('a', templates())).digest]).size).toBe(3);
  });

  test('may not leave the app', async () => {
    write('templates/a/build.json', '{ "append": { "app/../etc/passwd": "append/routes.php" } }');
    await expect(overlayFor('a', templates())).rejects.toMatchObject({ code: 'invalid' });
  });

  test('an app without a folder has an empty overlay', async () => {
    const overlay = await overlayFor('none', templates());
    expect([overlay.imageFolder, await overlay.appended(async () => null)]).toEqual([null, []]);
  });
});
