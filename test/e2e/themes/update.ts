import { SCHEMA, type Installation } from '../../helpers/e2e-installation';
import { readable, visit, watchSites, type Watched } from '../../helpers/e2e-site';
import {
  APPS,
  desaList,
  docker,
  nameOf,
  rollout,
  villageContainers,
  VILLAGES,
  type World,
} from '../../helpers/e2e-world';

const fronts: readonly Watched[] = VILLAGES.flatMap((one) => [
  { host: one.host, path: '/', name: one.title },
  { host: one.host, path: '/api/', name: '"version"' },
]);
const payments: readonly Watched[] = VILLAGES.map((one) => ({ host: one.host, path: '/pbb/login', name: one.nama }));

const migrations = async (installation: Installation): Promise<readonly string[]> =>
  (await installation.database.query(SCHEMA, 'SELECT versi_database AS v FROM migrasi ORDER BY 1', [])).map((row) =>
    String(row['v']),
  );
/** Residents by desa, as the shared schema has them. */
const people = (installation: Installation): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  installation.database.query(
    SCHEMA,
    'SELECT config_id AS desa, id, nik, nama FROM tweb_penduduk ORDER BY config_id, id',
    [],
  );

/** From 2409 to 2410 while citizens visit: every page all the time, every app observed at the new version. */
export const updateTheme = (world: World): void => {
  describe('update', () => {
    test('three desa and their apps change release without one failed visit', async () => {
      const installation = world.installation();
      const before = { containers: await villageContainers(installation), people: await people(installation) };
      const watch = [watchSites(installation, fronts, 4), watchSites(installation, payments, 2)];
      const told = await rollout(
        installation,
        'update',
        'opensid@2410.0.0',
        ...['--release', 'api@2410.0.0', '--release', 'pbb@2410.0.0', '--all'],
      );
      const [front, payment] = await Promise.all(watch.map((one) => one.stop()));
      expect({ code: told.code, state: told.document.state, counts: told.document.counts }).toMatchObject({
        code: 0,
        state: 'completed',
        counts: { done: 9, failed: 0, quarantined: 0, skipped: 0 },
      });
      console.info(`update: ${front?.sent} visits of / and /api/, ${payment?.sent} of /pbb/ (${payment?.held} held)`);
      expect(front).toMatchObject({ held: 0, failed: [] });
      expect(payment?.failed).toEqual([]);
      expect(front?.sent).toBeGreaterThan(60);
      // Its own dump and migration happen behind a planned and announced pause.
      expect(payment?.held).toBeGreaterThan(0);
      expect(told.document.members.map((one) => one.probes.failed)).toEqual(Array.from({ length: 9 }, () => 0));
      expect(await migrations(installation)).toContain('2024100101');
      expect(await people(installation)).toEqual(before.people);
      const old = new Set(before.containers.map((one) => one.Id));
      const now = await villageContainers(installation);
      expect(now).toHaveLength(9);
      expect(now.filter((one) => old.has(one.Id)).map(nameOf)).toEqual([]);
      for (const one of before.containers)
        await expect(docker.getContainer(one.Id).inspect()).rejects.toMatchObject({ statusCode: 404 });
    });

    test('the new version is what was observed, and each page is still its own', async () => {
      const installation = world.installation();
      for (const one of await desaList(installation)) {
        expect(one.status).toBe('healthy');
        expect(one.instances.map((instance) => [instance.app, instance.observedRelease, instance.behind])).toEqual(
          APPS.map((app) => [app, '2410.0.0', false]),
        );
      }
      for (const one of VILLAGES) {
        const text = readable((await visit(installation, one.host, '/')).body);
        expect(text).toContain(one.title);
        expect(text).toContain('2410.0.0');
      }
    });
  });
};
