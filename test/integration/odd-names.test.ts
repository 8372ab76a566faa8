import { ROUTES } from '../../server/http/app';
import { OPERATIONS } from '../../server/services/operations';
import { ApiClient } from '../helpers/api-client';
import { CommandLine } from '../helpers/command-line';
import { buildOddWorld, kodeOf, KECAMATAN, NOTES, ODD, OFFICE, PERSON, type OddWorld } from '../helpers/odd-world';
import { Browser, startWebInstallation, type WebInstallation } from '../helpers/web-installation';

jest.setTimeout(120_000);
let web: WebInstallation;
let world: OddWorld;
let browser: Browser;
let terminal: CommandLine;
beforeAll(async () => {
  web = await startWebInstallation();
  world = await buildOddWorld(web);
  terminal = new CommandLine(web, await ApiClient.open(web.origin, world));
  browser = new Browser(web.origin);
  await browser.get('/masuk');
  await browser.post('/masuk', { email: PERSON.email, password: PERSON.password });
});
afterAll(() => web.stop());

/** A page as an address, and what a person must be able to read there. */
interface Screen {
  readonly to: string;
  readonly shows: readonly string[];
  readonly status?: number;
}
const screen = (to: string, shows: readonly string[] = [], status = 200): Screen => ({ to, shows, status });
const perDesa = (to: (kode: string) => string): readonly Screen[] =>
  ODD.map((name) => screen(to(kodeOf(name)), [name, KECAMATAN]));
const NOTE_LINES = NOTES.split('\n');
const kodes = (): string => ODD.map((name) => `kode=${kodeOf(name)}`).join('&');
const board = (rest = ''): string => `/pembaruan/${world.rollout}${rest}`;
const NOBODY = '0'.repeat(43);

/** Every page there is: a new one fails until it says what it shows. */
const SCREENS: Readonly<Record<string, () => readonly Screen[]>> = {
  '/masuk': () => [screen('/masuk')],
  '/masuk/:token': () => [screen(`/masuk/${NOBODY}`, [], 410)],
  '/setup/:token': () => [screen(`/setup/${NOBODY}`)],
  '/': () => [screen('/', ['O’o (I/II)', KECAMATAN, OFFICE, PERSON.name])],
  '/desa': () => [
    screen('/desa', [...ODD, KECAMATAN]),
    ...ODD.map((name) => screen(`/desa?cari=${encodeURIComponent(name)}`, [name])),
    screen(`/desa?cari=${encodeURIComponent('<b>xy قرية')}`, ['<b>xy قرية']),
    screen('/desa?kecamatan=33.05.05', ODD),
  ],
  '/desa/:kode': () =>
    ['', '?bagian=riwayat', '?bagian=token', '?bagian=hapus'].flatMap((tab) =>
      perDesa((kode) => `/desa/${kode}${tab}`),
    ),
  '/desa/:kode/domain': () => perDesa((kode) => `/desa/${kode}/domain`),
  '/desa/:kode/hapus': () => ODD.map((name) => screen(`/desa/${kodeOf(name)}/hapus`, [name])),
  '/desa/:kode/log/:app': () => perDesa((kode) => `/desa/${kode}/log/opensid`),
  '/rilis': () => [screen('/rilis'), screen('/rilis?impor=1')],
  '/rilis/:id': () => [screen(`/rilis/${world.release}`, [...NOTE_LINES, PERSON.name])],
  '/rilis/:id/hapus': () => [screen(`/rilis/${world.spareRelease}/hapus`)],
  '/pembaruan': () => [screen('/pembaruan', [PERSON.name])],
  '/pembaruan/baru': () => [
    screen('/pembaruan/baru?action=update', [KECAMATAN]),
    screen(`/pembaruan/baru?action=update&${kodes()}`, [...ODD.slice(0, 8), KECAMATAN]),
    screen(`/pembaruan/baru?action=restart&${kodes()}`, ODD),
  ],
  '/pembaruan/rencana': () => [
    screen(`/pembaruan/rencana?action=update&cakupan=semua&release=opensid@${world.release}`, ODD),
  ],
  '/pembaruan/:id': () => [
    screen(board(), [...ODD, KECAMATAN, PERSON.name]),
    screen(board('?tampil=daftar'), [...ODD, KECAMATAN]),
    screen(board('?tampil=rapat&urut=gelombang'), ODD),
    ...perDesa((kode) => board(`?desa=${kode}`)),
  ],
  '/pembaruan/:id/desa/:kode': () => perDesa((kode) => board(`/desa/${kode}`)),
  '/pembaruan/:id/laporan': () => [screen(board('/laporan'), [...ODD, KECAMATAN, OFFICE, PERSON.name])],
  '/pembaruan/:id/batal': () => [screen(board('/batal'))],
  '/pembaruan/:id/mundur': () => [screen(board('/mundur'))],
  '/server': () => [screen('/server')],
  '/server/baru': () => [screen('/server/baru')],
  '/server/:name': () => [screen(`/server/${world.server}`)],
  '/server/:name/hapus': () => [screen(`/server/${world.server}/hapus`)],
  '/basis-data': () => [screen('/basis-data')],
  '/cadangan': () => [screen('/cadangan', [...ODD, PERSON.name]), screen('/cadangan?jenis=sendiri')],
  '/cadangan/cuplikan/:id/hapus': () => [screen(`/cadangan/cuplikan/${world.oldDump}/hapus`)],
  '/jejak-audit': () => [screen('/jejak-audit', [...ODD, ...NOTE_LINES])],
  '/jejak-audit.csv': () => [],
  '/dokumen-api': () => [screen('/dokumen-api')],
  '/panduan/pesan': () => [screen('/panduan/pesan'), screen('/panduan/pesan?cari=%3Cb%3Ex', ['<b>x'])],
  '/panduan/pesan/:code': () => [screen('/panduan/pesan/http_status')],
  '/profil': () => [screen('/profil', [...ODD.filter((name) => name.length > 1), PERSON.name])],
  '/pengaturan': () => [
    ...['identitas', 'pembaruan', 'batas', 'keluar', 'sertifikat', 'bahasa', 'email'].map((part) =>
      screen(`/pengaturan?bagian=${part}`),
    ),
    screen('/pengaturan?bagian=domain', [KECAMATAN]),
  ],
  '/_gaya': () => [screen('/_gaya', [], 404)],
};

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#34': '"', '#39': "'", amp: '&' };
const decoded = (text: string): string =>
  text.replace(/&(lt|gt|quot|amp|#34|#39);/g, (_whole, name: string) => ENTITIES[name] ?? '');
/** Texts and values as a person reads them; an element in between is a border no name goes over. */
const readable = (html: string): string => {
  const values = [...html.matchAll(/ value="([^"]*)"/g)].map((match) => match[1] ?? '');
  return decoded([html.replace(/<\/?bdi>/g, '').replace(/<[^>]*>/g, '\n'), ...values].join('\n'));
};
const RTL = /[\p{Script=Arabic}\p{Script=Hebrew}]/u;
/** Right-to-left texts that stand in the same line as others, unmarked. */
const astray = (html: string): readonly string[] =>
  [...html.matchAll(/<(\w+)([^>]*)>([^<]+)|<\/\w+>([^<]+)/g)].flatMap(([, tag = '', attributes = '', own, after]) => {
    const text = own ?? after ?? '';
    const marked = ['bdi', 'title', 'option', 'textarea'].includes(tag) || attributes.includes(' dir="');
    return RTL.test(text) && !marked ? [text] : [];
  });

const opened = Object.keys(SCREENS);
test('every page of the product is looked at', () => {
  expect([...new Set(ROUTES.filter((one) => one.method === 'get').map((one) => one.path))].sort()).toEqual(
    [...opened].sort(),
  );
});

test.each(opened)('%s shows every name as it is', async (path) => {
  for (const { to, shows, status } of SCREENS[path]!()) {
    const page = await browser.get(to);
    expect([to, page.status]).toEqual([to, status]);
    if (page.status >= 300) continue;
    const text = readable(page.text);
    expect([to, shows.filter((one) => !text.includes(one))]).toEqual([to, []]);
    expect([to, page.text.match(/<b>x(?!<\/b>)|<i>Ma|&amp;(lt|gt|amp|quot|#\d+);/g)]).toEqual([to, null]);
    expect([to, astray(page.text)]).toEqual([to, []]);
  }
});

test('the bulk confirmation and what is typed take every name', async () => {
  const chosen = await browser.post('/desa/aksi', { action: 'mulai-ulang', kode: ODD.map(kodeOf) });
  expect(readable((await browser.get(chosen.to ?? '')).text)).toContain(ODD[0]);
  for (const name of ODD) {
    const asked = await browser.get(`/desa/${kodeOf(name)}/hapus`);
    expect(decoded(/data-word="([^"]*)"/.exec(asked.text)?.[1] ?? '')).toBe(name);
    const wrong = await browser.post(`/desa/${kodeOf(name)}/hapus`, { confirm: `${name}!` });
    expect([name, wrong.status, readable(wrong.text).includes(`${name}!`)]).toEqual([name, 422, true]);
  }
});

/** Cells of RFC 4180. */
const cells = (text: string): readonly string[] =>
  [...text.replace(/^\uFEFF/, '').matchAll(/"((?:[^"]|"")*)"|([^",\r\n]+)/g)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'),
  );
const safe = (name: string): string => (/^[=+@-]/.test(name) ? `'${name}` : name);
const authorized = () => ({ authorization: `Bearer ${world.token}` });
const LISTS = OPERATIONS.flatMap((one) => ('columns' in one && !one.path.includes('{') ? [one.path] : []));

describe('as a spreadsheet', () => {
  test.each(LISTS)('%s has no cell that would be run', async (path) => {
    const answer = await fetch(`${web.origin}/api/v1${path}?format=csv`, { headers: authorized() });
    const text = await answer.text();
    if (answer.headers.get('content-type')?.includes('text/csv') !== true) return;
    expect(cells(text).filter((cell) => /^[=+@-](?!\d+$)/.test(cell))).toEqual([]);
  });
  test('names stand there, with an apostrophe before what is no name to a spreadsheet', async () => {
    const answer = await fetch(`${web.origin}/api/v1/desa?format=csv`, { headers: authorized() });
    const all = cells(await answer.text());
    expect(ODD.map(safe).filter((name) => !all.includes(name))).toEqual([]);
    const audit = await browser.get('/jejak-audit.csv');
    expect([audit.status, cells(audit.text).filter((cell) => /^[=+@-](?!\d+$)/.test(cell))]).toEqual([200, []]);
    expect(audit.text).toContain('قرية الحكمة');
  });
});

test('JSON has the very names: REST, report and terminal', async () => {
  const names = (all: unknown): readonly string[] => (all as { nama: string }[]).map((one) => one.nama);
  const rest = names(await (await fetch(`${web.origin}/api/v1/desa`, { headers: authorized() })).json());
  const report = JSON.parse((await browser.get(board('/laporan?format=json'))).text) as { members: unknown };
  const told = names(JSON.parse((await terminal.tell(['desa', 'list', '--json'])).out));
  const shown = JSON.parse((await terminal.tell(['rollout', 'show', world.rollout, '--json'])).out) as {
    members: unknown;
  };
  for (const all of [rest, names(report.members), told, names(shown.members)])
    expect(ODD.filter((name) => !all.includes(name))).toEqual([]);
});

test.each([
  ['desa', 'list'],
  ['rollout', 'show', 'ROLLOUT'],
])('the table of %s %s has a line for every name, and the columns stay in place', async (...argv) => {
  const told = await terminal.tell(argv.map((word) => (word === 'ROLLOUT' ? world.rollout : word)));
  expect([told.code, told.said]).toEqual([0, '']);
  const lines = ODD.map((name) => told.out.split('\n').find((line) => line.includes(kodeOf(name))) ?? '');
  expect(ODD.filter((name, index) => !lines[index]?.includes(`${name}  `))).toEqual([]);
  expect(new Set(lines.map((line) => line.indexOf(KECAMATAN))).size).toBe(1);
});

test('the terminal finds a desa by its name, whatever it begins with', async () => {
  for (const name of ODD) {
    const told = await terminal.tell(['desa', 'list', `--search=${name}`, '--json']);
    expect((JSON.parse(told.out) as { nama: string }[]).map((one) => one.nama)).toContain(name);
  }
});
