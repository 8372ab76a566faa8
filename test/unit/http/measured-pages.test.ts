import { createFormat } from '../../../server/http/format';
import { desaListPage, readDesaQuery, withStrips } from '../../../server/http/pages/desa-list-page';
import { desaPage, type DesaFacts } from '../../../server/http/pages/desa-page';
import { overviewPage, type OverviewFacts } from '../../../server/http/pages/overview-page';
import { NO_TOKEN } from '../../../server/http/pages/token-facts';
import type { Words } from '../../../server/http/pages/words';
import { EMPTY_FORM } from '../../../server/http/view-models/common';
import type { DesaDocument, InstanceDocument } from '../../../server/services/read-models/desa-model';
import type { AppMeasures, DesaMeasures } from '../../../server/services/read-models/measures';
import { MESSAGES } from '../../../server/texts';
import { after, before, NOW } from '../views/fixtures/page';

const words: Words = {
  t: MESSAGES.id,
  f: createFormat('id', 'WIB', NOW),
  apps: [{ name: 'opensid', label: 'OpenSID', icon: 'world', path: '/', order: 10, needs: [], pairing: 'any' }],
};
const instance = (changes: Partial<InstanceDocument> = {}): InstanceDocument => ({
  app: 'opensid',
  release: '2410.0.0',
  observedRelease: '2410.0.0',
  observedAt: before(20),
  observedSince: before(4000),
  state: 'running',
  health: 'healthy',
  reason: null,
  url: 'https://a.example.go.id/',
  container: 'c',
  behind: false,
  ...changes,
});
const desa = (changes: Partial<InstanceDocument> = {}): DesaDocument => ({
  kode: '33.05.05.2011',
  nama: 'Klirong',
  jenis: 'desa',
  kecamatan: 'Klirong',
  kecamatanKode: '33.05.05',
  host: 'a.example.go.id',
  status: changes.health === 'down' ? 'down' : 'healthy',
  instances: [instance(changes)],
});
const measured = (changes: Partial<AppMeasures> = {}): AppMeasures => ({
  strip: [{ s: 'ok' }, { s: 'down' }],
  looks: { sent: 2880, failed: 3 },
  sample: {
    instanceId: 'i',
    container: 'c',
    madeAt: new Date(before(90_000)),
    startedAt: new Date(before(86_400)),
    restarts: 2,
    memoryBytes: 46e6,
    memoryLimitBytes: 384e6,
    cpuSeconds: 10,
    at: new Date(before(60)),
  },
  cpuPercent: 0.4,
  diskBytes: 118e6,
  schemaBytes: null,
  ...changes,
});
const facts = (document: DesaDocument, measures: DesaMeasures): DesaFacts => ({
  document,
  desa: null,
  host: 'a.example.go.id',
  url: 'https://a.example.go.id/',
  releases: [],
  changes: new Map(),
  token: NO_TOKEN,
  measures,
  log: [],
  seq: 1,
});
const wish = { tab: 'ikhtisar', app: '', level: 'semua', form: EMPTY_FORM, canAct: true, canFollow: true } as const;
const pageOf = (measures: DesaMeasures, changes: Partial<InstanceDocument> = {}) =>
  desaPage(facts(desa(changes), measures), words, wish);

describe('one desa', () => {
  test('shows what was measured of each app', () => {
    const [app] = pageOf({ apps: new Map([['opensid', measured()]]), certificate: null }).apps;
    expect(app).toMatchObject({
      beats: [{ s: 'ok' }, { s: 'down' }],
      memory: { used: 46e6, limit: 384e6 },
      cpuPercent: 0.4,
      probes: { failed: 3, sent: 2880 },
      containerSince: before(86_400),
      restarts: 2,
      diskBytes: 118e6,
    });
  });
  test('what is not measured is unknown, never nought', () => {
    const [app] = pageOf({ apps: new Map(), certificate: null }).apps;
    expect(app).toMatchObject({ beats: [], memory: null, cpuPercent: null, probes: null, diskBytes: null });
  });
  test.each([
    [84, 'internal', 'ok', '84 hari lagi', 'CA dasbor ini'],
    [9, 'external', 'act', '9 hari lagi', 'Let’s Encrypt'],
    [-1, 'external', 'down', 'berakhir', 'Let’s Encrypt'],
  ] as const)('a certificate of %s more days, %s, is %s', (days, issuer, tone, value, by) => {
    const notAfter = new Date(after(days * 86_400 + 60));
    const certificate = { host: 'h', issuer, issuedBy: 'Let’s Encrypt', notAfter, seenAt: new Date(NOW) };
    const fact = pageOf({ apps: new Map(), certificate }).facts.find((one) => one.key === 'certificate');
    expect(fact).toMatchObject({ tone, value });
    expect(fact?.note).toContain(by);
  });
  test('a certificate nobody saw is not shown as good', () => {
    const fact = pageOf({ apps: new Map(), certificate: null }).facts.find((one) => one.key === 'certificate');
    expect(fact).toMatchObject({ tone: 'wait', value: '—' });
  });
  test('trouble has its beginning', () => {
    const page = pageOf({ apps: new Map(), certificate: null }, { health: 'down', reason: 'not_answering' });
    expect(page.since).toBe(before(4000));
  });
});

test('the list has the day of the rows it shows, and since when one is in trouble', () => {
  const list = desaListPage(
    { desa: [desa({ health: 'down' })], tokens: new Map(), apps: [], seq: 1 },
    { query: readDesaQuery(() => []), selected: [], canAct: true, t: MESSAGES.id },
  );
  const model = withStrips(list, new Map([['33.05.05.2011', [{ s: 'ok' }, { s: 'down' }]]]));
  expect(model.rows[0]).toMatchObject({ since: before(4000), beats: [{ s: 'ok' }, { s: 'down' }] });
  expect(withStrips(list, new Map()).rows[0]?.beats).toEqual([]);
});

describe('the first page', () => {
  const overview = (changes: Partial<OverviewFacts>): OverviewFacts => ({
    desa: [desa({ health: 'down', reason: 'not_answering' })],
    releases: [],
    tokens: new Map(),
    dumps: [],
    server: null,
    fleet: { strip: [], looks: null, connections: null },
    rollout: null,
    region: 'chosen',
    seq: 1,
    now: new Date(NOW),
    ...changes,
  });
  const machine = { cpus: 8, load: 0.34, memory: { total: 32e9, used: 22.7e9 }, disk: { total: 400e9, used: 232e9 } };
  test('has the share of failed looks of the day', () => {
    const fleet = {
      strip: [{ s: 'down', share: 0.001 }],
      looks: { sent: 20_000, failed: 2 },
      connections: null,
    } as const;
    expect(overviewPage(overview({ fleet }), words)).toMatchObject({ beats: fleet.strip, failedShare: 0.0001 });
  });
  test('has no share when nothing was asked', () => {
    expect(overviewPage(overview({}), words).failedShare).toBeNull();
  });
  test('has a meter for the connections of the database once they are known', () => {
    const labels = (connections: OverviewFacts['fleet']['connections']) =>
      overviewPage(overview({ machine, fleet: { strip: [], looks: null, connections } }), words).server?.meters.map(
        (one) => one.label,
      );
    expect(labels(null)).toEqual(['CPU', 'Memori', 'Disk']);
    expect(labels({ used: 41, max: 500 })).toEqual(['CPU', 'Memori', 'Disk', 'Basis data']);
  });
  test('says since when a desa does not answer', () => {
    expect(overviewPage(overview({}), words).todo[0]?.title).toMatch(/^Klirong, Klirong tidak menjawab sejak \d/);
  });
});
