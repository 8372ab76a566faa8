import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { layWire, type Wire } from './cut-wire';
import type { Installation } from './e2e-installation';

const WIDTHS = [1280, 390] as const;
const HEIGHT = 900;
const STRANGER_WAITS_MS = 60_000;

/** The first admin at a browser of their own, behind a wire that can be cut. */
export interface Admin {
  readonly page: Page;
  readonly wire: Wire;
  /** What pages and requests complained about since this was last asked. */
  readonly complaints: () => readonly string[];
  /** Into the folder of SIAPPAKAI_PICTURES, wide and as on a phone; nothing without that variable. */
  readonly picture: (name: string) => Promise<void>;
  /** Somebody else at another browser: no cookies, as wide as a phone unless it is of another kind. */
  readonly stranger: <T>(work: (page: Page) => Promise<T>, kind?: BrowserContextOptions) => Promise<T>;
  /** Opens a page of the dashboard. */
  readonly go: (where: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const listenTo = (page: Page, complaints: string[]): void => {
  page.on('pageerror', (error) => complaints.push(`${page.url()} ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
};
const takePictures = async (page: Page, folder: string, name: string, complaints: string[]): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    await page.waitForTimeout(200);
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    if (wide > width) complaints.push(`${name} scrolls sideways at ${width}: ${wide} px`);
    // What lies above the page is as high as the window.
    const fullPage = (await page.locator('[data-drawer], dialog[open]').count()) === 0;
    await page.screenshot({ path: path.join(folder, `${name}-${width}.png`), fullPage });
  }
  await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
};

/** Chromium before the dashboard of an installation; speaks Indonesian. */
export const openAdmin = async (installation: Installation): Promise<Admin> => {
  const folder = process.env['SIAPPAKAI_PICTURES'] ?? '';
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const wire = await layWire(installation.config.dashboardPort);
  const own = { baseURL: wire.origin, locale: 'id-ID' };
  const context = await browser.newContext({ ...own, viewport: { width: WIDTHS[0], height: HEIGHT } });
  const page = await context.newPage();
  const complaints: string[] = [];
  listenTo(page, complaints);
  return {
    page,
    wire,
    complaints: () => complaints.splice(0),
    picture: (name) => (folder === '' ? Promise.resolve() : takePictures(page, folder, name, complaints)),
    async stranger(work, kind = {}) {
      const elsewhere = await browser.newContext({ ...own, viewport: { width: WIDTHS[1], height: HEIGHT }, ...kind });
      elsewhere.setDefaultTimeout(STRANGER_WAITS_MS);
      try {
        return await work(await elsewhere.newPage());
      } finally {
        await elsewhere.close();
      }
    },
    async go(where) {
      await page.goto(where);
    },
    async close() {
      await browser.close();
      await wire.close();
    },
  };
};
