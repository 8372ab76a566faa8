import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RowDataPacket } from 'mysql2';
import { createPool } from 'mysql2/promise';
import { readEnvironment } from '../../server/config';
import { openInstallation } from '../../server/installation';
import { controlUrl } from '../../server/parts/addresses';
import { DEMO_LINES } from '../helpers/docs-machine-lines';
import { Typist, type Terminal } from '../helpers/documented-shell';
import { layPlace, leave, sampleOf, type Place } from '../helpers/e2e-installation';
import { readTree, writeRepository, zipEntries, zipOf } from '../helpers/release-fixtures';

const MINUTE = 60_000;
jest.setTimeout(15 * MINUTE);

let place: Place;
let usb = '';
beforeAll(async () => {
  place = await layPlace('-demo');
  usb = path.join(place.folder, 'usb');
  await mkdir(usb);
  for (const version of ['2409.0.0', '2410.0.0']) {
    const tree = await readTree(sampleOf('opensid', version));
    await writeFile(path.join(usb, `opensid-${version}.zip`), zipOf(zipEntries(tree, `OpenSID-${version}/`)));
  }
  await cp(sampleOf('opensid', '2409.0.0'), path.join(usb, 'folder'), { recursive: true });
  await writeRepository(usb, await readTree(sampleOf('opensid', '2410.0.0')), 'v2410.0.0');
}, 5 * MINUTE);
afterAll(() => leave(place), 2 * MINUTE);

const typist = new Typist(DEMO_LINES);
const terminal = (): Terminal => ({
  ...place,
  fills: [
    ...['opensid-2409.0.0.zip', 'opensid-2410.0.0.zip'].map(
      (name) => [`/media/usb/${name}`, path.join(usb, name)] as const,
    ),
    ['SOURCE[@TAG]', path.join(usb, 'folder')],
    ['SOURCE[@TAG]', `${path.join(usb, 'repository.git')}@v2410.0.0`],
    ['/var/lib/siappakai-demo', String(place.variables['SIAPPAKAI_HOME'])],
    ['127.0.0.1:8701', `127.0.0.1:${place.variables['SIAPPAKAI_DASHBOARD_PORT']}`],
    // One screen of them: what a picture shows has its own tests.
    [' OUT', ` ${path.join(place.folder, 'pictures')} ringkasan`],
  ],
});
/** Kinds and ends of the rollouts there were. */
const rollouts = async (): Promise<readonly string[]> => {
  const control = createPool({
    uri: controlUrl(openInstallation(readEnvironment(place.variables))),
    connectionLimit: 1,
  });
  try {
    const [rows] = await control.query<RowDataPacket[]>('SELECT kind, state FROM rollouts ORDER BY id');
    return rows.map((row) => `${String(row['kind'])} ${String(row['state'])}`);
  } finally {
    await control.end();
  }
};
const BOTH = ['install completed', 'update completed'];

test('six desa are installed and updated', async () => {
  const [said = ''] = await typist.type(terminal(), './siappakai demo');
  expect([...said.matchAll(/^33\.05\.\S+ .* healthy$/gm)]).toHaveLength(6);
  expect([...said.matchAll(/^ {3}(?:opensid|api|pbb) 2410\.0\.0 /gm)]).toHaveLength(18);
  expect(await rollouts()).toEqual(BOTH);
});

test('again with releases of one’s own: they are read, and everything is done already', async () => {
  await typist.type(
    terminal(),
    './siappakai demo --opensid /media/usb/opensid-2409.0.0.zip --update-to /media/usb/opensid-2410.0.0.zip',
    './siappakai demo --opensid SOURCE[@TAG] --update-to SOURCE[@TAG]',
  );
  expect(await rollouts()).toEqual(BOTH);
});

test('pictures of it are taken', async () => {
  await symlink(path.resolve(__dirname, '../../bench'), path.join(place.root, 'bench'));
  await typist.type(
    terminal(),
    'npx tsx bench/screenshots.ts http://127.0.0.1:8701/ "$(SIAPPAKAI_HOME=/var/lib/siappakai-demo ./siappakai user login-link)" OUT',
  );
});

test('it goes without a trace', async () => {
  await typist.type(terminal(), './siappakai demo --remove');
  expect(() => openInstallation(readEnvironment(place.variables))).toThrow();
});

test('none was left out', () => {
  expect([...typist.typed].sort()).toEqual(Object.keys(DEMO_LINES).sort());
});
