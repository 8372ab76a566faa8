import path from 'node:path';
import { createFormat } from '../../../server/http/format';
import { lastSeen } from '../../../server/http/pages/desa-list-page';
import { desaPage, type DesaFacts } from '../../../server/http/pages/desa-page';
import { overviewPage, type OverviewFacts } from '../../../server/http/pages/overview-page';
import { releaseListPage, releasePage } from '../../../server/http/pages/release-page';
import { NO_TOKEN } from '../../../server/http/pages/token-facts';
import type { Words } from '../../../server/http/pages/words';
import { createRenderer } from '../../../server/http/render';
import { EMPTY_FORM } from '../../../server/http/view-models/common';
import type { Deployment } from '../../../server/domain/deployment';
import type { Release } from '../../../server/domain/release';
import type { RolloutFacts } from '../../../server/services/read-models/board-model';
import type { ImportProgress } from '../../../server/services/read-models/import-progress';
import type { DesaDocument, InstanceDocument } from '../../../server/services/read-models/desa-model';
import { MESSAGES, type Locale } from '../../../server/texts';
import { before, NOW, pageContext } from '../views/fixtures/page';

const VIEWS = path.resolve(__dirname, '../../../views');
const assets = Object.fromEntries(
  ['app.css', 'page.js', 'live.js', 'icons.svg', 'plus-jakarta-sans.woff2'].map((name) => [name, `/assets/${name}`]),
);
const renderer = createRenderer({ viewsDir: VIEWS, assets, templates: 'kept' });
const words = (locale: Locale = 'id'): Words => ({
  t: MESSAGES[locale],
  f: createFormat(locale, 'WIB', NOW),
  apps: [
    { name: 'opensid', label: 'OpenSID', icon: 'world', path: '/', order: 10, needs: [], pairing: 'any' },
    {
      name: 'api',
      label: 'API',
      icon: 'device-mobile',
      path: '/api',
      order: 20,
      needs: ['opensid'],
      pairing: 'not_newer',
    },
  ],
});
const release = (changes: Partial<Release> = {}): Release => ({
  id: 'r1',
  app: 'opensid',
  version: '2409.0.0',
  channel: 'umum',
  checksum: 'sha256:1',
  phpLine: '8.2',
  schemaVersion: null,
  state: 'ready',
  stageDone: null,
  stageTotal: null,
  reason: null,
  source: '/srv/a.zip',
  tag: null,
  treePath: '/t',
  image: 'i',
  imageId: 'i',
  bytes: 1e8,
  files: 10,
  lint: [],
  notes: null,
  requestedBy: 'Rina',
  readyAt: new Date(before(900)),
  createdAt: new Date(before(1000)),
  ...changes,
});
const releases = [release({ id: 'r2', version: '2410.0.0' }), release()];
const instance = (changes: Partial<InstanceDocument> = {}): InstanceDocument => ({
  app: 'opensid',
  release: '2409.0.0',
  observedRelease: '2409.0.0',
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
const desa = (kode: string, changes: Partial<DesaDocument> = {}): DesaDocument => ({
  kode,
  nama: `Desa ${kode.slice(-1)}`,
  jenis: 'desa',
  kecamatan: 'Klirong',
  kecamatanKode: kode.slice(0, 8),
  host: 'a.example.go.id',
  status: 'healthy',
  instances: [instance()],
  ...changes,
});
const overview = (changes: Partial<OverviewFacts> = {}): OverviewFacts => ({
  desa: [
    desa('33.05.05.2001'),
    desa('33.05.05.2002', {
      status: 'down',
      instances: [instance({ health: 'down', reason: 'not_answering', observedRelease: null })],
    }),
    desa('33.05.05.2003', {
      status: 'unknown',
      instances: [instance({ health: 'unknown', observedAt: before(1080) })],
    }),
    desa('33.05.05.2004', { status: 'not_installed', instances: [] }),
  ],
  releases,
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

describe('the big number', () => {
  test('counts only what answered lately', () => {
    expect(overviewPage(overview(), words())).toMatchObject({
      answering: 1,
      installed: 3,
      total: 4,
      notAnswering: 1,
      unmeasured: 1,
    });
  });
  test('keeps a desa whose update runs while nothing wrong is seen, and says how many are changed', () => {
    const updating = { status: 'updating', instances: [instance({ health: 'updating' })] } as const;
    const refused = {
      status: 'updating',
      instances: [instance({ health: 'updating', reason: 'http_status' })],
    } as const;
    const both = [desa('33.05.05.2005', updating), desa('33.05.05.2006', refused)];
    const model = overviewPage(overview({ desa: both }), words());
    expect(model).toMatchObject({ answering: 1, changing: 2, installed: 2 });
    expect(model.kecamatan[0]).toMatchObject({ answering: 1, total: 2 });
  });
  test('is unknown when the last look is old, whatever it said', () => {
    const model = overviewPage(overview({ now: new Date(Date.parse(NOW) + 600_000) }), words());
    expect(model.answering).toBeNull();
    expect(renderer.render('overview/index', model, pageContext())).toContain('<h1><b>—</b>');
  });
});

test('a desa that is not measured is unseen for as long as the app nobody saw', () => {
  const apps = [
    instance({ observedAt: before(10) }),
    instance({ app: 'pbb', health: 'unknown', observedAt: before(1080) }),
  ];
  expect(lastSeen(desa('33.05.05.2003', { status: 'unknown', instances: apps }))).toBe(before(1080));
  expect(lastSeen(desa('33.05.05.2003', { instances: [instance({ observedAt: before(10) }), instance()] }))).toBe(
    before(10),
  );
});
test('people who are hurt come first in the list of what to do', () => {
  expect(overviewPage(overview(), words()).todo.map((one) => one.hurt)).toEqual(['yes', 'unknown']);
});
test('a halted rollout says of its desa what is seen of them now', () => {
  const halted = (kode: string): RolloutFacts =>
    ({
      rollout: { id: 'R', kind: 'update', state: 'halted', stages: [], reason: null, releases: {} },
      members: [{ instanceId: 'i', kode, nama: 'A', kecamatan: 'K', app: 'opensid', wave: 1, state: 'quarantined' }],
      ...{ deployments: new Map(), versions: new Map(), overtaken: new Set() },
    }) as unknown as RolloutFacts;
  const hurt = (kode: string) => overviewPage(overview({ rollout: halted(kode) }), words()).todo.map((one) => one.hurt);
  // Down: its own row, the rollout's and that of who is quarantined; before what nobody knows.
  expect(hurt('33.05.05.2002')).toEqual(['yes', 'yes', 'yes', 'unknown']);
  expect(hurt('33.05.05.2001')).toEqual(['yes', 'unknown', 'no', 'no']);
});
test('a newer ready release is offered, one everybody runs is not', () => {
  expect(overviewPage(overview(), words()).readyReleases.map((one) => one.version)).toEqual(['2410.0.0']);
  expect(overviewPage(overview({ releases: [release()] }), words()).readyReleases).toEqual([]);
});
test('the first days show three steps', () => {
  const model = overviewPage(
    overview({ desa: [desa('33.05.05.2004', { status: 'not_installed', instances: [] })], releases: [] }),
    words(),
  );
  expect(model.begin).toEqual({ region: true, release: false, desa: false });
  expect(model.answering).toBeNull();
});

const change = (changes: Partial<Deployment> = {}): Deployment => ({
  id: 'd1',
  subjectKind: 'instance',
  subjectId: 'i1',
  rolloutId: 'R1',
  kind: 'update',
  fromReleaseId: 'r1',
  toReleaseId: 'r2',
  state: 'succeeded',
  reason: null,
  position: 1,
  leaseOwner: null,
  leaseEpoch: 1,
  cancelRequestedAt: null,
  startedAt: new Date(before(700)),
  endedAt: new Date(before(640)),
  probes: { sent: 58, failed: 0, held: 0 },
  ...changes,
});
const facts = (document: DesaDocument, changes: readonly Deployment[] = [change()]): DesaFacts => ({
  document,
  desa: null,
  host: 'a.example.go.id',
  url: 'https://a.example.go.id/',
  releases,
  changes: new Map([['opensid', changes]]),
  token: NO_TOKEN,
  measures: { apps: new Map(), certificate: null },
  log: [],
  seq: 1,
});
const wish = { tab: 'ikhtisar', app: '', level: 'semua', form: EMPTY_FORM, canAct: true, canFollow: true } as const;

describe('one desa', () => {
  test('says what is newer, and remembers the last proof', () => {
    const model = desaPage(facts(desa('33.05.05.2001')), words(), wish);
    expect(model.apps[0]).toMatchObject({ available: '2410.0.0', memory: null, probes: null, beats: [] });
    expect(model.lastGoodAt).toBe(before(20));
    expect(model.history[0]!.title).toContain('2409.0.0 → 2410.0.0');
    expect(model.activeRollout).toBeNull();
  });
  test('a desa that is down names its reason and when it last was right', () => {
    const document = desa('33.05.05.2002', {
      status: 'down',
      instances: [instance({ health: 'wrong_identity', reason: 'wrong_identity', observedRelease: null })],
    });
    const model = desaPage(facts(document), words(), wish);
    expect(model).toMatchObject({
      status: 'wrong_identity',
      reason: { code: 'wrong_identity' },
      lastGoodAt: before(640),
    });
    expect(model.facts.find((one) => one.key === 'kode')!.value).toBe('—');
  });
  test('shows the change it takes part in', () => {
    expect(
      desaPage(facts(desa('33.05.05.2001'), [change({ state: 'running', endedAt: null })]), words(), wish)
        .activeRollout,
    ).toMatchObject({ id: 'R1' });
  });
  test('follows no log without the right to', () => {
    expect(desaPage(facts(desa('33.05.05.2001')), words(), { ...wish, canFollow: false }).log.live).toBeNull();
  });
});

describe('releases', () => {
  const all = [
    ...releases,
    release({
      id: 'r3',
      version: '',
      checksum: null,
      state: 'fetching',
      stageDone: 5,
      stageTotal: 10,
      readyAt: null,
      bytes: null,
    }),
    release({
      id: 'r4',
      version: '',
      checksum: null,
      state: 'refused',
      readyAt: null,
      reason: { code: 'truncated', params: {} },
    }),
  ];
  const some = {
    releases: all,
    usage: new Map([['r1', 3]]),
    progress: new Map<string, ImportProgress>([
      ['r3', { seq: 7, perSecond: 3, stoppedAt: null }],
      ['r4', { seq: 9, perSecond: null, stoppedAt: 'verifying' }],
    ]),
  };
  const model = releaseListPage(some, words(), { form: EMPTY_FORM, open: false, canAct: true });
  test('stand apart by what became of them', () => {
    expect(model.importing).toMatchObject([
      { id: 'r3', version: null, channel: null, perSecond: 3, live: { stream: 'release:r3', seq: 7 } },
    ]);
    expect(model.refused).toMatchObject([{ id: 'r4', stoppedAt: 'verifying' }]);
    expect(model.apps[0]!.releases.map((one) => [one.version, one.newest, one.usedBy])).toEqual([
      ['2410.0.0', true, 0],
      ['2409.0.0', false, 3],
    ]);
    expect(model.bytes).toBe(2e8);
  });
  test.each(['id', 'en'] as const)('every page draws in %s without a hole', (locale) => {
    const context = pageContext({ locale });
    const one = desaPage(facts(desa('33.05.05.2001')), words(locale), wish);
    const drawn = [
      renderer.render(
        'releases/index',
        releaseListPage(some, words(locale), { form: EMPTY_FORM, open: true, canAct: true }),
        context,
      ),
      renderer.render('releases/show', releasePage(releases[1]!, some, overview().desa, words(locale), true), context),
      renderer.render('overview/index', overviewPage(overview(), words(locale)), context),
      ...(['ikhtisar', 'log', 'riwayat', 'token', 'domain', 'hapus'] as const).map((tab) =>
        renderer.render('desa/show', { ...one, tab }, context),
      ),
    ];
    for (const html of drawn) expect(html.match(/.{30}(undefined|NaN|\[object|Invalid Date).{10}/g)).toBeNull();
  });
});
