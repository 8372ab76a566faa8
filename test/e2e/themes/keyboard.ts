import type { Page } from 'playwright-core';
import { LABEL } from '../../../provisioners/contracts';
import { MESSAGES } from '../../../server/texts';
import { keyboardOf, type Keyboard } from '../../helpers/e2e-keyboard';
import type { Installation } from '../../helpers/e2e-installation';
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

const VILLAGE = village('33.05.05.2012', 'Kaliwungu', 'Klirong', 'Desa');
const [SOUND, MOODY] = ['2412.9.0', '2412.10.0'];
const WIDE = { viewport: { width: 1280, height: 900 } };

const signIn = async (page: Page, keys: Keyboard): Promise<void> => {
  await page.goto('/masuk');
  await keys.type('#f-email', ADMIN.email);
  await keys.type('#f-password', ADMIN.password);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/');
  // The first stop of every page leads past the menu.
  await keys.press('.sp-skip');
  expect(await page.evaluate('document.activeElement.id')).toBe('isi');
};

const importRelease = async (page: Page, keys: Keyboard, folder: string): Promise<void> => {
  await keys.press('.sp-side a[href="/rilis"]');
  await page.waitForURL((url) => url.pathname === '/rilis');
  await keys.press('a[href="/rilis?impor=1"]');
  await page.waitForURL((url) => url.searchParams.has('impor'));
  await keys.choose('#f-app', (value) => value === 'opensid');
  await keys.to('input[name=sumber]');
  await page.keyboard.press('ArrowDown');
  expect(await page.isChecked('input[name=sumber][value=berkas]')).toBe(true);
  await keys.type('#f-lokasi', folder);
  await keys.press('form[data-import] button.sp-btn-main');
  await page.waitForURL(/\/rilis\/[0-9A-Z]{26}$/);
  await page.waitForSelector(`[data-swap=title] :text-is("${MESSAGES.id.states.release.ready}")`);
};

const searchDesa = async (page: Page, keys: Keyboard): Promise<void> => {
  await keys.press('.sp-side a[href="/desa"]');
  await page.waitForURL((url) => url.pathname === '/desa');
  await keys.type('form.sp-toolbar input[name=cari]', VILLAGE.nama);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.searchParams.get('cari') === VILLAGE.nama);
};

/** From the choice of releases through plan and typed confirmation to the board; resolves with the id of the rollout. */
const start = async (page: Page, keys: Keyboard, version: string): Promise<string> => {
  await page.waitForSelector('select[name=release]');
  for (const list of await page.locator('select[name=release]').all()) {
    const id = (await list.getAttribute('id')) ?? '';
    await keys.choose(`#${id}`, (value, text) =>
      id === 'f-release-opensid' ? text.startsWith(`${version} `) : value === '',
    );
  }
  const next = 'form[action="/pembaruan/rencana"] button.sp-btn-main';
  await keys.press(next);
  await page.waitForSelector('ol.sp-plan');
  await keys.press(next);
  const form = 'form[data-confirm][action="/pembaruan"]';
  await page.waitForSelector(form);
  await keys.type(`${form} input[name=confirm]`, (await page.getAttribute(form, 'data-word')) ?? '');
  await keys.press(`${form} [data-go]`);
  await page.waitForURL(/\/pembaruan\/[0-9A-Z]{26}$/);
  return page.url().split('/').at(-1) ?? '';
};

const troubleOf = async (installation: Installation, trouble: 'there' | 'gone'): Promise<void> => {
  const [container] = await containersOf(installation, {
    [LABEL.role]: 'village',
    [LABEL.kode]: digits(VILLAGE.kode),
  });
  await setTrouble(docker.getContainer(container?.Id ?? ''), trouble);
};

/** Sign in, import, install, update, read the failure, retry: with keys alone, the focus seen at every stop. */
export const keyboardTheme = (world: World): void => {
  theme('with the keyboard alone', () => {
    test('from the sign-in to the desa that works again', async () => {
      const installation = world.installation();
      const folder = await layMoody(installation, MOODY);
      await world.admin().stranger(async (page) => {
        const keys = await keyboardOf(page);
        const tile = `.sp-t[href="?desa=${VILLAGE.kode}"]`;
        await signIn(page, keys);
        await importRelease(page, keys, folder);

        await searchDesa(page, keys);
        await keys.press(`input[name=kode][value="${VILLAGE.kode}"]`, 'Space');
        await keys.press('.sp-bulk button[value=pasang]');
        await awaitCounts(installation, await start(page, keys, SOUND), { done: 1 });
        await page.waitForSelector(`${tile}[data-s=done]`);

        await troubleOf(installation, 'there');
        await searchDesa(page, keys);
        await keys.press(`a.sp-name[href="/desa/${VILLAGE.kode}"]`);
        await keys.press(`.sp-acts a[href*="action=update"]`);
        const update = await start(page, keys, MOODY);
        await awaitCounts(installation, update, { quarantined: 1 });

        await page.waitForSelector(`${tile}[data-s=quarantined]`);
        await keys.press(tile);
        await page.waitForSelector('[data-drawer] .sp-banner');
        expect(await page.locator('[data-drawer] .sp-banner').innerText()).toContain(await whyOf(installation, update));
        expect(await keys.roundIn('[data-drawer]')).toBeGreaterThan(2);
        await page.keyboard.press('Escape');
        await page.waitForSelector('[data-drawer]', { state: 'detached' });
        expect(await page.evaluate(`document.activeElement.matches('${tile}')`)).toBe(true);

        await troubleOf(installation, 'gone');
        await page.keyboard.press('Enter');
        await keys.press('[data-drawer] form[action$="/ulangi"] button');
        await awaitCounts(installation, update, { done: 1 });
        await page.waitForSelector(`${tile}[data-s=done]`);

        const opener = '.sp-head [data-dialog=rollback]';
        await keys.press(opener);
        expect(await keys.roundIn('#d-rollback')).toBeGreaterThan(2);
        await page.keyboard.press('Escape');
        expect(await page.isVisible('#d-rollback')).toBe(false);
        expect(await page.evaluate(`document.activeElement.matches('${opener}')`)).toBe(true);
        expect(await keys.pointed()).toBeNull();
      }, WIDE);
    });
  });
};
