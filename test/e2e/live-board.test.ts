import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { Server as SocketServer, type Socket } from 'socket.io';
import { buildAssets } from '../../server/assets/build';
import type { LiveBatch, LiveBodies, LiveSummary, LiveType } from '../../server/domain/live-events';
import { createRenderer, readAssetMap, type Renderer } from '../../server/http/render';
import type { BoardModel } from '../../server/http/view-models/rollouts';
import { memberModel, boardModel } from '../unit/views/fixtures/rollouts';
import { NOW, pageContext } from '../unit/views/fixtures/page';

/** The board's own script in Chromium against a real Socket.IO server that speaks exactly `server/domain/live-events.ts`. */
const STREAM = 'rollout:01JD';
const outDir = mkdtempSync(path.join(tmpdir(), 'siappakai-live-'));
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const CSP =
  "default-src 'none'; script-src 'nonce-nonce'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'";

let renderer: Renderer;
let model: BoardModel = boardModel();
let server: Server;
let io: SocketServer;
let origin = '';
let browser: Browser;
let page: Page;
const violations: string[] = [];
const transports = new Set<string>();
/** A stored row, and the line its frame has. */
interface Stored {
  readonly seq: number;
  readonly type: LiveType;
  readonly body: LiveBodies[LiveType];
  readonly who: string;
}
/** What the server has stored; `lost` numbers are stored but were never sent. */
let stored: Stored[] = [];
const joins: number[] = [];
let quiet = false;

const FIRST = 18442;
const event = <T extends LiveType>(type: T, body: LiveBodies[T], who = ''): Stored => {
  const next = { seq: FIRST + stored.length + 1, type, body, who };
  stored.push(next);
  return next;
};
const frameOf = (after: number, rows: readonly Stored[]): LiveBatch => ({
  stream: STREAM,
  after,
  last: rows.at(-1)?.seq ?? after,
  members: rows.flatMap(({ type, body }) => {
    if (type !== 'member.state') return [];
    const { kode, app, state, step, steps } = body as LiveBodies['member.state'];
    return [[kode, app, state, step, steps] as const];
  }),
  kinds: rows.map((one) => one.type).filter((type) => !type.startsWith('member.')),
  news: rows.flatMap(({ seq, who }) =>
    who === '' ? [] : [[seq, Date.parse(NOW), 'circle-check', 'ok', who, 'selesai, 41 dtk'] as const],
  ),
});
const send = (...rows: readonly Stored[]): void => {
  io.to(STREAM).emit('events', frameOf((rows[0]?.seq ?? 1) - 1, rows));
};
const member = (kode: string, state: LiveBodies['member.state']['state']): LiveBodies['member.state'] => ({
  kode,
  nama: 'Uji',
  kecamatan: 'Sempor',
  app: 'opensid',
  state,
  step: 8,
  steps: 8,
  reason: null,
  seconds: 41,
  serving: '2611.0.0',
  failedProbes: 0,
});

beforeAll(async () => {
  await buildAssets({ root: path.resolve(__dirname, '../..'), outDir });
  renderer = createRenderer({
    viewsDir: path.resolve(__dirname, '../../views'),
    assets: readAssetMap(outDir),
    templates: 'kept',
  });
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://board');
    if (url.pathname.startsWith('/assets/')) {
      const file = path.join(outDir, path.basename(url.pathname));
      response.setHeader('content-type', TYPES[path.extname(file)] ?? 'text/plain');
      response.end(readFileSync(file));
      return;
    }
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('content-security-policy', CSP);
    response.end(
      renderer.render(
        'rollouts/board',
        { ...model, drawer: url.searchParams.get('desa') === null ? null : memberModel() },
        pageContext({ path: url.pathname }),
      ),
    );
  });
  io = new SocketServer(server);
  io.on('connection', (socket: Socket) => {
    transports.add(socket.conn.transport.name);
    socket.on('join', async (join: { readonly stream: string; readonly after: number }) => {
      joins.push(join.after);
      await socket.join(join.stream);
      const missed = stored.filter((one) => one.seq > join.after);
      socket.emit('events', frameOf(join.after, missed));
    });
    const beat = setInterval(() => {
      if (!quiet) socket.emit('beat', { at: new Date(Date.parse(NOW) + 60_000).toISOString(), worker: true });
    }, 500);
    socket.on('disconnect', () => {
      clearInterval(beat);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await io.close();
  server.close();
  rmSync(outDir, { recursive: true, force: true });
});

beforeEach(async () => {
  stored = [];
  model = boardModel();
  joins.length = 0;
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on('console', (message) => {
    if (message.type() === 'error') violations.push(message.text());
  });
  page.on('pageerror', (error) => violations.push(error.message));
  await page.goto(`${origin}/pembaruan/01JD`);
  await page.waitForSelector('[data-live-mark]:not([hidden])');
}, 30_000);
afterEach(async () => {
  await page.close();
  expect(violations.splice(0)).toEqual([]);
});

const text = (selector: string): Promise<string> => page.locator(selector).first().innerText();
const tile = (kode: string) => page.locator(`.sp-t[href="?desa=${kode}"]`);

test('says it is live only after the socket has spoken, over WebSocket, with the time of the server', async () => {
  expect(await text('[data-live-mark]')).toBe('Langsung');
  await page.waitForSelector('[data-clock]:text-is("20.59")');
  expect([...transports]).toEqual(['websocket']);
}, 30_000);

test('an event changes its tile, the counts and the feed, and nothing else', async () => {
  const before = Number(await text('[data-n=done]'));
  send(event('member.state', member('33.05.18.2002', 'done'), 'Uji'));
  await page.waitForSelector('.sp-t[href="?desa=33.05.18.2002"][data-s="done"]');
  expect(await text('[data-n=done]')).toBe(String(before + 1));
  expect(await text('[data-f=done] b')).toBe(String(before + 1));
  expect(await text('[data-feed] li:first-child')).toContain('selesai, 41 dtk');
  expect(await tile('33.05.18.2002').locator('.visually-hidden').textContent()).toBe(', Selesai');
}, 30_000);

test('who is to be done again waits again at once, and nobody is asked to look at it any more', async () => {
  const { kode, nama } = model.attention[0]!;
  const people = Number(await text('[data-n=people]'));
  model = { ...model, attention: model.attention.slice(1) };
  model = { ...model, stages: model.stages.map((one) => (one.stage === 'waves' ? { ...one, state: 'pending' } : one)) };
  const before = await page.locator('.sp-stages [data-w="now"]').count();
  send(event('member.state', { ...member(kode, 'pending'), step: 0 }));
  await page.waitForSelector(`.sp-t[href="?desa=${kode}"][data-s="pending"]:not([data-p])`);
  expect(await tile(kode).locator('.visually-hidden').textContent()).toBe(', Menunggu');
  expect(await text('[data-n=people]')).toBe(String(people - 1));
  await page.waitForSelector(`[data-swap=attention] a[href="?desa=${kode}"]`, { state: 'detached', timeout: 8000 });
  expect(await text('[data-swap=attention]')).not.toContain(nama);
  expect(await page.locator('.sp-stages [data-w="now"]').count()).toBe(before - 1);
}, 30_000);

test('a run that is over shows no slots any more', async () => {
  expect(await page.locator('.sp-slots').count()).toBe(1);
  model = boardModel({ state: 'completed' });
  send(event('rollout.state', { state: 'completed', stage: 'report', reason: null, by: null }));
  await page.waitForSelector('.sp-slots', { state: 'detached', timeout: 8000 });
}, 30_000);

test('a gap is asked for again: every event once, in order', async () => {
  event('member.state', member('33.05.18.2005', 'done'), 'Hilang');
  send(event('member.state', member('33.05.18.2006', 'done'), 'Datang'));
  await page.waitForSelector('body[data-seq="18444"]');
  await page.waitForTimeout(700);
  expect(joins).toEqual([18442, 18442]);
  expect(await tile('33.05.18.2005').getAttribute('data-s')).toBe('done');
  const feed = await page.locator('[data-feed] li b').allInnerTexts();
  expect(feed.slice(0, 2)).toEqual(['Datang', 'Hilang']);
}, 30_000);

test('a cut line is said, and after it everything missed is there, once', async () => {
  const lost = [2007, 2008, 2009].map((end) => event('member.state', member(`33.05.18.${end}`, 'done'), `Desa ${end}`));
  for (const socket of await io.fetchSockets()) socket.disconnect(true);
  await page.waitForSelector('body[data-seq="18445"]', { timeout: 15_000 });
  await page.waitForTimeout(700);
  for (const one of lost)
    expect(await tile((one.body as LiveBodies['member.state']).kode).getAttribute('data-s')).toBe('done');
  expect((await page.locator('[data-feed] li b').allInnerTexts()).filter((who) => who.startsWith('Desa 20'))).toEqual([
    'Desa 2009',
    'Desa 2008',
    'Desa 2007',
  ]);
}, 40_000);

test('silence is said after 3 s, with the time of the last news', async () => {
  await page.waitForSelector('[data-clock]:text-is("20.59")');
  quiet = true;
  await page.waitForSelector('[data-live-mark][data-live="off"]', {
    timeout: 10_000,
  });
  expect(await text('[data-live-mark]')).toBe('Menyambung lagi… data 20.59.14');
  quiet = false;
  await page.waitForSelector('[data-live-mark][data-live="on"]', {
    timeout: 10_000,
  });
}, 30_000);

test('numbers of the run come whole, then what changed of them', async () => {
  const slot = {
    kode: '33.05.18.2002',
    nama: 'Meles',
    kecamatan: 'Adimulyo',
    app: 'opensid',
    step: 6,
    steps: 8,
    label: '6/8 Uji publik',
    since: NOW,
    probes: '+++x',
  };
  const whole: LiveSummary = {
    stream: STREAM,
    probesSent: 20001,
    probesFailed: 1,
    slotsUsed: 1,
    says: {
      ...{ eta: '21.15', etaNote: 'WIB · ± 9 mnt', pace: '11 desa per menit', load: 'CPU 44%' },
      ...{ wave1: '1/1', waveNote1: 'lolos' },
    },
    slots: [{ key: '33.05.18.2002 opensid', ...slot }],
  };
  io.to(STREAM).emit('summary', whole);
  await page.waitForSelector('[data-n=eta]:text-is("21.15")');
  expect(await text('[data-n=probesFailed]')).toBe('1');
  expect(await text('[data-n=probesSent]')).toBe('dari 20.001 uji');
  expect([await text('[data-n=wave1]'), await text('[data-n=waveNote1]')]).toEqual(['1/1', 'lolos']);
  expect(await text('[data-slots] li:first-child b')).toBe('Meles');
  expect(await page.locator('[data-slots] li:first-child rect[data-s=down]').count()).toBe(1);
  expect(await text('[data-slots] li:nth-child(2)')).toContain('slot kosong');
  const other = { ...slot, kode: '33.05.18.2003', nama: 'Adikarso', label: '1/8 Citra' };
  const change: LiveSummary = {
    stream: STREAM,
    probesSent: 20002,
    slotsUsed: 2,
    slots: ['33.05.18.2002 opensid', { key: '33.05.18.2003 opensid', ...other }],
  };
  io.to(STREAM).emit('summary', change);
  await page.waitForSelector('[data-slots] li:nth-child(2) b:text-is("Adikarso")');
  expect(await text('[data-n=probesSent]')).toBe('dari 20.002 uji');
  expect(await text('[data-n=eta]')).toBe('21.15');
  expect(await text('[data-n=probesFailed]')).toBe('1');
  io.to(STREAM).emit('summary', { stream: STREAM, slots: [{ key: '33.05.18.2003 opensid', label: '2/8 Berkas' }] });
  await page.waitForSelector('[data-slots] li:first-child:has-text("2/8 Berkas")');
  expect(await text('[data-slots] li:first-child b')).toBe('Adikarso');
  expect(await text('[data-slots] li:nth-child(2)')).toContain('slot kosong');
}, 30_000);

test('the drawer opens in place, by keyboard, and Escape gives the focus back', async () => {
  await tile('33.05.18.2004').focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-drawer]');
  expect(page.url()).toContain('?desa=33.05.18.2004');
  expect(await page.locator('[data-drawer-close]:focus').count()).toBe(1);
  await page.keyboard.press('Escape');
  await page.waitForSelector('[data-drawer]', { state: 'detached' });
  expect(await page.locator('[href="?desa=33.05.18.2004"]:focus').count()).toBe(1);
}, 30_000);

test('a typed confirmation opens only when it matches', async () => {
  await page.locator('.sp-head [data-dialog=rollback]').click();
  const go = page.locator('#d-rollback [data-go]');
  expect(await go.isDisabled()).toBe(true);
  await page.locator('#k-rollback').fill('MUNDURKAN 31');
  expect(await go.isDisabled()).toBe(true);
  await page.locator('#k-rollback').fill('MUNDURKAN 313');
  expect(await go.isDisabled()).toBe(false);
  await page.keyboard.press('Escape');
  expect(await page.locator('#d-rollback').isVisible()).toBe(false);
}, 30_000);

test('a filter dims and never removes', async () => {
  const all = await page.locator('.sp-t').count();
  await page.locator('[data-f=quarantined]').click();
  expect(await page.locator('.sp-t').count()).toBe(all);
  expect(await page.locator('.sp-t[data-on]').count()).toBe(3);
  expect(page.url()).toContain('keadaan=quarantined');
}, 30_000);
