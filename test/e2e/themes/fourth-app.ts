import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { RolloutDocument } from '../../../server/services/read-models/rollout-model';
import type { Installation } from '../../helpers/e2e-installation';
import { chooseDesa, startOnScreen } from '../../helpers/e2e-screens';
import { readable, visit } from '../../helpers/e2e-site';
import {
  awaitRollout,
  instanceOf,
  KLIRONG,
  OTHER_TWIN,
  rollout,
  select,
  theme,
  villageContainers,
  type World,
} from '../../helpers/e2e-world';

const run = promisify(execFile);
const FIXTURE = path.resolve(__dirname, '..', 'fourth-app');

/** Relative names of all files of a folder. */
const filesOf = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));

const NEW_FILE = path.join('provisioners', 'apps', 'buku.ts');
const NEW_FOLDER = path.join('deploy-templates', 'buku');
const OURS = ['server', 'provisioners', 'views', 'migrations', 'deploy-templates'];
/** Name → content of every file the product is made of. */
const contentOf = async (root: string): Promise<ReadonlyMap<string, string>> => {
  const top = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  const below = await Promise.all(
    OURS.map(async (folder) => (await filesOf(path.join(root, folder))).map((name) => path.join(folder, name))),
  );
  const all = [...top, ...below.flat()];
  const hash = async (name: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(path.join(root, name)))
      .digest('hex');
  return new Map(await Promise.all(all.map(async (name) => [name, await hash(name)] as const)));
};

export interface FourthApp {
  /** Lays the file and the folder into the checkout and lets the launcher build; the commands rest until it is done. */
  readonly lay: () => Promise<void>;
  readonly theme: () => void;
}
/** One file and one template folder are laid into the checkout; nothing else is touched. */
export const fourthApp = (world: World): FourthApp => {
  let before: ReadonlyMap<string, string> = new Map();
  return {
    async lay() {
      const { root } = world.installation();
      before = await contentOf(root);
      await cp(path.join(FIXTURE, 'app.ts.txt'), path.join(root, NEW_FILE));
      await cp(path.join(FIXTURE, 'template'), path.join(root, NEW_FOLDER), { recursive: true });
      await run('bash', [path.join(root, 'siappakai'), 'completion'], { timeout: 600_000 });
    },
    theme: () => describeFourthApp(world, () => before),
  };
};

/** The app's page counts its guests: it works, and it is this desa's. */
const expectBook = async (installation: Installation, host: string, nama: string): Promise<void> => {
  const [first, second] = [await visit(installation, host, '/buku/'), await visit(installation, host, '/buku/')];
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(readable(first.body)).toContain(`Buku Tamu ${nama}`);
  const guests = (text: string): number => Number(/(\d+) tamu/.exec(text)?.[1]);
  expect(guests(second.body)).toBe(guests(first.body) + 1);
};
const installOnScreen = async (world: World, kode: string): Promise<RolloutDocument> => {
  const admin = world.admin();
  await admin.go(`/desa?cari=${kode}`);
  await chooseDesa(admin.page, [kode], 'pasang');
  const id = await startOnScreen(admin, '30-buku', { buku: '2501.0.0' });
  const document = await awaitRollout(world.installation(), id);
  await admin.page.waitForSelector(`.sp-t[href="?desa=${kode}"][data-s=done]`);
  await admin.picture('31-buku-papan');
  await admin.go(`/desa/${kode}`);
  await admin.picture('32-buku-desa');
  return document;
};

const describeFourthApp = (world: World, before: () => ReadonlyMap<string, string>): void => {
  theme('a fourth app', () => {
    test('from one file and one folder it is built, imported and offered', async () => {
      const installation = world.installation();
      expect((await installation.cli('upgrade')).code).toBe(0);
      const imported = await installation.cli('release', 'import', 'buku', path.join(FIXTURE, 'release'));
      expect(imported).toMatchObject({ code: 0, document: { app: 'buku', version: '2501.0.0', state: 'ready' } });
      const { page, go } = world.admin();
      await go('/rilis?impor=1');
      expect(await page.locator('#f-app option[value=buku]').count()).toBe(1);
    });

    test('it is installed by a command and on the screen, and observed', async () => {
      const installation = world.installation();
      const containers = (await villageContainers(installation)).map((one) => one.Id);
      const [told, document] = await Promise.all([
        rollout(installation, 'install', OTHER_TWIN.kode, '--app', 'buku'),
        installOnScreen(world, KLIRONG.kode),
      ]);
      expect(told.code).toBe(0);
      for (const one of [told.document, document])
        expect({ state: one.state, done: one.counts.done }).toEqual({ state: 'completed', done: 1 });
      for (const one of [OTHER_TWIN, KLIRONG]) {
        const [row] = await select(installation, 'SELECT host FROM desa WHERE kode = ?', [one.kode]);
        await expectBook(installation, String(row?.['host']), one.nama);
        expect(await instanceOf(installation, one.kode, 'buku')).toMatchObject({
          observedRelease: '2501.0.0',
          health: 'healthy',
        });
      }
      expect((await villageContainers(installation)).map((one) => one.Id)).toEqual(expect.arrayContaining(containers));
      expect(world.admin().complaints()).toEqual([]);
    });

    test('no other file was touched, and the product knows nothing of it', async () => {
      const { root } = world.installation();
      const now = await contentOf(root);
      const changed = [...now].filter(([name, hash]) => before().get(name) !== hash).map(([name]) => name);
      const added = (await filesOf(path.join(FIXTURE, 'template'))).map((name) => path.join(NEW_FOLDER, name));
      expect(changed.sort()).toEqual([...added, NEW_FILE].sort());
      expect([...before().keys()].filter((name) => !now.has(name))).toEqual([]);
      for (const name of before().keys())
        if (/^(server|provisioners|views|migrations).*\.(ts|ejs)$/.test(name))
          expect(await readFile(path.join(root, name), 'utf8')).not.toMatch(/['"]buku['"]/);
    });
  });
};
