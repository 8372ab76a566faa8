import { Observer } from '../../server/rollouts/observer';
import { logger } from '../helpers/engine-bench';
import { openRolloutBench, type RolloutBench } from '../helpers/rollout-bench';
import { KODES } from '../helpers/world-picture';

let world: RolloutBench;
beforeAll(async () => {
  world = await openRolloutBench();
}, 60_000);
afterAll(() => world.close());

it('a worker that starts beside another takes no container away that has just begun to serve', async () => {
  const one = { kodes: [KODES[0]], apps: ['opensid'] };
  await world.run({ ...one, kind: 'install', releases: { opensid: '2409.0.0' } });
  const own = world.world();
  const find: typeof own.session.find = async (labels) => {
    await world.run({ ...one, kind: 'update', releases: { opensid: '2410.0.0' } });
    return own.session.find(labels);
  };
  const beside = { ...own, session: { ...own.session, find } };
  await new Observer(beside, logger, new AbortController().signal).reconcileAtBoot();
  const serving = (await own.transact.read.instances.findByApp(KODES[0], 'opensid'))?.container ?? '';
  expect(world.engine().containers.get(serving)).toMatchObject({
    spec: { image: 'opensid:2410.0.0' },
    state: 'running',
  });
}, 60_000);
