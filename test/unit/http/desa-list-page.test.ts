import path from 'node:path';
import { createRenderer } from '../../../server/http/render';
import {
  desaListPage,
  desaMatching,
  readDesaQuery,
  queryReader,
  type DesaListFacts,
} from '../../../server/http/pages/desa-list-page';
import { tokensByDesa } from '../../../server/http/pages/token-facts';
import type { DesaDocument, InstanceDocument } from '../../../server/services/read-models/desa-model';
import { MESSAGES } from '../../../server/texts';
import { ALL_DESA } from '../views/fixtures/regions';
import { before, NOW, pageContext } from '../views/fixtures/page';

const VIEWS = path.resolve(__dirname, '../../../views');
const assets = Object.fromEntries(
  ['app.css', 'page.js', 'live.js', 'icons.svg', 'plus-jakarta-sans.woff2'].map((name) => [name, `/assets/${name}`]),
);
const renderer = createRenderer({ viewsDir: VIEWS, assets, templates: 'kept' });

const instance = (changes: Partial<InstanceDocument> = {}): InstanceDocument => ({
  app: 'opensid',
  release: '2410.0.0',
  observedRelease: '2410.0.0',
  observedAt: before(20),
  observedSince: before(4000),
  state: 'running',
  health: 'healthy',
  reason: null,
  url: 'https://x.example.go.id/',
  container: 'c',
  behind: false,
  ...changes,
});
const documents = (special: Readonly<Record<number, Partial<DesaDocument>>>): readonly DesaDocument[] =>
  ALL_DESA.slice(0, 120).map((one, at) => ({
    ...one,
    jenis: 'desa',
    kecamatanKode: one.kode.slice(0, 8),
    status: 'healthy',
    instances: [instance()],
    ...special[at],
  }));
const token = (kode: string, endsOn: string, installedAt: Date | null) => ({
  id: kode,
  desaKode: kode,
  jti: '',
  kid: '',
  sealed: '',
  domain: '',
  startsOn: '2026-01-01',
  endsOn,
  revokedAt: null,
  installedAt,
  createdAt: new Date(NOW),
});
const facts: DesaListFacts = {
  desa: documents({
    70: { status: 'down', instances: [instance({ health: 'down', observedRelease: null, reason: 'http_status' })] },
    71: { status: 'unknown', instances: [instance({ health: 'unknown', observedAt: before(4000) })] },
    72: { instances: [instance({ release: '2409.0.0', observedRelease: '2409.0.0', behind: true })] },
    73: { status: 'not_installed', host: null, instances: [] },
  }),
  tokens: tokensByDesa(
    [
      token(ALL_DESA[0]!.kode, '2026-12-01', new Date(NOW)),
      token(ALL_DESA[1]!.kode, '2027-06-01', new Date(NOW)),
      token(ALL_DESA[2]!.kode, '2026-01-05', null),
    ],
    new Date(NOW),
  ),
  apps: [
    { name: 'opensid', label: 'OpenSID' },
    { name: 'pbb', label: 'PBB' },
  ],
  seq: 4,
};
const query = (text: string) => readDesaQuery(queryReader(text));
const page = (text: string) => desaListPage(facts, { query: query(text), selected: [], canAct: true, t: MESSAGES.id });
const draw = (text: string): string => renderer.render('desa/index', page(text), pageContext());

test('puts trouble first, fifty on a page', () => {
  const model = page('');
  expect(model.rows.slice(0, 2).map((one) => one.kode)).toEqual([ALL_DESA[70]!.kode, ALL_DESA[71]!.kode]);
  expect(model.rows).toHaveLength(50);
  expect(model.pages).toBe(3);
  expect(page('halaman=3').rows).toHaveLength(20);
  expect(page('halaman=99').page).toBe(3);
});

test('says nothing about a version it has not seen lately', () => {
  const stale = page('keadaan=unknown').rows[0]!;
  expect(stale.apps[0]).toMatchObject({ wanted: '2410.0.0', release: null, state: 'unknown' });
  expect(stale.beats).toEqual([]);
  expect(stale.since).toBeNull();
});

test.each([
  ['lihat=tindakan', [70, 71]],
  ['lihat=tertinggal', [72]],
  ['lihat=token', [0, 2]],
  ['keadaan=not_installed', [73]],
  ['versi=opensid%402409.0.0', [72]],
  [`cari=${ALL_DESA[5]!.kode.replaceAll('.', '')}`, [5]],
])('%s finds exactly those', (text, positions) => {
  expect(desaMatching(facts, query(text)).map((one) => one.kode)).toEqual(positions.map((at) => ALL_DESA[at]!.kode));
});

test('every saved view counts what it lists', () => {
  for (const view of page('').views) expect(desaMatching(facts, query(view.query.slice(1)))).toHaveLength(view.count);
});

test('filters of different kinds narrow, of the same kind widen', () => {
  const [one, two] = [facts.desa[0]!.kecamatanKode, facts.desa[119]!.kecamatanKode];
  const both = desaMatching(facts, query(`kecamatan=${one}&kecamatan=${two}`)).length;
  expect(both).toBe(
    desaMatching(facts, query(`kecamatan=${one}`)).length + desaMatching(facts, query(`kecamatan=${two}`)).length,
  );
  expect(desaMatching(facts, query(`kecamatan=${one}&keadaan=down`))).toEqual([]);
});

test('the query of a page leads to the same desa again', () => {
  const text = 'cari=karang&kecamatan=33.05.01&keadaan=healthy&lihat=token&urut=nama&arah=naik';
  expect(query(page(text).query)).toEqual(query(text));
});

test('offers the nearest name when nothing matches', () => {
  const name = facts.desa[4]!.nama;
  expect(page(`cari=${name.slice(0, -1)}zq`).didYouMean).not.toBeNull();
  expect(page('cari=xxxxxxxxxxxxxxx').didYouMean).toBeNull();
});

test('unknown words in the address are left out', () => {
  expect(query('urut=kode&arah=x&lihat=semua&halaman=-4')).toMatchObject({
    sort: 'keadaan',
    direction: 'turun',
    look: null,
    page: 1,
  });
});

test('tokens: expired before unread, unread before soon', () => {
  expect([0, 1, 2].map((at) => facts.tokens.get(ALL_DESA[at]!.kode)!.state)).toEqual([
    'expiring',
    'matching',
    'expired',
  ]);
});

test.each(['', 'lihat=tindakan', 'cari=klirogn', 'keadaan=not_installed'])('draws /desa?%s', (text) => {
  const html = draw(text);
  expect(html).toContain('<h1>Desa</h1>');
  expect(html.match(/.{30}(undefined|NaN|\[object|Invalid Date).{10}/g)).toBeNull();
});

test('an installation without desa draws too', () => {
  const html = renderer.render(
    'desa/index',
    desaListPage(
      { ...facts, desa: [], tokens: new Map() },
      { query: query(''), selected: [], canAct: false, t: MESSAGES.id },
    ),
    pageContext(),
  );
  expect(html).toContain('Belum ada desa');
});
