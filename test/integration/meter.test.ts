import type { UseSample } from '../../server/domain/instance-use';
import { Meter } from '../../server/jobs/meter';
import { weighSome } from '../../server/jobs/meter-disk';
import { volumeName } from '../../server/domain/names';
import type { World } from '../../server/steps/world';
import { logger } from '../helpers/engine-bench';
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
const meter = (change: Partial<World> = {}): Meter => new Meter({ ...bench.world(), ...change }, logger, never);
const read = () => bench.bench.transact.read;
const instanceOf = async (app: string, kode: string = KODES[0]) => {
  const found = await read().instances.findByApp(kode, app);
  if (found === null) throw new Error(`no ${app} of ${kode}`);
  return found;
};
const useOf = async (app: string) => {
  const { id } = await instanceOf(app);
  return (await read().uses.ofInstances([id])).get(id);
};

describe('containers', () => {
  it('has one sample of each serving container, and none of an old one beside it', async () => {
    const { id, container } = await instanceOf('opensid');
    await meter().containers();
    const use = await useOf('opensid');
    expect(use?.sample).toMatchObject({ container, restarts: 0, memoryLimitBytes: 1 });
    expect(await bench.bench.control.db('instance_use')).toHaveLength(6);
    await read().instances.update(id, { container: 'the-new-one' });
    const before = use?.sample?.at;
    await meter().containers();
    expect((await useOf('opensid'))?.sample?.at).toEqual(before);
  });

  it('tells the share of the CPU between two samples of one run', async () => {
    const { id, container } = await instanceOf('opensid');
    const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 21, 1, 0, seconds));
    const sample: UseSample = {
      instanceId: id,
      container: container ?? '',
      madeAt: at(0),
      startedAt: at(0),
      restarts: 0,
      memoryBytes: 46e6,
      memoryLimitBytes: 384e6,
      cpuSeconds: 30,
      at: at(300),
    };
    await read().uses.record([sample]);
    expect((await useOf('opensid'))?.cpuPercent).toBe(10);
    await read().uses.record([{ ...sample, cpuSeconds: 36, at: at(900) }]);
    expect((await useOf('opensid'))?.cpuPercent).toBe(1);
    await read().uses.record([{ ...sample, startedAt: at(1000), restarts: 1, cpuSeconds: 1, at: at(1010) }]);
    expect(await useOf('opensid')).toMatchObject({ cpuPercent: null, sample: { restarts: 1 } });
  });

  it('asks the engine once a minute at most, whichever worker does it', async () => {
    const calls = (): number => bench.session().faults.calls.filter((one) => one === 'usage').length;
    await meter().turn();
    await meter().turn();
    expect(calls()).toBe(1);
  });

  it('forgets instances that are gone', async () => {
    await meter().containers();
    await read().instances.remove((await instanceOf('api')).id);
    await meter().containers();
    expect(await bench.bench.control.db('instance_use')).toHaveLength(5);
  });
});

describe('volumes', () => {
  const fill = async (app: string, bytes: number): Promise<void> => {
    const source = volumeName({ installation: 't' }, app, KODES[0], 'isi');
    await bench
      .session()
      .putFiles(
        [{ type: 'volume', source, target: '/isi', readOnly: false }],
        [{ path: '/isi/berkas', content: 'x'.repeat(bytes), mode: 0o644, uid: 33, gid: 33 }],
      );
  };

  it('weighs volumes and own schemas once a day, many in one helper', async () => {
    await fill('opensid', 1234);
    const world = bench.world();
    const databaseServer = { ...world.databaseServer, sizeBytes: async (schema: string) => schema.length * 1000 };
    const calls = (): number => bench.session().faults.calls.filter((one) => one === 'runOnce').length;
    const before = calls();
    await weighSome({ ...world, databaseServer }, never);
    expect(calls() - before).toBe(1);
    expect(await useOf('opensid')).toMatchObject({ diskBytes: 1234, schemaBytes: null });
    expect(await useOf('pbb')).toMatchObject({ diskBytes: 0, schemaBytes: 'pbb_3305052011'.length * 1000 });
    await weighSome({ ...world, databaseServer }, never);
    expect(calls() - before).toBe(1);
  });

  it('a volume that is not there keeps nobody else from being weighed, and is not tried all day', async () => {
    await fill('opensid', 77);
    bench.engine().volumes.delete(volumeName({ installation: 't' }, 'api', KODES[0], 'isi'));
    await weighSome(bench.world(), never);
    expect(await useOf('opensid')).toMatchObject({ diskBytes: 77 });
    const failed = await useOf('api');
    expect(failed?.diskBytes).toBeNull();
    expect(failed?.diskAt).not.toBeNull();
    expect(await read().uses.dueForDisk(new Date(Date.now() - 1000), 10)).toEqual([]);
  });

  it('leaves no helper behind', async () => {
    await weighSome(bench.world(), never);
    expect([...bench.engine().containers.keys()].filter((name) => name.includes('ukur'))).toEqual([]);
  });
});

describe('databases', () => {
  const serverOf = (sizes: { calls: number }, used: () => number): Partial<World> => ({
    databaseServer: {
      ...bench.world().databaseServer,
      version: async () => '10.11.6-MariaDB',
      connections: async () => ({ used: used(), max: 500 }),
      sizeBytes: async () => {
        sizes.calls += 1;
        return 38e9;
      },
    },
  });

  it('has connections each time and the size hourly', async () => {
    const sizes = { calls: 0 };
    let used = 41;
    const one = meter(serverOf(sizes, () => used));
    await one.databases();
    used = 44;
    await one.databases();
    const facts = (await read().databaseFacts.all()).get(bench.bench.databaseId);
    expect(facts).toMatchObject({ version: '10.11.6-MariaDB', bytes: 38e9, connections: { used: 44, max: 500 } });
    expect(sizes.calls).toBe(1);
  });

  it('a database server that is away leaves the rest of the turn', async () => {
    const world = bench.world();
    const databaseServer = { ...world.databaseServer, version: () => Promise.reject(new Error('away')) };
    await meter({ databaseServer }).turn();
    expect((await useOf('opensid'))?.sample).not.toBeNull();
    expect(await read().databaseFacts.all()).toEqual(new Map());
  });
});
