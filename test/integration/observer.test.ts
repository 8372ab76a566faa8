import { DAY_SLOTS, hourOf, looksOf, slotOf, stripOf } from '../../server/domain/heartbeat';
import { Observer } from '../../server/rollouts/observer';
import type { World } from '../../server/steps/world';
import { logger, STEPS } from '../helpers/engine-bench';
import { openRolloutBench, type RolloutBench } from '../helpers/rollout-bench';
import { KODES } from '../helpers/world-picture';

let bench: RolloutBench;
beforeAll(async () => {
  bench = await openRolloutBench();
}, 60_000);
afterAll(() => bench.close());
beforeEach(async () => {
  await bench.reset();
  await bench.run({ kind: 'install', releases: { opensid: '2409.0.0', api: '2409.0.0', pbb: '2409.0.0' } });
}, 60_000);

const never = new AbortController().signal;
const observer = (change: Partial<World> = {}): Observer =>
  new Observer({ ...bench.world(), ...change }, logger, never);
const read = () => bench.bench.transact.read;
const instanceOf = async (app: string, kode: string = KODES[0]) => {
  const found = await read().instances.findByApp(kode, app);
  if (found === null) throw new Error(`no ${app} of ${kode}`);
  return found;
};
const strips = async (app: string) => {
  const { id } = await instanceOf(app);
  return (await read().heartbeats.ofInstances([id], slotOf(new Date()))).get(id) ?? [];
};
const total = async (app: string, beat: 'ok' | 'run' | 'act' | 'down' | 'unk'): Promise<number> =>
  (await strips(app)).reduce((sum, one) => sum + one[beat], 0);

it('writes one look per round and instance, and the fleet as their sum', async () => {
  const eyes = observer();
  await eyes.round();
  await eyes.round();
  expect(await total('opensid', 'ok')).toBe(2);
  const fleet = await read().heartbeats.ofFleet(slotOf(new Date()));
  expect(fleet.reduce((sum, one) => sum + one.ok, 0)).toBe(2 * 6);
  expect((await instanceOf('opensid')).observed).toBe('healthy');
});

it('says a change of state once, with the moment it began, and keeps that moment', async () => {
  const eyes = observer();
  await eyes.round();
  const well = await instanceOf('opensid');
  const seq = await read().events.lastSeq('fleet');
  bench.break('2409.0.0', { kode: '33.05.01.2001' });
  await eyes.round();
  const first = await instanceOf('opensid');
  expect(first.observed).toBe('wrong_identity');
  expect(first.observedSince?.getTime()).toBeGreaterThan(well.observedSince?.getTime() ?? 0);
  await eyes.round();
  const second = await instanceOf('opensid');
  expect(second.observedSince).toEqual(first.observedSince);
  expect(second.observedAt?.getTime()).toBeGreaterThan(first.observedAt?.getTime() ?? 0);
  const told = await read().events.after('fleet', seq, 100);
  expect(told.map((one) => `${String(one.body['kode'])} ${String(one.body['app'])}`).sort()).toEqual(
    KODES.flatMap((kode) => ['api', 'opensid', 'pbb'].map((app) => `${kode} ${app}`)).sort(),
  );
  expect([await total('opensid', 'ok'), await total('opensid', 'down')]).toEqual([1, 2]);
});

it('writes again after a round that could not be written', async () => {
  const world = bench.world();
  let away = false;
  const transact: World['transact'] = {
    read: world.transact.read,
    changes: world.transact.changes,
    run: async (work) => {
      if (away) throw new Error('the database is away');
      return world.transact.run(work);
    },
  };
  const eyes = observer({ transact });
  away = true;
  await expect(eyes.round()).rejects.toThrow('the database is away');
  away = false;
  await eyes.round();
  expect(await total('opensid', 'ok')).toBe(1);
});

it('asks the app itself hourly only, and again when a person wants it', async () => {
  const eyes = observer();
  await eyes.round();
  const asked = await instanceOf('opensid');
  await eyes.round();
  expect((await instanceOf('opensid')).deepObservedAt).toEqual(asked.deepObservedAt);
  await read().instances.forgetDeep(KODES[0]);
  await eyes.round();
  expect((await instanceOf('opensid')).deepObservedAt?.getTime()).toBeGreaterThan(asked.deepObservedAt?.getTime() ?? 0);
});

it('leaves what is being changed to the change, and marks it in the strip', async () => {
  const { id } = await instanceOf('pbb');
  const before = (await instanceOf('pbb')).observedAt;
  await bench.bench.deployment({ steps: [STEPS.image], subjectId: id });
  await observer().round();
  expect((await instanceOf('pbb')).observedAt).toEqual(before);
  expect([await total('pbb', 'ok'), await total('pbb', 'run')]).toEqual([0, 1]);
});

it('drops a look at something that was changed while it looked, or whose change began then', async () => {
  const world = bench.world();
  const [api, pbb] = [await instanceOf('api'), await instanceOf('pbb')];
  let began = false;
  const probe: World['probe'] = {
    get: async (request) => {
      const answer = await world.probe.get(request);
      if (!request.host.includes('3305052011')) return answer;
      if (request.path.startsWith('/api')) await read().instances.update(api.id, { container: 'another' });
      if (request.path.startsWith('/pbb') && !began) {
        began = true;
        await bench.bench.deployment({ steps: [STEPS.image], subjectId: pbb.id });
      }
      return answer;
    },
  };
  await observer({ probe }).round();
  expect((await instanceOf('api')).observedAt).toEqual(api.observedAt);
  expect((await instanceOf('pbb')).observedAt).toEqual(pbb.observedAt);
  expect([await total('api', 'ok'), await total('pbb', 'ok'), await total('opensid', 'ok')]).toEqual([0, 0, 1]);
});

it('goes on when one desa cannot be looked at', async () => {
  const world = bench.world();
  const probe: World['probe'] = {
    get: async (request) => {
      if (request.host.includes('3305052011')) throw new Error('unforeseen');
      return world.probe.get(request);
    },
  };
  await observer({ probe }).round();
  expect(await total('opensid', 'ok')).toBe(0);
  expect((await instanceOf('opensid', KODES[1])).observed).toBe('healthy');
});

it('keeps the certificate a host shows, and what replaces it', async () => {
  const world = bench.world();
  const first = new Date('2027-02-14T00:00:00.000Z');
  let certificate = { issuer: 'internal' as const, issuedBy: 'SiapPakai', notAfter: first };
  const probe: World['probe'] = { get: async (request) => ({ ...(await world.probe.get(request)), certificate }) };
  const eyes = observer({ probe });
  await eyes.round();
  const host = (await read().desa.find(KODES[0]))?.host ?? '';
  expect(await read().certificates.find(host)).toMatchObject({ issuer: 'internal', notAfter: first });
  certificate = { ...certificate, notAfter: new Date('2028-02-14T00:00:00.000Z') };
  await eyes.round();
  expect((await read().certificates.find(host))?.notAfter).toEqual(certificate.notAfter);
});

it('keeps the worst of every ten minutes and counts all of it', async () => {
  const { id } = await instanceOf('opensid');
  const last = hourOf(slotOf(new Date())) * 6 + 2;
  const { heartbeats } = read();
  await heartbeats.add(last - 1, [{ instanceId: id, beat: 'down' }]);
  await heartbeats.add(last - 1, [{ instanceId: id, beat: 'ok' }]);
  await heartbeats.add(last, [{ instanceId: id, beat: 'ok' }]);
  await heartbeats.add(last, [{ instanceId: id, beat: 'act' }]);
  const rows = (await heartbeats.ofInstances([id], last)).get(id) ?? [];
  expect(rows.map((one) => one.marks)).toEqual(['053000']);
  expect(looksOf(rows)).toEqual({ sent: 4, failed: 1 });
  expect(stripOf(rows, last, DAY_SLOTS).slice(-3)).toEqual([{ s: 'none' }, { s: 'down' }, { s: 'act' }]);
  await heartbeats.add(last, [{ instanceId: (await instanceOf('api')).id, beat: 'unk' }]);
  const desa = (await heartbeats.marksOfDesa(KODES, last)).get(KODES[0]) ?? [];
  expect(stripOf(desa, last, DAY_SLOTS).slice(-2)).toEqual([{ s: 'down' }, { s: 'unk' }]);
});

it('forgets what is older than two days', async () => {
  const { id } = await instanceOf('opensid');
  const now = slotOf(new Date());
  await read().heartbeats.add(now - 2 * DAY_SLOTS - 6, [{ instanceId: id, beat: 'ok' }]);
  await read().heartbeats.add(now - DAY_SLOTS, [{ instanceId: id, beat: 'ok' }]);
  await observer().round();
  const rows = (await bench.bench.control.db('heartbeats').where({ instance_id: id })) as { hour: number }[];
  expect(rows.map((one) => one.hour).sort()).toEqual([hourOf(now - DAY_SLOTS), hourOf(now)]);
});
