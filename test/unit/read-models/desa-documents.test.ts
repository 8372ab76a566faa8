import { DEFAULT_SETTINGS } from '../../../server/domain/settings';
import { DesaDocuments } from '../../../server/services/read-models/desa-documents';
import type { DesaFacts, Running } from '../../../server/services/read-models/desa-facts';

const NOW = new Date('2026-11-21T13:58:14.000Z');
const SEEN = '2026-11-21T13:57:50.000Z';
const place = {
  kode: '33.05.05.2011',
  nama: 'Klirong',
  jenis: 'desa',
  kecamatan: 'Klirong',
  kecamatanKode: '33.05.05',
};
const places = [{ ...place, host: 'klirong.example.id' }];
const running: readonly Running[] = [
  {
    id: 'A',
    wilayahKode: place.kode,
    app: 'opensid',
    wanted: 'running',
    releaseId: 'R1',
    container: 'c',
    host: null,
    observed: 'healthy',
    observedAt: new Date(SEEN),
    seenRelease: '2410.0.0',
    seenReason: null,
    seenAt: SEEN,
    seenSince: null,
  },
];
const facts = (change: Partial<DesaFacts> = {}): DesaFacts => ({
  places,
  running,
  settings: DEFAULT_SETTINGS,
  changing: new Map(),
  releases: new Map([['R1', { version: '2410.0.0', behind: false }]]),
  now: NOW,
  ...change,
});
const documents = (): DesaDocuments => new DesaDocuments({ apps: new Map(), httpsPort: 8443 });
const first = (drawing: DesaDocuments, of: DesaFacts) => drawing.draw(of)[0]?.instances[0];

test('the same facts are the same list; it tells what was seen', () => {
  const drawing = documents();
  const list = drawing.draw(facts());
  expect(drawing.draw(facts())).toBe(list);
  expect(list[0]).toMatchObject({ kode: place.kode, host: 'klirong.example.id', status: 'healthy' });
  expect(list[0]?.instances[0]).toMatchObject({
    release: '2410.0.0',
    observedAt: SEEN,
    health: 'healthy',
    url: 'https://klirong.example.id:8443/',
    behind: false,
  });
});

test.each<readonly [string, Partial<DesaFacts>, object]>([
  ['a look that became too old', { now: new Date(NOW.getTime() + 151_000) }, { health: 'unknown' }],
  ['a change that began', { changing: new Map([['A', 'update']]) }, { health: 'updating', state: 'updating' }],
  [
    'a schema that went ahead',
    { releases: new Map([['R1', { version: '2410.0.0', behind: true }]]) },
    { behind: true },
  ],
  ['a release that is gone', { releases: new Map() }, { release: null }],
  [
    'another public port',
    { settings: { ...DEFAULT_SETTINGS, publicPorts: { http: 80, https: 443 } } },
    { url: 'https://klirong.example.id/' },
  ],
  ['another host', { places: [{ ...place, host: 'baru.example.id' }] }, { url: 'https://baru.example.id:8443/' }],
])('%s is told, although the rows are the same', (_, change, told) => {
  const drawing = documents();
  drawing.draw(facts());
  expect(first(drawing, facts(change))).toMatchObject(told);
  expect(first(drawing, facts(change))).toMatchObject(told);
  // And back again.
  expect(first(drawing, facts())).toEqual(first(documents(), facts()));
});

test('a desa that is gone is gone', () => {
  const drawing = documents();
  drawing.draw(facts());
  expect(drawing.draw(facts({ places: [], running: [] }))).toEqual([]);
  expect(drawing.draw(facts({ running: [] }))[0]).toMatchObject({ status: 'not_installed', instances: [] });
});
