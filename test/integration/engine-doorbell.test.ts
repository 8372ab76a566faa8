import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dispatcher } from '../../server/jobs/dispatcher';
import { listen, makeDoorbell } from '../../server/jobs/doorbell';
import { holdWorkerLock } from '../../server/jobs/worker-lock';
import { Coordinator } from '../../server/rollouts/coordinator';
import { LOCK_PREFIX, logger, openEngineBench, scripted, STEPS, type EngineBench } from '../helpers/engine-bench';
import { startRedis, type TestRedis } from '../helpers/redis';

let bench: EngineBench;
let redis: TestRedis;
const clients: Redis[] = [];
const connect = (): Redis => {
  const client = new Redis(redis.url, { maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
};
beforeAll(async () => {
  [bench, redis] = await Promise.all([openEngineBench(), startRedis()]);
}, 60_000);
afterAll(async () => {
  clients.forEach((client) => client.disconnect());
  await redis.stop();
  await bench.close();
});
beforeEach(() => bench.reset());

const dispatcherOf = async (seen: string[] = []): Promise<Dispatcher> => {
  const worker = await bench.worker(
    scripted({}, (kind, _, { deployment }) => void seen.push(`${deployment.id} ${kind}`)),
  );
  return new Dispatcher({
    engine: worker.engine,
    coordinator: new Coordinator(bench.transact, new Map()),
    transact: bench.transact,
    lockPrefix: LOCK_PREFIX,
    slots: 4,
    logger,
    doorbell: () => null,
  });
};
const over = async (id: string): Promise<void> => {
  const started = Date.now();
  while ((await bench.find(id)).state !== 'succeeded') {
    if (Date.now() - started > 30_000) throw new Error('never worked on');
    await sleep(20);
  }
};

it('the sweeper alone brings due work to the engine, without Redis', async () => {
  const dispatcher = await dispatcherOf();
  dispatcher.start();
  await sleep(200);
  const id = await bench.deployment({ steps: [STEPS.image], subjectId: await bench.instance('33.05.05.2011') });
  await over(id);
  await dispatcher.stop();
}, 60_000);

it('the doorbell brings it at once, and rings twice for the same id', async () => {
  const seen: string[] = [];
  // Not started: nothing but the bell brings work.
  const dispatcher = await dispatcherOf(seen);
  const prefix = 't-bell';
  const ears = listen(connect(), prefix, (id) => dispatcher.work(id), logger);
  const bell = makeDoorbell(connect(), prefix, logger);
  const id = await bench.deployment({ steps: [STEPS.image], subjectId: await bench.instance('33.05.05.2011') });
  await sleep(500);
  bell.ring([id]);
  bell.ring([id]);
  await over(id);
  expect(seen).toEqual([`${id} ensure_image`]);
  // A ring that was heard leaves nothing behind that would swallow the next one.
  await bench.control.db('deployments').delete();
  await bench.control.db('deployment_steps').delete();
  const again = await bench.deployment({ steps: [STEPS.image], subjectId: await bench.instance('33.05.05.2012') });
  await bench.control.db('deployment_steps').update({ deployment_id: id });
  await bench.control.db('deployments').where({ id: again }).update({ id });
  await sleep(200);
  bell.ring([id]);
  await over(id);
  await ears.close();
  await bell.close();
}, 60_000);

it('does not work twice on what is worked on already', async () => {
  const seen: string[] = [];
  const dispatcher = await dispatcherOf(seen);
  const id = await bench.deployment({ steps: [STEPS.image], subjectId: await bench.instance('33.05.05.2011') });
  await Promise.all([dispatcher.work(id), dispatcher.work(id), dispatcher.sweep()]);
  await over(id);
  expect(seen).toHaveLength(1);
});

describe("a worker's lock", () => {
  const isFree = async (name: string): Promise<boolean> => {
    const [[row]] = (await bench.control.db.raw('SELECT IS_FREE_LOCK(?) AS free', [name])) as [[{ free: number }]];
    return row.free === 1;
  };
  it('is held when it says so, free when it is closed, and taken again after its connection was cut', async () => {
    const name = `${LOCK_PREFIX}one`;
    const lock = holdWorkerLock(bench.control.url, name, logger);
    await lock.ready;
    expect(await isFree(name)).toBe(false);
    const [[holder]] = (await bench.control.db.raw('SELECT IS_USED_LOCK(?) AS id', [name])) as [[{ id: number }]];
    await bench.control.db.raw('KILL ?', [holder.id]);
    await sleep(2500);
    expect(await isFree(name)).toBe(false);
    await lock.close();
    for (let tries = 0; tries < 50 && !(await isFree(name)); tries += 1) await sleep(20);
    expect(await isFree(name)).toBe(true);
  });
  it('is not held as long as another one has it', async () => {
    const name = `${LOCK_PREFIX}two`;
    const first = holdWorkerLock(bench.control.url, name, logger);
    await first.ready;
    const second = holdWorkerLock(bench.control.url, name, logger);
    let held = false;
    void second.ready.then(() => (held = true));
    await sleep(500);
    expect(held).toBe(false);
    await first.close();
    await second.ready;
    expect(await isFree(name)).toBe(false);
    await second.close();
  }, 60_000);
});
