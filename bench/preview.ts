/**
 * Draws every screen from fixtures and takes pictures of it: `npx tsx bench/preview.ts OUT [NAME…]`, both themes, 1280 and 390 px wide.
 * OUT is a folder outside the repository; `--axe` reports accessibility findings too, `--serve` keeps serving on 127.0.0.1.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { Server as SocketServer } from 'socket.io';
import { buildAssets } from '../server/assets/build';
import { createRenderer, readAssetMap } from '../server/http/render';
import type { Theme } from '../server/http/view-models/common';
import type { Locale } from '../server/texts';
import { SCREENS } from '../test/unit/views/fixtures';

const ROOT = path.resolve(__dirname, '..');
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const CSP =
  "default-src 'none'; script-src 'nonce-nonce'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'";

const serve = async (assetsDir: string): Promise<{ readonly server: Server; readonly origin: string }> => {
  const renderer = createRenderer({
    viewsDir: path.join(ROOT, 'views'),
    assets: readAssetMap(assetsDir),
    templates: 'kept',
  });
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://preview');
    if (url.pathname.startsWith('/assets/')) {
      const file = path.join(assetsDir, path.basename(url.pathname));
      response.setHeader('content-type', TYPES[path.extname(file)] ?? 'application/octet-stream');
      response.end(readFileSync(file));
      return;
    }
    const draw = SCREENS[url.pathname.slice(1)];
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('content-security-policy', CSP);
    if (!draw) {
      response.writeHead(404).end();
      return;
    }
    response.end(
      draw(renderer, (url.searchParams.get('locale') ?? 'id') as Locale, url.searchParams.get('theme') as Theme | null),
    );
  });
  const io = new SocketServer(server, { transports: ['websocket'] });
  io.on('connection', (socket) => {
    socket.on('join', ({ stream, after }: { readonly stream: string; readonly after: number }) =>
      socket.emit('events', { stream, after, last: after, members: [], kinds: [], news: [] }),
    );
    setInterval(() => socket.emit('beat', { at: '2026-11-21T13:58:14.000Z', worker: true }), 1000);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const axeFindings = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate<string[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations.flatMap((one) => one.nodes.slice(0, 3).map((node) => one.id + ' ' + node.target.join(' ') + ' ' + node.any.map((check) => check.message).join(' ').slice(0, 160))))`,
  );
};

const main = async (): Promise<void> => {
  const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith('--')));
  const [out = '/tmp/siappakai-preview', ...wanted] = words;
  mkdirSync(out, { recursive: true });
  const assetsDir = path.join(out, 'assets');
  for (const asset of await buildAssets({ root: ROOT, outDir: assetsDir }))
    console.error(`${asset.name} ${asset.gzipped} B gz`);
  const { server, origin } = await serve(assetsDir);
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
  server.close();
  process.exit(findings > 0 ? 1 : 0);
};
void main();
