import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { axeFindings } from './axe';

export const WIDTHS = [1280, 390] as const;
export const THEMES = ['light', 'dark'] as const;
const HEIGHT = 844;
/** A report of 2.556 rows would be 80 m long. */
const TALLEST = 4200;
const SETTLE_MS = 120;
const LIVE_MS = 2500;
const WAIT_MS = 30_000;

export interface Lens {
  readonly width: number;
  readonly theme: (typeof THEMES)[number];
  readonly locale: 'id' | 'en';
}
export interface Picture extends Lens {
  readonly state: string;
  readonly name: string;
  /** Below the folder of the set. */
  readonly file: string;
  readonly height: number;
  /** The page is longer than the picture. */
  readonly cut: boolean;
  readonly wrong: readonly string[];
}
export type Signed = Awaited<ReturnType<BrowserContext['storageState']>>;
export interface Wish {
  readonly state: string;
  readonly name: string;
  readonly address: string;
  readonly part: 'page' | 'window';
  readonly status: number;
  readonly act: ((page: Page) => Promise<boolean>) | null;
}

/** Every width and theme in one language. */
export const lensesOf = (locale: Lens['locale']): readonly Lens[] =>
  WIDTHS.flatMap((width) => THEMES.map((theme) => ({ width, theme, locale })));

/** Opens the link, which works once, and hands over the cookies. */
export const signIn = async (browser: Browser, base: string, link: string): Promise<Signed> => {
  const page = await browser.newPage();
  await page.goto(link, { waitUntil: 'load' });
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith('/masuk')), page.click('main form button')]);
  await page.goto(base, { waitUntil: 'load' });
  if (new URL(page.url()).pathname.startsWith('/masuk')) throw new Error('the link did not sign in');
  const state = await page.context().storageState();
  await page.context().close();
  return state;
};

/** A page of its own for one lens, kept for many pictures. */
export class Camera {
  private readonly browser: Browser;
  private readonly origin: string;
  private readonly out: string;
  private readonly axe: 'axe' | 'plain';
  private noted: string[] = [];
  private expected = 200;
  constructor(
    browser: Browser,
    place: { readonly origin: string; readonly out: string; readonly axe: 'axe' | 'plain' },
  ) {
    this.browser = browser;
    this.origin = place.origin;
    this.out = place.out;
    this.axe = place.axe;
  }

  async open(lens: Lens, signed: Signed | null): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width: lens.width, height: HEIGHT },
      colorScheme: lens.theme,
      reducedMotion: 'reduce',
      bypassCSP: this.axe === 'axe',
      ...(signed === null ? {} : { storageState: signed }),
    });
    if (lens.locale === 'en') await context.addCookies([{ name: 'sp_bahasa', value: 'en', url: this.origin }]);
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes(`status of ${this.expected}`))
        this.noted.push(message.text());
    });
    page.on('pageerror', (error) => this.noted.push(error.message));
    page.on('response', (response) => {
      const status = response.status();
      if (status >= 400 && status !== this.expected)
        this.noted.push(`HTTP ${status} ${new URL(response.url()).pathname}`);
    });
    return page;
  }

  /** null = there was nothing to press. */
  async take(page: Page, lens: Lens, wish: Wish): Promise<Picture | null> {
    this.noted = [];
    this.expected = wish.status;
    try {
      await page.goto(new URL(wish.address, this.origin).href, { waitUntil: 'load' });
      if (wish.act !== null && !(await wish.act(page))) return null;
      await settle(page);
    } catch (error) {
      this.noted.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    }
    return this.shoot(page, lens, wish);
  }

  /** Takes what the page shows now. */
  async shoot(page: Page, lens: Lens, wish: Pick<Wish, 'state' | 'name' | 'part'>): Promise<Picture> {
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    if (wide > lens.width) this.noted.push(`scrolls sideways, ${wide} px`);
    const full = await page.evaluate<number>('document.documentElement.scrollHeight');
    const height = wish.part === 'window' ? HEIGHT : Math.min(full, TALLEST);
    const cut = wish.part === 'page' && full > TALLEST;
    const still = { animations: 'disabled', caret: 'hide' } as const;
    // A window as high as the page: what is fixed to its edge lies there, not in the middle of the picture.
    await page.setViewportSize({ width: lens.width, height: Math.max(HEIGHT, height) });
    const image = await page.screenshot(still);
    await page.setViewportSize({ width: lens.width, height: HEIGHT });
    if (this.axe === 'axe') this.noted.push(...(await axeFindings(page)).map((one) => `axe ${one}`));
    const file = path.join(
      wish.state,
      `${wish.name}-${lens.width}-${lens.theme}${lens.locale === 'en' ? '-en' : ''}.png`,
    );
    mkdirSync(path.join(this.out, wish.state), { recursive: true });
    writeFileSync(path.join(this.out, file), image);
    return { ...lens, state: wish.state, name: wish.name, file, height, cut, wrong: [...new Set(this.noted)] };
  }
}

/** Fonts are there, and a live page has joined its stream. */
const settle = async (page: Page): Promise<void> => {
  await page.evaluate('document.fonts.ready.then(() => true)');
  if ((await page.locator('[data-live-mark]').count()) > 0)
    await page
      .waitForSelector('[data-live-mark]:not([hidden])', { timeout: LIVE_MS, state: 'attached' })
      .catch(() => null);
  await page.waitForTimeout(SETTLE_MS);
};
