import { DOMAIN } from '../../helpers/e2e-installation';
import { readable, visit, watchSites } from '../../helpers/e2e-site';
import { desaList, KLIRONG, OTHER_TWIN, rollout, theme, TWIN, type World } from '../../helpers/e2e-world';

const NEW_HOST = `klirong-baru.${DOMAIN}`;

/** A desa moves to another name; the old one leads there, nobody else is disturbed. */
export const domainTheme = (world: World): void => {
  theme('another host name', () => {
    test('the new one serves all apps, the old one redirects, the others never fail', async () => {
      const installation = world.installation();
      const watch = watchSites(
        installation,
        [TWIN, OTHER_TWIN].flatMap((one) => [
          { host: one.host, path: '/', name: one.title },
          { host: one.host, path: '/pbb/login', name: one.nama },
        ]),
        4,
      );
      const told = await rollout(installation, 'domain', KLIRONG.kode, NEW_HOST);
      const seen = await watch.stop();
      console.info(`domain: ${seen.sent} visits of the others`);
      expect({ code: told.code, state: told.document.state }).toEqual({ code: 0, state: 'completed' });
      expect(seen).toMatchObject({ held: 0, failed: [] });
      const [home, api, pbb] = await Promise.all(
        ['/', '/api/', '/pbb/login'].map((path) => visit(installation, NEW_HOST, path)),
      );
      expect([home?.status, api?.status, pbb?.status]).toEqual([200, 200, 200]);
      expect(readable(home?.body ?? '')).toContain(KLIRONG.title);
      const old = await visit(installation, KLIRONG.host, '/artikel/1?a=b');
      expect(old).toMatchObject({
        status: 308,
        location: `https://${NEW_HOST}:${installation.config.httpsPort}/artikel/1?a=b`,
      });
      const desa = (await desaList(installation)).find((one) => one.kode === KLIRONG.kode);
      expect(desa).toMatchObject({ host: NEW_HOST, status: 'healthy' });
    });

    test('a name another desa has is refused', async () => {
      const told = await rollout(world.installation(), 'domain', KLIRONG.kode, TWIN.host);
      expect(told.code).toBe(2);
      expect(told.stderr).toContain(TWIN.host);
    });
  });
};
