import { execFile } from 'node:child_process';
import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { readable, visit } from '../../helpers/e2e-site';
import { instanceOf, OTHER_TWIN, rollout, villageContainers, type World } from '../../helpers/e2e-world';

const run = promisify(execFile);
const FIXTURE = path.resolve(__dirname, '..', 'fourth-app');

/** Relative names of all files of a folder. */
const filesOf = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));

/** One file and one template folder are laid into the checkout; nothing else is touched. */
export const fourthAppTheme = (world: World): void => {
  describe('a fourth app', () => {
    test('from one file and one folder it is built, imported, installed and observed', async () => {
      const installation = world.installation();
      const before = (await villageContainers(installation)).map((one) => one.Id);
      const file = path.join(installation.root, 'provisioners', 'apps', 'buku.ts');
      const template = path.join(installation.root, 'deploy-templates', 'buku');
      await cp(path.join(FIXTURE, 'app.ts.txt'), file);
      await cp(path.join(FIXTURE, 'template'), template, { recursive: true });
      // The launcher builds what is new.
      await run('bash', [path.join(installation.root, 'siappakai'), 'completion'], { timeout: 600_000 });
      expect((await installation.cli('upgrade')).code).toBe(0);
      const imported = await installation.cli('release', 'import', 'buku', path.join(FIXTURE, 'release'));
      expect(imported).toMatchObject({ code: 0, document: { app: 'buku', version: '2501.0.0', state: 'ready' } });
      const told = await rollout(installation, 'install', OTHER_TWIN.kode, '--app', 'buku');
      expect({ code: told.code, state: told.document.state, done: told.document.counts.done }).toEqual({
        code: 0,
        state: 'completed',
        done: 1,
      });
      const [first, second] = [
        await visit(installation, OTHER_TWIN.host, '/buku/'),
        await visit(installation, OTHER_TWIN.host, '/buku/'),
      ];
      expect([first.status, second.status]).toEqual([200, 200]);
      expect(readable(first.body)).toContain(`Buku Tamu ${OTHER_TWIN.nama}`);
      const guests = (text: string): number => Number(/(\d+) tamu/.exec(text)?.[1]);
      expect(guests(second.body)).toBe(guests(first.body) + 1);
      expect(await instanceOf(installation, OTHER_TWIN.kode, 'buku')).toMatchObject({
        observedRelease: '2501.0.0',
        health: 'healthy',
      });
      expect((await villageContainers(installation)).map((one) => one.Id)).toEqual(expect.arrayContaining(before));
    });

    test('the product knows nothing of it', async () => {
      const { root } = world.installation();
      for (const folder of ['server', 'provisioners', 'views', 'migrations']) {
        for (const name of await filesOf(path.join(root, folder))) {
          if (name.endsWith(path.join('apps', 'buku.ts')) || !/\.(ts|ejs)$/.test(name)) continue;
          expect(await readFile(path.join(root, folder, name), 'utf8')).not.toMatch(/['"]buku['"]/);
        }
      }
    });
  });
};
