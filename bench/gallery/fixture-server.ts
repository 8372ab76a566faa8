import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Server as SocketServer } from 'socket.io';
import { createRenderer, readAssetMap } from '../../server/http/render';
import type { Locale } from '../../server/texts';
import { SCREENS } from '../../test/unit/views/fixtures';
import { ROOT } from '../fleet/build';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const CSP =
  "default-src 'none'; script-src 'nonce-nonce'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'";
const BEAT_MS = 1000;

export interface FixtureServer {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Serves the screens of the view tests on the loopback address: `/<name>?locale=id|en&theme=light|dark`; no theme follows the browser. */
export const serveFixtures = async (assetsDir: string): Promise<FixtureServer> => {
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
    const locale: Locale = url.searchParams.get('locale') === 'en' ? 'en' : 'id';
    const theme = url.searchParams.get('theme');
    response.end(draw(renderer, locale, theme === 'light' || theme === 'dark' ? theme : null));
  });
  const io = new SocketServer(server, { transports: ['websocket'] });
  io.on('connection', (socket) => {
    socket.on('join', ({ stream, after }: { readonly stream: string; readonly after: number }) =>
      socket.emit('events', { stream, after, last: after, members: [], kinds: [], news: [] }),
    );
    const beat = setInterval(() => socket.emit('beat', { at: '2026-11-21T13:58:14.000Z', worker: true }), BEAT_MS);
    socket.on('disconnect', () => clearInterval(beat));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      await io.close();
    },
  };
};
