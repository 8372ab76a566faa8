import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { RESIDENT } from './real-update-rows';

/** The sites in Chromium, as their people use them; every picture goes to `out`. */
export interface Pages {
  picture(host: string, name: string): Promise<void>;
  /** What the page Layanan Pelanggan says about the desa, signed in as its first admin. */
  subscription(host: string, password: string, name: string): Promise<string>;
  /** True when the resident's NIK and PIN open Layanan Mandiri there. */
  residentEnters(host: string): Promise<boolean>;
  /** The resident asks for the first letter there is, and says what for. */
  sendLetter(host: string, about: string): Promise<void>;
  close(): Promise<void>;
}

const STATUS = '.small-box:has-text("STATUS PELANGGAN") h5';
const WAIT_MS = 60_000;
const TRIES = 12;

const signIn = async (page: Page, origin: string, password: string): Promise<void> => {
  await page.goto(`${origin}/siteman`, { waitUntil: 'load', timeout: WAIT_MS });
  await page.fill('input[name=username]', 'admin');
  await page.fill('input[name=password]', password);
  await page.press('input[name=password]', 'Enter');
  await page.waitForURL((url) => !url.pathname.startsWith('/siteman'), { waitUntil: 'load', timeout: WAIT_MS });
  // The first page asks the dashboard for the desa's status and hands the answer to its own server: leaving it earlier cuts that off.
  await page.waitForLoadState('networkidle', { timeout: WAIT_MS });
};
/** The agreement every new desa is asked for; it lies over the page until somebody agrees. */
const agree = async (page: Page): Promise<void> => {
  const button = page.locator('#btnSetuju');
  await button.waitFor({ state: 'visible', timeout: 3000 }).catch(() => undefined);
  if (!(await button.isVisible())) return;
  await button.click();
  await page.waitForLoadState('networkidle', { timeout: WAIT_MS });
};

/** Signs the resident in; false when the site refuses. */
const enter = async (page: Page, origin: string): Promise<boolean> => {
  await page.goto(`${origin}/layanan-mandiri/masuk`, { waitUntil: 'load', timeout: WAIT_MS });
  await page.fill('input[name=nik]', RESIDENT.nik);
  await page.fill('input[name=pin]', RESIDENT.pin);
  // A question about cookies lies over the form.
  await page.locator('#validasi button[type=submit]').dispatchEvent('click');
  await page
    .waitForURL((url) => !/\/layanan-mandiri\/(masuk|cek)$/.test(url.pathname), { timeout: 8000 })
    .catch(() => undefined);
  return !/\/layanan-mandiri\/(masuk|cek)$/.test(new URL(page.url()).pathname);
};
/** Both forms are sent as their buttons send them, without what their scripts would ask for first. */
const askForLetter = async (page: Page, origin: string, about: string): Promise<void> => {
  await page.goto(`${origin}/layanan-mandiri/surat/buat`, { waitUntil: 'load', timeout: WAIT_MS });
  const letter = await page.locator('#id_surat option:not([value=""])').first().getAttribute('value');
  if (letter === null) throw new Error('the desa offers no letter');
  const send = (fields: Readonly<Record<string, string>>): Promise<unknown> =>
    Promise.all([
      page.waitForEvent('load', { timeout: WAIT_MS }),
      page.evaluate(`((fields) => {
        const form = document.querySelector('form#validasi');
        for (const [name, value] of Object.entries(fields)) {
          if (name === 'action') { form.setAttribute('action', value); continue; }
          form.querySelectorAll('[name="' + name + '"]').forEach((one) => one.remove());
          const field = document.createElement('input');
          field.name = name;
          field.value = value;
          form.append(field);
        }
        HTMLFormElement.prototype.submit.call(form);
      })(${JSON.stringify(fields)})`),
    ]);
  await send({ id_surat: letter, keterangan: about, no_hp_aktif: '081200000000' });
  await send({ action: `${origin}/layanan-mandiri/surat/kirim`, id_surat: letter });
  if (!page.url().endsWith('/permohonan-surat')) throw new Error(`the letter was not sent: ${page.url()}`);
};

export const openPages = async (port: number, out: string): Promise<Pages> => {
  const browser: Browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const once = async <T>(work: (page: Page) => Promise<T>): Promise<T> => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 } });
    try {
      return await work(await context.newPage());
    } finally {
      await context.close();
    }
  };
  // Chromium gives up what it loads when any network of the machine comes or goes, and containers bring networks.
  const visit = async <T>(work: (page: Page) => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await once(work);
      } catch (error) {
        if (tries >= TRIES) throw error;
        console.error(`once more: ${String(error).split('\n')[0] ?? ''}`);
      }
    }
  };
  const origin = (host: string): string => `https://${host}:${port}`;
  const shoot = async (page: Page, name: string): Promise<void> => {
    await page.screenshot({ path: path.join(out, `${name}.png`) });
  };
  return {
    picture: (host, name) =>
      visit(async (page) => {
        await page.goto(`${origin(host)}/`, { waitUntil: 'load', timeout: WAIT_MS });
        await shoot(page, name);
      }),
    subscription: (host, password, name) =>
      visit(async (page) => {
        await signIn(page, origin(host), password);
        await agree(page);
        const status = page.locator(STATUS);
        for (let tries = 0; tries < 3 && (await status.count()) === 0; tries += 1) {
          await page.goto(`${origin(host)}/pelanggan`, { waitUntil: 'networkidle', timeout: WAIT_MS });
          await agree(page);
        }
        await shoot(page, name);
        return (await status.count()) === 0 ? '' : (await status.first().innerText()).trim();
      }),
    residentEnters: (host) => visit((page) => enter(page, origin(host))),
    sendLetter: (host, about) =>
      visit(async (page) => {
        if (!(await enter(page, origin(host)))) throw new Error(`${host} does not let the resident in`);
        await askForLetter(page, origin(host), about);
      }),
    close: () => browser.close(),
  };
};
