import { planRollout, type PlanFacts, type RolloutRequest } from '../../../server/domain/rollout-plan';

const release = (id: string, app: string, version: string): PlanFacts['releases'][number] => ({
  id,
  app,
  version,
  state: 'ready',
  channel: 'umum',
});
const instance = (kode: string, app: string, releaseId: string): PlanFacts['instances'][number] => ({
  id: `${kode}-${app}`,
  wilayahKode: kode,
  app,
  releaseId,
  container: `c-${kode}-${app}`,
  wanted: 'running',
});
const KODES = ['33.05.05.2011', '33.05.03.2020'] as const;
const facts = (running: readonly PlanFacts['instances'][number][], schema: string): PlanFacts => ({
  desa: KODES.map((kode) => ({ kode, kecamatanKode: kode.slice(0, 8), nama: kode, host: `${kode}.id` })),
  kecamatan: {},
  instances: running,
  releases: [
    release('o1', 'opensid', '2409.0.0'),
    release('o2', 'opensid', '2410.0.0'),
    release('o3', 'opensid', '2410.0.1'),
    release('a1', 'api', '2409.0.0'),
    release('a2', 'api', '2410.0.0'),
  ],
  apps: [
    { name: 'opensid', order: 10, needs: [], pairing: 'any', database: 'shared' },
    { name: 'api', order: 20, needs: ['opensid'], pairing: 'not_newer', database: 'borrowed' },
  ],
  schemaRelease: { opensid: schema },
  busy: {},
  updating: new Set(),
  takenHosts: {},
});
const update = (releases: Readonly<Record<string, string>>): RolloutRequest => ({
  kind: 'update',
  kodes: KODES,
  apps: [],
  releases,
  hosts: {},
});
const blocked = (known: PlanFacts, releases: Readonly<Record<string, string>>): readonly string[] =>
  planRollout(known, update(releases), { waves: [1] }).blocked.map((one) => one.code);

describe('what an update waits for', () => {
  const [first, second] = KODES;
  test('one desa two releases behind the next structure stops the migration', () => {
    const known = facts([instance(first, 'opensid', 'o2'), instance(second, 'opensid', 'o1')], 'o2');
    expect(blocked(known, { opensid: '2410.0.1' })).toEqual(['desa_behind']);
  });
  test('a release that took hold nowhere does not keep the desa from the one that mends it', () => {
    const known = facts([instance(first, 'opensid', 'o1'), instance(second, 'opensid', 'o1')], 'o2');
    expect(blocked(known, { opensid: '2410.0.1' })).toEqual([]);
  });
  test('one whose rollout still goes on may yet take hold', () => {
    const known = facts([instance(first, 'opensid', 'o1'), instance(second, 'opensid', 'o1')], 'o2');
    expect(blocked({ ...known, updating: new Set(['opensid']) }, { opensid: '2410.0.1' })).toEqual(['desa_behind']);
  });
});

describe('an app that may not be newer than the one it borrows from', () => {
  const [first, second] = KODES;
  const apps = KODES.map((kode) => instance(kode, 'api', 'a1'));
  test('is measured by what the desa runs, not by the structure', () => {
    const known = facts([instance(first, 'opensid', 'o1'), instance(second, 'opensid', 'o1'), ...apps], 'o2');
    expect(blocked(known, { api: '2410.0.0' })).toEqual(['pair_too_new']);
  });
  test('one desa that lags is enough', () => {
    const known = facts([instance(first, 'opensid', 'o2'), instance(second, 'opensid', 'o1'), ...apps], 'o2');
    expect(blocked(known, { api: '2410.0.0' })).toEqual(['pair_too_new']);
  });
  test('goes along with its partner in the same rollout', () => {
    const known = facts([instance(first, 'opensid', 'o1'), instance(second, 'opensid', 'o1'), ...apps], 'o1');
    expect(blocked(known, { opensid: '2410.0.0', api: '2410.0.0' })).toEqual([]);
  });
});
