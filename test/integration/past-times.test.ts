import { NO_PAST } from '../../server/domain/rollout-estimate';
import { pastTimes } from '../../server/services/read-models/past-times';
import { openRolloutBench, type RolloutBench } from '../helpers/rollout-bench';

let bench: RolloutBench;
beforeAll(async () => {
  bench = await openRolloutBench();
}, 60_000);
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const read = () => bench.bench.transact.read;
const OLD = { opensid: '2409.0.0', api: '2409.0.0', pbb: '2409.0.0' };
const NEW = { opensid: '2410.0.0', api: '2410.0.0', pbb: '2410.0.0' };

it('has nothing before the first run, and its times after it', async () => {
  expect(await pastTimes(read(), 'install', null)).toEqual(NO_PAST);
  const { rollout } = await bench.run({ kind: 'install', releases: OLD });
  const past = await pastTimes(read(), 'install', null);
  expect(past.rollouts).toBe(1);
  expect(Object.keys(past.apps).sort()).toEqual(['api', 'opensid', 'pbb']);
  for (const seconds of Object.values(past.apps)) expect(seconds).toBeGreaterThan(0);
  expect(past.stages.migrate).toBeGreaterThan(0);
  expect(past.followUp).toBeGreaterThan(0);
  expect(await pastTimes(read(), 'update', null)).toEqual(NO_PAST);
  expect(await pastTimes(read(), 'install', rollout.id)).toEqual(NO_PAST);
}, 60_000);

it('counts work alone: what was watched or waited for is left out', async () => {
  await bench.run({ kind: 'install', releases: OLD });
  await bench.run({ kind: 'update', releases: NEW });
  const before = await pastTimes(read(), 'update', null);
  const { db } = bench.bench.control;
  const [one] = await db('deployments').where({ kind: 'update' }).select<{ id: string }[]>('id');
  await db('deployment_steps').insert({
    deployment_id: one?.id,
    position: 90,
    kind: 'soak',
    state: 'done',
    started_at: new Date(0),
    ended_at: new Date(3_600_000),
  });
  expect(await pastTimes(read(), 'update', null)).toEqual(before);
  expect(before.stages.snapshot).toBeGreaterThan(0);
}, 60_000);

it('a run that changed nobody tells nothing', async () => {
  await bench.run({ kind: 'install', releases: OLD });
  bench.break('2410.0.0', null);
  const { rollout } = await bench.run({ kind: 'update', releases: NEW });
  expect(rollout.state).not.toBe('completed');
  expect(await pastTimes(read(), 'update', null)).toEqual(NO_PAST);
}, 60_000);
