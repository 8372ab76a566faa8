import { planRollout, type PlanFacts, type RolloutRequest } from '../../../server/domain/rollout-plan';

const release = (id: string, app: string, version: string, state: 'ready' | 'refused' = 'ready') =>
  ({ id, app, version, state, channel: 'umum' }) as const;
const instance = (kode: string, app: string, more: Partial<PlanFacts['instances'][number]> = {}) =>
  ({
    id: `${kode}-${app}`,
    wilayahKode: kode,
    app,
    releaseId: `${app}1`,
    container: `c-${kode}-${app}`,
    wanted: 'running',
    ...more,
  }) as const;
const KODES = ['33.05.05.2011', '33.05.05.2012', '33.05.03.2020'] as const;
const APPS = ['opensid', 'api', 'pbb'] as const;
const OTHER = { rollout: '01JOTHER', kind: 'update' } as const;
const everything = KODES.flatMap((kode) => APPS.map((app) => instance(kode, app)));
const facts = (more: Partial<PlanFacts> = {}): PlanFacts => ({
  desa: KODES.map((kode) => ({ kode, kecamatanKode: kode.slice(0, 8), nama: kode, host: `${kode}.id` })),
  kecamatan: { '33.05.05': 'Klirong', '33.05.03': 'Puring' },
  instances: [],
  releases: APPS.flatMap((app) => [release(`${app}1`, app, '2409.0.0'), release(`${app}2`, app, '2410.0.0')]),
  apps: [
    { name: 'opensid', order: 10, needs: [], pairing: 'any', database: 'shared' },
    { name: 'api', order: 20, needs: ['opensid'], pairing: 'not_newer', database: 'borrowed' },
    { name: 'pbb', order: 30, needs: ['opensid'], pairing: 'any', database: 'own' },
  ],
  schemaRelease: { opensid: null },
  busy: {},
  updating: new Set(),
  takenHosts: {},
  ...more,
});
const request = (kind: RolloutRequest['kind'], more: Partial<RolloutRequest> = {}): RolloutRequest => ({
  kind,
  kodes: KODES,
  apps: [],
  releases: {},
  hosts: {},
  ...more,
});
const plan = (known: PlanFacts, asked: RolloutRequest) => planRollout(known, asked, { waves: [1, 5, 25] });
const line = (known: PlanFacts, asked: RolloutRequest): readonly string[] =>
  plan(known, asked).members.map((one) => `${one.kode} ${one.app}`);
const leftOut = (known: PlanFacts, asked: RolloutRequest): readonly string[] => [
  ...new Set(plan(known, asked).leftOut.map((one) => one.reason.code)),
];
const one = { kodes: [KODES[0]] };
const only = (known: PlanFacts): PlanFacts => ({ ...known, desa: known.desa.slice(0, 1) });

describe('order', () => {
  const [kode] = KODES;
  it.each([
    ['install', {}, ['opensid', 'api', 'pbb']],
    ['update', { releases: { opensid: '2410.0.0', api: '2410.0.0', pbb: '2410.0.0' } }, ['opensid', 'api', 'pbb']],
    ['restart', {}, ['opensid', 'api', 'pbb']],
    ['remove', {}, ['pbb', 'api', 'opensid']],
    ['stop', {}, ['pbb', 'api', 'opensid']],
    ['domain', { hosts: { [kode]: 'baru.id' } }, ['pbb', 'api', 'opensid']],
  ] as const)('%s: %j', (kind, more, apps) => {
    const known = only(facts(kind === 'install' ? {} : { instances: everything }));
    expect(line(known, request(kind, { ...one, ...more }))).toEqual(apps.map((app) => `${kode} ${app}`));
  });
  it('a start begins with the app the others need', () => {
    const stopped = APPS.map((app) => instance(kode, app, { wanted: 'stopped' }));
    expect(line(only(facts({ instances: stopped })), request('start', one))).toEqual(
      ['opensid', 'api', 'pbb'].map((app) => `${kode} ${app}`),
    );
  });
  it('the first waves of an update hold one desa of each kecamatan', () => {
    const known = facts({ instances: everything, schemaRelease: { opensid: 'opensid1' } });
    const made = plan(known, request('update', { releases: { opensid: '2410.0.0' } }));
    expect(made.members.map((member) => `${member.wave} ${member.kode}`)).toEqual([
      '1 33.05.03.2020',
      '2 33.05.05.2011',
      '2 33.05.05.2012',
    ]);
    expect([made.waves, made.migrates]).toEqual([[1, 2], true]);
    expect(made.members.map((member) => member.position)).toEqual([0, 1, 2]);
  });
  it('other kinds have one wave', () => {
    expect(plan(facts(), request('install')).waves).toEqual([1]);
  });
});

describe('left out, with the reason', () => {
  it.each<[string, Partial<PlanFacts>, RolloutRequest, string]>([
    ['installed already', { instances: everything }, request('install'), 'already_installed'],
    [
      'in work',
      { instances: everything, busy: Object.fromEntries(KODES.map((kode) => [kode, OTHER])) },
      request('restart'),
      'busy',
    ],
    ['never installed: update', {}, request('update', { releases: { opensid: '2410.0.0' } }), 'not_installed'],
    ['never installed: remove', {}, request('remove'), 'not_installed'],
    [
      'an install that failed: restart',
      { instances: [instance(KODES[0], 'opensid', { container: null })] },
      request('restart'),
      'not_installed',
    ],
    [
      'at that release',
      { instances: everything },
      request('update', { releases: { opensid: '2409.0.0' } }),
      'already_there',
    ],
    [
      'newer already',
      { instances: everything.map((it) => ({ ...it, releaseId: `${it.app}2` })) },
      request('update', { releases: { opensid: '2409.0.0' } }),
      'newer_installed',
    ],
    [
      'stopped by a person',
      { instances: everything.map((it) => ({ ...it, wanted: 'stopped' as const })) },
      request('update', { releases: { opensid: '2410.0.0' } }),
      'stopped_by_person',
    ],
    ['running', { instances: everything }, request('start'), 'already_running'],
    [
      'stopped',
      { instances: everything.map((it) => ({ ...it, wanted: 'stopped' as const })) },
      request('stop'),
      'already_stopped',
    ],
    ['no release named', { instances: everything }, request('update', { apps: ['pbb'] }), 'no_release'],
  ])('%s', (_, known, asked, code) => expect(leftOut(facts(known), asked)).toEqual([code]));

  it('an install that failed can be tried again, and taken away', () => {
    const half = facts({ instances: [instance(KODES[0], 'opensid', { container: null, releaseId: null })] });
    expect(line(only(half), request('install', { ...one, apps: ['opensid'] }))).toHaveLength(1);
    expect(line(only(half), request('remove', { ...one, apps: ['opensid'] }))).toHaveLength(1);
  });
  it('a desa that another change is not done with yet is held with all its apps, and that change is named', () => {
    const known = facts({ instances: everything, busy: { [KODES[0]]: OTHER } });
    const made = plan(known, request('restart', { apps: ['pbb'] }));
    expect(made.leftOut.map((it) => [it.kode, it.reason])).toEqual([[KODES[0], { code: 'busy', params: OTHER }]]);
    expect(made.members.map((it) => it.kode)).toEqual([KODES[2], KODES[1]]);
    expect(leftOut(facts({ busy: { [KODES[0]]: OTHER } }), request('install', one))).toContain('busy');
  });
  it('says of whom it speaks', () => {
    expect(plan(facts({ instances: everything }), request('install')).leftOut[0]).toMatchObject({
      kode: KODES[0],
      kecamatan: 'Klirong',
      app: 'opensid',
    });
  });
});

describe('cannot start at all', () => {
  const codes = (known: PlanFacts, asked: RolloutRequest): readonly string[] =>
    plan(known, asked).blocked.map((it) => it.code);
  it.each<[string, Partial<PlanFacts>, RolloutRequest, readonly string[]]>([
    ['a release nobody imported', {}, request('install', { releases: { opensid: '1.0.0' } }), ['release_unknown']],
    [
      'a release that was refused',
      { releases: [release('x', 'opensid', '2411.0.0', 'refused')] },
      request('install', { releases: { opensid: '2411.0.0' } }),
      ['release_unknown'],
    ],
    ['an app without any release', { releases: [] }, request('install', { apps: ['opensid'] }), ['no_release']],
    [
      'an install that is not what the schema is',
      { schemaRelease: { opensid: 'opensid1' } },
      request('install', { releases: { opensid: '2410.0.0' } }),
      ['install_release_differs'],
    ],
    [
      'an API newer than its OpenSID',
      { schemaRelease: { opensid: 'opensid1' } },
      request('install', { releases: { opensid: '2409.0.0', api: '2410.0.0' } }),
      ['pair_too_new'],
    ],
    [
      'a host another desa has',
      { instances: everything, takenHosts: { 'baru.id': KODES[2] } },
      request('domain', { hosts: { [KODES[0]]: 'baru.id' } }),
      ['host_taken'],
    ],
    [
      'its own host is no other’s',
      { instances: everything, takenHosts: { 'baru.id': KODES[0] } },
      request('domain', { hosts: { [KODES[0]]: 'baru.id' } }),
      [],
    ],
    ['nothing in the way', {}, request('install'), []],
  ])('%s', (_, known, asked, expected) => expect(codes(facts(known), asked)).toEqual(expected));
  it('what other apps of the desa live on is not taken away alone', () => {
    const alone = request('remove', { ...one, apps: ['opensid'] });
    expect(plan(only(facts({ instances: everything })), alone).blocked).toEqual([
      { code: 'needed_by', params: { app: 'opensid', by: 'api', nama: KODES[0], kecamatan: 'Klirong' } },
    ]);
    const half = [instance(KODES[0], 'opensid'), instance(KODES[0], 'pbb', { container: null, releaseId: null })];
    expect(codes(only(facts({ instances: half })), alone)).toEqual(['needed_by']);
    expect(codes(facts({ instances: everything }), request('remove'))).toEqual([]);
    expect(codes(facts({ instances: everything }), request('remove', { apps: ['api', 'pbb'] }))).toEqual([]);
  });
  it('two desa that would get the same host', () => {
    const hosts = { [KODES[0]]: 'baru.id', [KODES[1]]: 'baru.id' };
    expect(codes(facts({ instances: everything }), request('domain', { hosts }))).toEqual(['host_taken']);
  });
});

describe('releases of an install', () => {
  const versions = (known: PlanFacts, asked = request('install')): Readonly<Record<string, string>> =>
    plan(known, asked).releases;
  it('are the newest for a new schema', () => {
    expect(versions(facts())).toEqual({ opensid: 'opensid2', api: 'api2', pbb: 'pbb2' });
  });
  it('follow the schema that is there; the API is never newer', () => {
    expect(versions(facts({ schemaRelease: { opensid: 'opensid1' } }))).toEqual({
      opensid: 'opensid1',
      api: 'api1',
      pbb: 'pbb2',
    });
  });
  it('leave out apps nobody asked for', () => {
    expect(versions(facts(), request('install', { apps: ['opensid'] }))).toEqual({ opensid: 'opensid2' });
  });
});

it('the same facts and request give the same plan, whatever their order', () => {
  const asked = request('update', { releases: { opensid: '2410.0.0' } });
  const known = facts({ instances: everything });
  const turned = { ...known, desa: [...known.desa].reverse(), instances: [...everything].reverse() };
  expect(plan(known, asked)).toEqual(plan(known, asked));
  expect(plan(turned, asked).members).toEqual(plan(known, asked).members);
});
