/**
 * Draws every screen from fixtures and takes pictures of it: `npx tsx bench/preview.ts OUT [NAME…]`, both themes, 1280 and 390 px wide.
 * OUT is a folder outside the repository; `--axe` reports accessibility findings too, `--serve` keeps serving on 127.0.0.1.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { buildAssets } from '../server/assets/build';
import { SCREENS } from '../test/unit/views/fixtures';
import { axeFindings } from './gallery/axe';
import { serveFixtures } from './gallery/fixture-server';

const ROOT = path.resolve(__dirname, '..');

const main = async (): Promise<void> => {
  const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith('--')));
  const [out = '/tmp/siappakai-preview', ...wanted] = words;
  mkdirSync(out, { recursive: true });
  const assetsDir = path.join(out, 'assets');
  for (const asset of await buildAssets({ root: ROOT, outDir: assetsDir }))
    console.error(`${asset.name} ${asset.gzipped} B gz`);
  const server = await serveFixtures(assetsDir);
  const { origin } = server;
  if (flags.has('--serve')) {
    console.error(origin);
    return;
  }
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const locale = flags.has('--en') ? 'en' : 'id';
  const themes = flags.has('--light') ? ['light'] : ['light', 'dark'];
  const widths = flags.has('--wide') ? [1280] : flags.has('--phone') ? [390] : [1280, 390];
  let findings = 0;
  for (const name of wanted.length > 0 ? wanted : Object.keys(SCREENS)) {
    for (const theme of themes) {
      for (const width of widths) {
        const page = await browser.newPage({
          viewport: { width, height: 844 },
          deviceScaleFactor: 1,
          bypassCSP: flags.has('--axe'),
        });
        page.on('console', (message) => message.type() === 'error' && console.error(`${name} ${message.text()}`));
        page.on('pageerror', (error) => console.error(`${name} ${error.message}`));
        await page.goto(`${origin}/${name}?locale=${locale}&theme=${theme}`, { waitUntil: 'load' });
        await page.waitForTimeout(150);
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
        if (wide > width) console.error(`${name} ${width}: scrolls sideways, ${wide} px`);
        if (flags.has('--axe'))
          for (const finding of await axeFindings(page))
            console.error(`axe ${name} ${theme} ${width}: ${finding} #${++findings}`);
        writeFileSync(
          path.join(out, `${name}-${width}-${theme}${locale === 'en' ? '-en' : ''}.png`),
          await page.screenshot({ fullPage: true }),
        );
        await page.close();
      }
    }
  }
  await browser.close();
  await server.stop();
  process.exit(findings > 0 ? 1 : 0);
};
void main();
