/**
 * Takes pictures of a running installation, both themes, 1280 and 390 px wide:
 * `npx tsx bench/screenshots.ts http://127.0.0.1:8701/ "$(./siappakai user login-link)" OUT [NAME…]`. OUT is a folder outside the
 * repository. Exit 1 when a page failed, scrolled sideways or complained.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { signIn, THEMES, WIDTHS, type Signed } from './gallery/camera';

type Theme = (typeof THEMES)[number];

interface Screen {
  readonly name: string;
  readonly who: 'visitor' | 'admin';
  /** `window` = what one sees without scrolling: a drawer covers no more. */
  readonly part: 'page' | 'window';
  /** Brings the page to the screen; false = this installation has nothing to show there. */
  readonly reach: (page: Page, base: string) => Promise<boolean>;
}
const at =
  (where: string): Screen['reach'] =>
  async (page, base) => {
    await page.goto(new URL(where, base).href, { waitUntil: 'load' });
    return true;
  };
/** The first link of the page's main part whose address matches. */
const follow = async (page: Page, base: string, from: string, wanted: RegExp): Promise<boolean> => {
  await page.goto(new URL(from, base).href, { waitUntil: 'load' });
  const links = await Promise.all((await page.locator('main a[href]').all()).map((one) => one.getAttribute('href')));
  const target = links.find((one) => one !== null && wanted.test(one)) ?? null;
  if (target === null) return false;
  await page.goto(new URL(target, page.url()).href, { waitUntil: 'load' });
  return true;
};
const board = (page: Page, base: string): Promise<boolean> =>
  follow(page, base, '/pembaruan', /^\/pembaruan\/(?!baru)[\w-]+$/);

const SCREENS: readonly Screen[] = [
  { name: 'masuk', who: 'visitor', part: 'page', reach: at('/masuk') },
  { name: 'ringkasan', who: 'admin', part: 'page', reach: at('/') },
  { name: 'desa', who: 'admin', part: 'page', reach: at('/desa') },
  { name: 'desa-terpasang', who: 'admin', part: 'page', reach: at('/desa?keadaan=healthy') },
  {
    name: 'desa-satu',
    who: 'admin',
    part: 'page',
    reach: (page, base) => follow(page, base, '/desa?keadaan=healthy', /^\/desa\/[\d.]+$/),
  },
  { name: 'rilis', who: 'admin', part: 'page', reach: at('/rilis') },
  {
    name: 'rilis-satu',
    who: 'admin',
    part: 'page',
    reach: (page, base) => follow(page, base, '/rilis', /^\/rilis\/\w+$/),
  },
  { name: 'pembaruan', who: 'admin', part: 'page', reach: at('/pembaruan') },
  { name: 'pembaruan-pilih', who: 'admin', part: 'page', reach: at('/pembaruan/baru?action=update') },
  {
    name: 'pembaruan-rencana',
    who: 'admin',
    part: 'page',
    async reach(page, base) {
      await page.goto(new URL('/pembaruan/baru?action=update', base).href, { waitUntil: 'load' });
      const button = page.locator('form[action="/pembaruan/rencana"] button').last();
      if ((await button.count()) === 0) return false;
      await Promise.all([page.waitForLoadState('load'), button.click()]);
      return true;
    },
  },
  { name: 'pembaruan-papan', who: 'admin', part: 'window', reach: board },
  {
    name: 'pembaruan-anggota',
    who: 'admin',
    part: 'window',
    async reach(page, base) {
      return (await board(page, base)) && follow(page, base, page.url(), /[?&]desa=/);
    },
  },
  { name: 'server', who: 'admin', part: 'page', reach: at('/server') },
  {
    name: 'server-satu',
    who: 'admin',
    part: 'page',
    reach: (page, base) => follow(page, base, '/server', /^\/server\/(?!baru)[\w-]+$/),
  },
  { name: 'basis-data', who: 'admin', part: 'page', reach: at('/basis-data') },
  { name: 'cadangan', who: 'admin', part: 'page', reach: at('/cadangan') },
  { name: 'jejak-audit', who: 'admin', part: 'page', reach: at('/jejak-audit') },
  { name: 'profil', who: 'admin', part: 'page', reach: at('/profil') },
  { name: 'pengaturan', who: 'admin', part: 'page', reach: at('/pengaturan') },
  { name: 'pengaturan-domain', who: 'admin', part: 'window', reach: at('/pengaturan?bagian=domain') },
  { name: 'pengaturan-email', who: 'admin', part: 'page', reach: at('/pengaturan?bagian=email') },
  { name: 'pengaturan-batas', who: 'admin', part: 'page', reach: at('/pengaturan?bagian=batas') },
];

interface Shot {
  readonly screen: Screen;
  readonly width: number;
  readonly theme: Theme;
}
/** Writes one picture; returns what was wrong with the page. */
const take = async (
  browser: Browser,
  base: string,
  out: string,
  state: Signed,
  shot: Shot,
): Promise<readonly string[]> => {
  const { screen, width, theme } = shot;
  const context = await browser.newContext({
    viewport: { width, height: 844 },
    colorScheme: theme,
    ...(screen.who === 'admin' ? { storageState: state } : {}),
  });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`HTTP ${response.status()} ${new URL(response.url()).pathname}`);
  });
  try {
    if (!(await screen.reach(page, base))) return [];
    await page.waitForTimeout(400);
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    if (wide > width) wrong.push(`scrolls sideways, ${wide} px`);
    const signedOut = screen.who === 'admin' && new URL(page.url()).pathname.startsWith('/masuk');
    if (signedOut) wrong.push('signed out');
    writeFileSync(
      path.join(out, `${screen.name}-${width}-${theme}.png`),
      await page.screenshot({ fullPage: screen.part === 'page' }),
    );
  } catch (error) {
    wrong.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  } finally {
    await context.close();
  }
  return [...new Set(wrong)];
};

const main = async (): Promise<number> => {
  const [base, link, out, ...wanted] = process.argv.slice(2);
  if (base === undefined || link === undefined || out === undefined) {
    console.error('usage: npx tsx bench/screenshots.ts BASE-URL LOGIN-LINK OUT [NAME…]');
    return 2;
  }
  mkdirSync(out, { recursive: true });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  let faults = 0;
  try {
    const state = await signIn(browser, base, link);
    for (const screen of SCREENS.filter((one) => wanted.length === 0 || wanted.includes(one.name)))
      for (const width of WIDTHS)
        for (const theme of THEMES) {
          const wrong = await take(browser, base, out, state, { screen, width, theme });
          faults += wrong.length;
          for (const one of wrong) console.error(`${screen.name} ${width} ${theme}: ${one}`);
        }
  } finally {
    await browser.close();
  }
  return faults > 0 ? 1 : 0;
};
void main().then((code) => {
  process.exitCode = code;
});
