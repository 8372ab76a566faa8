import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ulid } from 'ulid';
import { buildOddWorld, kodeOf, PERSON, type OddWorld } from '../helpers/odd-world';
import { Browser, startWebInstallation, type Page, type WebInstallation } from '../helpers/web-installation';

jest.setTimeout(60_000);
const RED = 'O’o (I/II)';
let web: WebInstallation;
let browser: Browser;
let world: OddWorld;
beforeAll(async () => {
  web = await startWebInstallation();
  world = await buildOddWorld(web);
  await web.db('rollouts').where({ id: world.rollout }).update({ state: 'completed', ended_at: new Date() });
  const id = ulid();
  const { releases } = web.transactor.read;
  const from = { channel: 'umum', source: '/rilis', tag: null, requestedBy: 'Ani' } as const;
  await releases.create({ id, app: 'opensid', version: '2411.0.0', ...from });
  await releases.update(id, { state: 'ready', readyAt: new Date(), bytes: 90_000_000, files: 9000, phpLine: '8.2' });
  browser = new Browser(web.origin);
  await browser.get('/masuk');
  await browser.post('/masuk', { email: PERSON.email, password: PERSON.password });
});
afterAll(() => web.stop());

const plain = (html: string): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ');
/** `name="value"` of every element of a kind. */
const attributes = (tag: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...tag.matchAll(/ ([a-z-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, plain(value)] as const),
  );

const pressed = new Set<string>();
/** A person after sign-in who presses only what the page before shows; every press counts, typing does not. */
class Walk {
  presses = 0;
  private where = '/';
  private page: Page | null = null;
  static async begin(): Promise<Walk> {
    const walk = new Walk();
    await walk.show(await browser.get('/'));
    return walk;
  }
  get text(): string {
    return plain(this.page?.text ?? '');
  }
  /** The first link or button within `around` that is called `name`. */
  async press(name: string, around = '', typed: Readonly<Record<string, string>> = {}): Promise<void> {
    this.presses += 1;
    pressed.add(name);
    const html = this.page?.text ?? '';
    const from = around === '' ? 0 : html.indexOf(around);
    expect([name, around, from >= 0]).toEqual([name, around, true]);
    for (const found of html.slice(from).matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>|<form\b[^>]*>[\s\S]*?<\/form>/g)) {
      const [whole, link, inner] = found;
      if (link !== undefined && plain(inner ?? '').includes(name)) {
        const next = new URL(attributes(link)['href'] ?? '', `http://x${this.where}`);
        return this.go(`${next.pathname}${next.search}`);
      }
      if (link === undefined && plain(whole).includes(name)) return this.send(whole, typed);
    }
    throw new Error(`nothing is called ${name} on ${this.where}`);
  }
  private async go(to: string): Promise<void> {
    this.where = to;
    await this.show(await browser.get(to));
  }
  private async send(form: string, typed: Readonly<Record<string, string>>): Promise<void> {
    const own = attributes(/<form\b[^>]*>/.exec(form)?.[0] ?? '');
    const fields: Record<string, string[]> = {};
    for (const [tag] of form.matchAll(/<input\b[^>]*>/g)) {
      const { name = '', value = '' } = attributes(tag);
      (fields[name] ??= []).push(typed[name] ?? value);
    }
    await this.show(await browser.post(own['action'] ?? '', fields));
  }
  private async show(page: Page): Promise<void> {
    if (page.to !== null) return this.go(page.to);
    expect([this.where, page.status]).toEqual([this.where, 200]);
    this.page = page;
  }
}

test('which villages are red, and why', async () => {
  const walk = await Walk.begin();
  expect(walk.text).toContain(RED);
  await walk.press('Buka', '<ul class="sp-todo">');
  expect(walk.text).toContain(`${RED} tidak menjawab`);
  expect(walk.text).toMatch(/Yang terjadi .*Alamat publik tidak menjawab/);
  expect(walk.presses).toBe(1);
});

test('all of the red ones', async () => {
  const walk = await Walk.begin();
  await walk.press('Desa', '<nav');
  await walk.press('Tidak menjawab', 'sp-views');
  expect(walk.text).toContain(RED);
  expect(walk.text).not.toContain("Ma'rang 33.");
  await walk.press(RED, '<tbody');
  expect(walk.text).toContain('Alamat publik tidak menjawab');
  expect(walk.presses).toBe(3);
});

test('update all', async () => {
  const walk = await Walk.begin();
  await walk.press('Rencanakan', 'id="h-ready"');
  expect(walk.text).toContain('10 dari');
  await walk.press('Lanjut ke konfirmasi', '<dl class="sp-dl sp-dl-1');
  await walk.press('Mulai pembaruan', '<form method="post" action="/pembaruan" data-confirm', { confirm: 'MULAI 10' });
  expect(walk.presses).toBe(3);
  expect(await web.db('rollouts').where({ kind: 'update', state: 'checking' })).toHaveLength(1);
  await web.db('rollouts').whereNot({ state: 'completed' }).update({ state: 'cancelled' });
});

test('the first password of a village', async () => {
  const walk = await Walk.begin();
  await walk.press('Desa', '<nav');
  await walk.press('<b>x', `href="/desa/${kodeOf('<b>x')}"`.replace(/^/, '<a class="sp-name" '));
  await walk.press('Tampilkan sekali', 'id="h-pw"');
  expect(walk.text).toContain('Pertama-123');
  expect(walk.presses).toBe(3);
});

test('versions a village had before', async () => {
  const walk = await Walk.begin();
  await walk.press('Desa', '<nav');
  await walk.press(RED, '<tbody');
  await walk.press('Riwayat', 'class="sp-tabs"');
  expect(walk.text).toContain('Belum ada yang terjadi');
  expect(walk.presses).toBe(3);
});

test('the old version of one village, and since when', async () => {
  await web.db('databases').update({ schema_release_id: world.release });
  const walk = await Walk.begin();
  await walk.press('Desa', '<nav');
  await walk.press('Versi tertinggal', 'sp-views');
  expect(walk.text).toContain('2409.0.0');
  await walk.press(RED, '<tbody');
  expect(walk.text).toContain('2409.0.0');
  expect(walk.presses).toBe(3);
});

test('every button on these ways is in the page that describes them', () => {
  const page = readFileSync(path.resolve(__dirname, '../../docs/tiga-klik.md'), 'utf8');
  const own = [RED, '<b>x'];
  expect([...pressed].filter((name) => !own.includes(name) && !page.includes(`**${name}`))).toEqual([]);
});
