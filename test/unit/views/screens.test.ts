import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { ICONS } from '../../../server/http/icons';
import { createRenderer } from '../../../server/http/render';
import { MESSAGES } from '../../../server/texts';
import { EMPTY_FORM } from '../../../server/http/view-models/common';
import { SCREENS } from './fixtures';
import { desaListModel, desaModel } from './fixtures/desa';
import { pageContext } from './fixtures/page';
import { boardModel, memberModel } from './fixtures/rollouts';

const VIEWS = path.resolve(__dirname, '../../../views');
const assets = Object.fromEntries(['app.css', 'page.js', 'live.js', 'icons.svg', 'plus-jakarta-sans.woff2'].map((name) => [name, `/assets/${name}`]));
const renderer = createRenderer({ viewsDir: VIEWS, assets, templates: 'kept' });
const templates = readdirSync(VIEWS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ejs'));
const names = Object.keys(SCREENS);
const drawn = new Map(names.map((name) => [name, SCREENS[name]!(renderer, 'id', 'light')]));

describe('templates', () => {
  test.each(templates)('%s prints nothing unescaped but includes', (name) => {
    const source = readFileSync(path.join(VIEWS, name), 'utf8');
    for (const raw of source.matchAll(/<%-\s*(\w+)/g)) expect(['include', 'kept']).toContain(raw[1]);
  });
});

describe.each(names)('screen %s', (name) => {
  const html = drawn.get(name)!;

  test('is allowed by the content policy: no inline style, script or handler', () => {
    expect(html).not.toMatch(/\sstyle=/);
    expect(html).not.toMatch(/\son[a-z]+=/);
    for (const script of html.matchAll(/<script([^>]*)>([^<]*)/g)) {
      expect(script[1]).toContain('nonce="nonce"');
      expect(script[2]).toBe('');
    }
  });

  test('shows no value that is not one', () => {
    expect(html.match(/.{30}(undefined|NaN|\[object|Invalid Date).{10}/g)).toBeNull();
  });

  test('does not come again by itself while there is something to fill in', () => {
    const main = html.slice(html.indexOf('<main')).replace(/<dialog[\s\S]*?<\/dialog>|<div[^>]* hidden>[\s\S]*?<\/div>/g, '');
    const fields = main.match(/<(textarea|select)|<input(?![^>]*type="(hidden|search)")[^>]*>/g) ?? [];
    if (html.includes('http-equiv="refresh"')) expect(fields).toEqual([]);
  });

  test('has one h1, unique ids, and a token in every form that changes something', () => {
    expect(html.match(/<h1/g)).toHaveLength(1);
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const form of html.matchAll(/<form[^>]*method="post"[\s\S]*?<\/form>/g)) expect(form[0]).toContain('name="_csrf" value="csrf-token"');
  });

  test('leads from every summarised error to its field', () => {
    for (const link of html.matchAll(/href="#(f-[^"]+)"/g)) expect(html).toContain(`id="${link[1]!}"`);
  });

  test('is drawn in English too, with no Indonesian frame left', () => {
    const english = SCREENS[name]!(renderer, 'en', null);
    expect(english).toContain('<html lang="en">');
    expect(english).not.toMatch(/Lewati ke isi|Ringkasan<|Pengaturan</);
  });
});

test('every icon of the sprite is used, and only those', () => {
  const all = [...drawn.values(), SCREENS['overview']!(renderer, 'id', 'dark')].join('');
  const inPages = new Set([...all.matchAll(/icons\.svg#([a-z0-9-]+)/g)].map((match) => match[1]!));
  const sources = ['http/state-looks.ts', 'texts/event-lines.ts', 'http/view-models/rollouts.ts'].map((file) => readFileSync(path.resolve(VIEWS, '../server', file), 'utf8')).join('');
  const unused = ICONS.filter((icon) => !inPages.has(icon) && !sources.includes(`'${icon}'`));
  expect(unused).toEqual([]);
});

test('an unknown icon is refused when the page is drawn', () => {
  const broken = boardModel();
  const drawBroken = () => renderer.render('rollouts/board', { ...broken, events: [{ seq: 1, at: pageContext().now, icon: 'no-such-icon', tone: 'ok', who: '', text: '' }] }, pageContext());
  expect(drawBroken).toThrow(/no-such-icon/);
});

describe('names as people write them', () => {
  const nasty = ["Ma'rang", '<b>x</b>', 'O’o (I/II)', '"><script>alert(1)</script>', 'א'.repeat(60)];
  test.each(nasty)('%s is shown as it is', (nama) => {
    const escaped = nama.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&#34;').replaceAll("'", '&#39;');
    const list = renderer.render('desa/index', desaListModel({ rows: [{ ...desaListModel().rows[0]!, nama }] }), pageContext());
    const one = renderer.render('desa/show', { ...desaModel(), nama, form: EMPTY_FORM }, pageContext());
    for (const html of [list, one]) {
      expect(html).toContain(escaped);
      expect(html).not.toContain('<b>x</b>');
      expect(html).not.toContain('<script>alert');
    }
  });
});

describe('a page without an observation', () => {
  test('says a dash, never a green number', () => {
    const html = drawn.get('overview-unseen')!;
    expect(html).toMatch(/<h1><b>—<\/b>/);
    expect(html).toContain('Belum ada pengamatan dalam semenit terakhir');
  });
  test('does not claim to be live before the socket has spoken', () => {
    expect(drawn.get('board')).toMatch(/data-live-mark hidden/);
  });
  test('refreshes itself without JavaScript while something changes, and not after', () => {
    expect(drawn.get('board')).toContain('<noscript><meta http-equiv="refresh" content="15"></noscript>');
    expect(drawn.get('board-done')).not.toContain('http-equiv');
  });
});

test('boards stay light: 460 desa ≤ 14 KB and 850 desa ≤ 20.5 KB gzipped', () => {
  expect(gzipSync(drawn.get('board')!, { level: 6 }).length).toBeLessThan(14_000);
  expect(gzipSync(drawn.get('board-850')!, { level: 6 }).length).toBeLessThan(20_500);
});

test('a desa that is down is not said to be served by what it ran before', () => {
  const draw = (isDown: boolean): string =>
    renderer.render('rollouts/member', { ...memberModel('id'), isDown }, pageContext({ locale: 'id' }));
  const { serves, servesDown } = MESSAGES.id.rollouts.board;
  for (const isDown of [false, true])
    expect([draw(isDown).includes(serves('2610.0.1')), draw(isDown).includes(servesDown)]).toEqual([!isDown, isDown]);
});
