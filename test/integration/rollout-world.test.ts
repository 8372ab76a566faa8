import { openRolloutBench, type RolloutBench } from '../helpers/rollout-bench';
import { KODES } from '../helpers/world-picture';

let world: RolloutBench;
beforeAll(async () => {
  world = await openRolloutBench();
}, 60_000);
afterAll(() => world.close());
beforeEach(() => world.reset());

const OLD = { opensid: '2409.0.0', api: '2409.0.0', pbb: '2409.0.0' };
const NEW = { opensid: '2410.0.0', api: '2410.0.0', pbb: '2410.0.0' };
const install = { kind: 'install', releases: OLD } as const;
const update = { kind: 'update', releases: NEW } as const;
const villages = (): readonly string[] =>
  [...world.engine().containers.values()]
    .filter((one) => one.spec.name !== 't-proxy')
    .map((one) => `${one.spec.image} ${one.state}`)
    .sort();

it('installs two desa with three apps: one preparation, one follow-up, every route open', async () => {
  const { rollout } = await world.run(install);
  expect([rollout.state, rollout.reason]).toEqual(['completed', null]);
  expect(villages()).toEqual(
    ['api', 'opensid', 'pbb'].flatMap((app) => [`${app}:2409.0.0 running`, `${app}:2409.0.0 running`]),
  );
  const kinds = (await world.bench.transact.read.deployments.ofRollout(rollout.id)).map((one) => one.kind);
  expect(kinds.filter((kind) => kind !== 'install')).toEqual(['prepare', 'follow_up']);
  expect(await world.picture()).toMatchObject({
    lane: null,
    schemaRelease: 'opensid:2409.0.0',
    schemas: [
      'opensid 2409.0.0 0000000000,3305032020,3305052011',
      'pbb_3305032020 2409.0.0 3305032020',
      'pbb_3305052011 2409.0.0 3305052011',
    ],
  });
}, 60_000);

it('installs a whole kecamatan at once, and gives each desa a place of its own', async () => {
  const kodes = Array.from({ length: 12 }, (_, at) => `33.05.12.${2001 + at}`);
  const { rollout } = await world.run({ ...install, apps: ['opensid'], releases: { opensid: '2409.0.0' }, kodes });
  const members = await world.bench.transact.read.rollouts.members(rollout.id);
  const others = members.filter((one) => one.state !== 'done').map((one) => [one.kode, one.reason]);
  expect([rollout.state, members.length, others]).toEqual(['completed', 12, []]);
  const instances = await world.bench.transact.read.instances.all();
  expect(new Set(instances.map((one) => one.networkIndex)).size).toBe(12);
  expect(villages()).toEqual(kodes.map(() => 'opensid:2409.0.0 running'));
}, 60_000);

it('updates them: one dump, one migration, then each app beside the old one', async () => {
  await world.run(install);
  const { rollout } = await world.run(update);
  expect(rollout.state).toBe('completed');
  expect(villages()).toEqual(
    ['api', 'opensid', 'pbb'].flatMap((app) => [`${app}:2410.0.0 running`, `${app}:2410.0.0 running`]),
  );
  const kinds = (await world.bench.transact.read.deployments.ofRollout(rollout.id)).map((one) => one.kind);
  expect(kinds.filter((kind) => kind !== 'update')).toEqual(['snapshot', 'migrate']);
}, 60_000);

it('takes a desa away and leaves the other as it was', async () => {
  await world.run(install);
  const before = villages().length;
  const { rollout } = await world.run({ kind: 'remove', kodes: [KODES[0]] });
  expect(rollout.state).toBe('completed');
  expect(villages()).toHaveLength(before / 2);
  expect(await world.bench.transact.read.desa.find(KODES[0])).toBeNull();
  expect(await world.bench.transact.read.instances.ofDesa(KODES[0])).toEqual([]);
  const picture = JSON.stringify(await world.picture());
  expect(picture).not.toContain('desa_3305052011 ');
  expect([...world.database().users.keys()]).toContain('desa_3305032020');
  expect([...world.engine().volumes.keys()].filter((name) => name.includes('3305052011'))).toEqual([]);
  expect(world.proxy().visit('d3305032020.localhost', '/').kind).toBe('app');
  expect(world.proxy().visit('d3305052011.localhost', '/').kind).toBe('unknown');
}, 60_000);

it('stops, starts, restarts and moves a desa', async () => {
  await world.run(install);
  await world.run({ kind: 'stop', kodes: [KODES[0]] });
  expect(world.proxy().visit('d3305052011.localhost', '/').kind).toBe('closed');
  expect(villages().filter((one) => one.endsWith('exited'))).toHaveLength(3);
  expect((await world.run({ kind: 'start', kodes: [KODES[0]] })).rollout.state).toBe('completed');
  expect(world.proxy().visit('d3305052011.localhost', '/').kind).toBe('app');
  await world.run({ kind: 'restart', kodes: [KODES[0]] });
  await world.run({ kind: 'domain', kodes: [KODES[0]], hosts: { [KODES[0]]: 'baru.localhost' } });
  expect(world.proxy().visit('baru.localhost', '/pbb/x').kind).toBe('app');
  expect(world.proxy().visit('d3305052011.localhost', '/').kind).toBe('redirect');
  const failed = await world.bench.control
    .db('rollout_members')
    .whereNot({ state: 'done' })
    .select('kode', 'app', 'reason_code');
  expect(failed).toEqual([]);
}, 90_000);

describe('a release that is wrong', () => {
  it.each([
    ['dies at its start', null, 'container_exited'],
    ['answers as its twin', { kode: '33.05.12.1026' }, 'wrong_identity'],
    ['shows another name', { nama: 'Desa Lain' }, 'wrong_name'],
  ] as const)(
    '%s: the old one serves on, with the reason',
    async (_, answer, code) => {
      await world.run(install);
      const before = villages();
      world.break('2410.0.0', answer);
      const { rollout } = await world.run(update);
      const members = await world.bench.transact.read.rollouts.members(rollout.id);
      const opensid = members.filter((one) => one.app === 'opensid' && one.state === 'quarantined');
      expect(opensid.map((one) => one.reason?.code)).toContain(code);
      expect(villages()).toEqual(before);
      expect(world.proxy().visit('d3305052011.localhost', '/').kind).toBe('app');
    },
    90_000,
  );

  it('an install that cannot be proven leaves no route and no container', async () => {
    world.break('2409.0.0', { nama: 'Desa Lain' });
    const { rollout } = await world.run({ ...install, apps: ['opensid'], releases: { opensid: '2409.0.0' } });
    expect(rollout.state).toBe('completed');
    expect(villages()).toEqual([]);
    expect(world.proxy().visit('d3305052011.localhost', '/').kind).toBe('unknown');
    world.break('2409.0.0', {});
    const again = await world.run({ ...install, apps: ['opensid'], releases: { opensid: '2409.0.0' } });
    const members = await world.bench.transact.read.rollouts.members(again.rollout.id);
    expect(members.map((one) => one.state)).toEqual(['done', 'done']);
  }, 90_000);
});

describe('a worker that is killed', () => {
  const deaths = (transactions: number, every: number) =>
    Array.from({ length: Math.ceil(transactions / every) }, (_, index) => index * every + 1).flatMap((at) => [
      { at, moment: 'before' as const },
      { at, moment: 'after' as const },
    ]);
  /** Villages created once per deployment, whatever happened. */
  const created = (): Map<string, number> => {
    const count = new Map<string, number>();
    world.engine().events.on('event', (event: { action: string; name: string }) => {
      if (event.action === 'create' && !event.name.includes('-tugas-'))
        count.set(event.name, (count.get(event.name) ?? 0) + 1);
    });
    return count;
  };

  it('at moments all over an update: the same world, each container made once', async () => {
    const one = { ...install, kodes: [KODES[0]] };
    await world.run(one);
    const { transactions } = await world.run({ ...update, kodes: [KODES[0]] });
    const expected = await world.picture();
    for (const death of deaths(transactions, 11)) {
      await world.reset();
      await world.run(one);
      const made = created();
      const { rollout } = await world.run({ ...update, kodes: [KODES[0]] }, death);
      expect([death, rollout.state]).toEqual([death, 'completed']);
      expect([death, await world.picture()]).toEqual([death, expected]);
      expect([death, [...made.values()]]).toEqual([death, [1, 1, 1]]);
    }
  }, 600_000);

  it('at moments all over an install: the same world, each container made once', async () => {
    const { transactions } = await world.run(install);
    const expected = await world.picture();
    for (const death of deaths(transactions, 31)) {
      await world.reset();
      const made = created();
      const { rollout } = await world.run(install, death);
      expect([death, rollout.state]).toEqual([death, 'completed']);
      expect([death, await world.picture()]).toEqual([death, expected]);
      expect([death, [...made.values()]]).toEqual([death, [1, 1, 1, 1, 1, 1]]);
    }
  }, 600_000);
});
