import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadSettings } from '../../../server/services/setting-service';
import { MESSAGES } from '../../../server/texts';
import { DOMAIN, sampleOf, type Installation } from '../../helpers/e2e-installation';
import { importOnScreen } from '../../helpers/e2e-screens';
import { ADMIN, APPS, KLIRONG, OTHER_TWIN, theme, TWIN, type World } from '../../helpers/e2e-world';

const run = promisify(execFile);
const READY_WITHIN_MS = 180_000;

const awaitReleases = async ({ read }: Installation, count: number): Promise<void> => {
  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const all = await read.releases.list();
    if (all.filter((one) => one.state === 'ready').length === count) return;
    if (Date.now() > until || all.some((one) => one.state === 'refused'))
      throw new Error(JSON.stringify(all.map((one) => [one.app, one.version, one.state, one.reason])));
    await sleep(200);
  }
};

/** The first admin, the kabupaten, the domain and the rules of an update, all of it in the browser. */
export const beginTests = (world: World): void => {
  test('the one-time link leads through account, kabupaten and domain to the summary', async () => {
    const { page, go, picture } = world.admin();
    await go(`/setup/${world.installation().setupToken}`);
    await page.fill('#f-name', ADMIN.name);
    await page.fill('#f-email', ADMIN.email);
    await page.fill('#f-password', ADMIN.password);
    await picture('01-akun');
    await page.click('form.sp-card .sp-btn-main');
    await page.fill('#f-cari', 'kebumen');
    await page.check('input[name=kabupaten][value="33.05"]');
    await picture('02-kabupaten');
    await page.click('form.sp-card .sp-btn-main');
    await page.fill('#f-pola', `{desa}.kec-{kec}.${DOMAIN}`);
    await page.click('button[value=contoh]');
    await page.waitForSelector(`.sp-examples :text("${DOMAIN}")`);
    await picture('03-domain');
    await page.click('form.sp-card .sp-btn-main');
    await page.waitForSelector('input[name=langkah][value=periksa]', { state: 'attached' });
    await picture('04-periksa');
    // Database, worker and proxy; memory and disk are the machine's.
    for (const index of [0, 1, 2])
      expect(await page.locator('.sp-steps li').nth(index).getAttribute('data-tone')).toBe('ok');
    await page.click('form.sp-card .sp-btn-main');
    await page.waitForURL((url) => url.pathname === '/');
    expect(await page.locator('.sp-todo li[data-tone=ok]').count()).toBe(1);
    await picture('05-ringkasan-awal');
  });

  test('rules of an update are set', async () => {
    const { page, go, picture } = world.admin();
    await go('/pengaturan');
    await page.click('a[href="/pengaturan?bagian=pembaruan"]');
    await page.fill('#f-jeda_pantau', '6');
    await picture('06-pengaturan');
    await page.click('form[action="/pengaturan"] .sp-btn-main');
    await page.waitForSelector('.sp-note[data-tone=ok]');
    expect(await loadSettings(world.installation().read)).toMatchObject({ soakSeconds: 6 });
  });
};

/** A new admin has nothing but the link of the first `up`; all of it happens in the browser. */
export const firstRunTheme = (world: World): void => {
  theme('the first run', () => {
    afterEach(() => {
      expect(world.admin().complaints()).toEqual([]);
    });

    beginTests(world);

    test('the link is used up, the password opens the dashboard elsewhere', async () => {
      await world.admin().stranger(async (page) => {
        const used = await page.goto(`/setup/${world.installation().setupToken}`);
        expect(used?.status()).toBeGreaterThanOrEqual(400);
        await page.goto('/desa');
        expect(new URL(page.url()).pathname).toBe('/masuk');
        await page.fill('#f-email', ADMIN.email);
        await page.fill('#f-password', ADMIN.password);
        await page.click('form.sp-card .sp-btn-main');
        await page.waitForURL((url) => url.pathname === '/desa');
      });
    });

    test('six releases are brought, one uploaded, its progress seen without loading the page again', async () => {
      const installation = world.installation();
      const { page, go, picture } = world.admin();
      await go('/rilis');
      await picture('07-rilis-awal');
      const archive = path.join(path.dirname(installation.root), 'releases', 'opensid-2409.tar.gz');
      await mkdir(path.dirname(archive), { recursive: true });
      const folder = sampleOf('opensid', '2409.0.0');
      await run('tar', ['-czf', archive, '-C', path.dirname(folder), path.basename(folder)]);
      await importOnScreen(page, 'opensid', { archive });
      await page.evaluate('window.sameDocument = true');
      await picture('08-rilis-diimpor');
      await awaitReleases(installation, 1);
      await page.waitForSelector(`[data-swap=title] :text-is("${MESSAGES.id.states.release.ready}")`);
      expect(await page.evaluate('window.sameDocument')).toBe(true);
      for (const version of ['2409.0.0', '2410.0.0'])
        for (const app of APPS)
          if (`${app} ${version}` !== 'opensid 2409.0.0')
            await importOnScreen(page, app, { folder: sampleOf(app, version) });
      await go('/rilis');
      await picture('09-rilis-antre');
      await awaitReleases(installation, 6);
      // The list follows too.
      await page.locator('[data-swap=releases] [data-release]').nth(5).waitFor();
      await go('/rilis');
      expect(await page.locator('[data-swap=releases] [data-release]').count()).toBe(6);
      await picture('10-rilis');
    });

    test('the list finds the desa of the kabupaten, twins apart', async () => {
      const { page, go } = world.admin();
      await go('/desa?cari=bumirejo');
      const boxes = await page.locator('input[name=kode]').all();
      const found = await Promise.all(boxes.map((box) => box.getAttribute('value')));
      expect(found).toEqual(expect.arrayContaining([TWIN.kode, OTHER_TWIN.kode]));
      expect(found).not.toContain(KLIRONG.kode);
    });
  });
};
