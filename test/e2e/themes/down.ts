import type { StatusDocument } from '../../../server/cli/context';
import { readable, visit, watchSites } from '../../helpers/e2e-site';
import { theme, villageContainers, VILLAGES, type World } from '../../helpers/e2e-world';

const ENDED_BY_ITSELF_MS = 18_000;

/** Dashboard, worker and Redis gone: citizens notice nothing. */
export const downTheme = (world: World): void => {
  theme('down and up', () => {
    test('every desa goes on answering, and afterwards the same containers serve', async () => {
      const installation = world.installation();
      const before = (await villageContainers(installation)).map((one) => one.Id).sort();
      const watch = watchSites(
        installation,
        VILLAGES.map((one) => ({ host: one.host, path: '/', name: one.title })),
        2,
      );
      const began = Date.now();
      expect((await installation.cli('down')).code).toBe(0);
      // Who does not end when told is killed after 20 s.
      expect(Date.now() - began).toBeLessThan(ENDED_BY_ITSELF_MS);
      const { document: down } = await installation.cli<StatusDocument>('status');
      expect(Object.fromEntries(down.parts.map((one) => [one.name, one.state]))).toMatchObject({
        web: 'stopped',
        worker: 'stopped',
        redis: 'exited',
        mariadb: 'running',
        proxy: 'running',
      });
      for (const one of VILLAGES) {
        const answer = await visit(installation, one.host, '/');
        expect(answer.status).toBe(200);
        expect(readable(answer.body)).toContain(one.title);
      }
      expect((await installation.cli('up')).code).toBe(0);
      const seen = await watch.stop();
      console.info(`down and up: ${seen.sent} visits`);
      expect(seen.failed).toEqual([]);
      const { document: up } = await installation.cli<StatusDocument>('status');
      expect(up.parts.map((one) => one.state)).toEqual(up.parts.map(() => 'running'));
      expect((await villageContainers(installation)).map((one) => one.Id).sort()).toEqual(before);
    });
  });
};
