import type { Page } from 'playwright-core';
import { LABEL } from '../../../provisioners/contracts';
import { MESSAGES } from '../../../server/texts';
import { chooseDesa, importOnScreen, startOn } from '../../helpers/e2e-screens';
import { layMoody, setTrouble } from '../../helpers/e2e-release';
import {
  ADMIN,
  awaitCounts,
  containersOf,
  digits,
  docker,
  theme,
  village,
  whyOf,
  type World,
} from '../../helpers/e2e-world';

const VILLAGE = village('33.05.05.2013', 'Jatimalang', 'Klirong', 'Desa');
// What the run with the keyboard left is sound here: no trouble was made in this desa.
const [SOUND, MOODY] = ['2412.10.0', '2412.11.0'];
const TILE = `.sp-t[href="?desa=${VILLAGE.kode}"]`;
const REFRESHED_WITHIN_MS = 30_000;

const signIn = async (page: Page): Promise<void> => {
  await page.goto('/masuk');
  await page.fill('#f-email', ADMIN.email);
  await page.fill('#f-password', ADMIN.password);
  await page.click('form.sp-card .sp-btn-main');
  await page.waitForURL((url) => url.pathname === '/');
};
/** Waits without doing anything: the page itself must come again until it shows this. */
const comesTo = (page: Page, selector: string): Promise<unknown> =>
  page.waitForSelector(selector, { timeout: REFRESHED_WITHIN_MS, state: 'attached' });

/** The same run with scripts switched off: forms, links and pages that come again by themselves. */
export const scriptlessTheme = (world: World): void => {
  theme('without scripts', () => {
    test('from the sign-in to the desa that works again', async () => {
      const installation = world.installation();
      const folder = await layMoody(installation, MOODY);
      await world.admin().stranger(
        async (page) => {
          const asked: string[] = [];
          page.on('request', (request) => asked.push(request.resourceType()));
          await signIn(page);
          expect(await page.locator('.sp-js').count()).toBe(0);
          await importOnScreen(page, 'opensid', { folder });
          await comesTo(page, `[data-swap=title] :text-is("${MESSAGES.id.states.release.ready}")`);

          await page.click('a[href="/desa"]');
          await page.fill('form.sp-toolbar input[name=cari]', VILLAGE.nama);
          await page.press('form.sp-toolbar input[name=cari]', 'Enter');
          await page.waitForURL((url) => url.searchParams.get('cari') === VILLAGE.nama);
          await chooseDesa(page, [VILLAGE.kode], 'pasang');
          const install = await startOn(page, { opensid: SOUND });
          await awaitCounts(installation, install, { done: 1 });
          await comesTo(page, `${TILE}[data-s=done]`);

          const [container] = await containersOf(installation, {
            [LABEL.role]: 'village',
            [LABEL.kode]: digits(VILLAGE.kode),
          });
          await setTrouble(docker.getContainer(container?.Id ?? ''), 'there');
          await page.click(TILE);
          await page.click('[data-drawer-close]');
          await page.goto(`/desa/${VILLAGE.kode}`);
          await page.click('.sp-acts a[href*="action=update"]');
          const update = await startOn(page, { opensid: MOODY });
          await awaitCounts(installation, update, { quarantined: 1 });
          await setTrouble(docker.getContainer(container?.Id ?? ''), 'gone');
          await page.click(TILE);
          expect(await page.locator('[data-drawer] .sp-banner').innerText()).toContain(
            await whyOf(installation, update),
          );
          await page.click('[data-drawer] form[action$="/ulangi"] button');
          await page.waitForURL(/\/pembaruan\/[0-9A-Z]{26}$/);
          await comesTo(page, `${TILE}[data-s=done]`);
          await awaitCounts(installation, update, { done: 1 });
          expect(asked.filter((type) => ['script', 'xhr', 'fetch', 'websocket'].includes(type))).toEqual([]);
        },
        { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } },
      );
    });
  });
};
