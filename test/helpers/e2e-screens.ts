import type { Page } from 'playwright-core';
import type { Admin } from './e2e-admin';

/** Fills the form of an import and sends it; resolves with the id of the release, which is not ready yet. */
export const importOnScreen = async (
  page: Page,
  app: string,
  source: { readonly folder: string } | { readonly archive: string },
): Promise<string> => {
  await page.goto('/rilis?impor=1');
  await page.selectOption('#f-app', app);
  if ('archive' in source) {
    await page.check('input[name=sumber][value=unggah]');
    await page.setInputFiles('#f-berkas', source.archive);
  } else {
    await page.check('input[name=sumber][value=berkas]');
    await page.fill('#f-lokasi', source.folder);
  }
  await page.click('form[data-import] button.sp-btn-main');
  await page.waitForURL(/\/rilis\/[0-9A-Z]{26}$/);
  return page.url().split('/').at(-1) ?? '';
};

const unseen = async (): Promise<void> => undefined;
/** Ticks desa of the list that is shown and presses a button below it. */
export const chooseDesa = async (
  page: Page,
  kodes: readonly string[],
  action: 'pasang' | 'perbarui',
  shot: () => Promise<void> = unseen,
): Promise<void> => {
  for (const kode of kodes) await page.check(`input[name=kode][value="${kode}"]`);
  await shot();
  await page.click(`.sp-bulk button[value=${action}]`);
  await page.waitForSelector('form[action="/pembaruan/rencana"]');
};

/** One version per app; every other app on offer is left out. */
const pickReleases = async (page: Page, versions: Readonly<Record<string, string>>): Promise<void> => {
  for (const select of await page.locator('select[name=release]').all()) {
    const app = ((await select.getAttribute('id')) ?? '').replace('f-release-', '');
    const version = versions[app];
    const option = select.locator('option', { hasText: ` ${version} ` });
    await select.selectOption(version === undefined ? '' : ((await option.getAttribute('value')) ?? ''));
  }
};

/** From the choice of releases through plan and typed confirmation to the board; resolves with the id of the rollout. */
export const startOn = async (
  page: Page,
  versions: Readonly<Record<string, string>>,
  picture: (step: string) => Promise<void> = unseen,
): Promise<string> => {
  await pickReleases(page, versions);
  await picture('1-pilih');
  await page.click('form[action="/pembaruan/rencana"] button.sp-btn-main');
  await page.waitForSelector('ol.sp-plan');
  await picture('2-rencana');
  await page.click('form[action="/pembaruan/rencana"] button.sp-btn-main');
  const form = page.locator('form[data-confirm][action="/pembaruan"]');
  await form.locator('input[name=confirm]').fill((await form.getAttribute('data-word')) ?? '');
  await picture('3-konfirmasi');
  await form.locator('[data-go]').click();
  await page.waitForURL(/\/pembaruan\/[0-9A-Z]{26}$/);
  return page.url().split('/').at(-1) ?? '';
};

/** The same by the first admin, each step kept as a picture of this name. */
export const startOnScreen = (
  { page, picture }: Admin,
  name: string,
  versions: Readonly<Record<string, string>>,
): Promise<string> => startOn(page, versions, (step) => picture(`${name}-${step}`));
