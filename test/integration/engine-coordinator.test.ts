import { ulid } from 'ulid';
import type { AppAdapter } from '../../provisioners/contracts';
import { loadApps } from '../../provisioners/registry';
import type { MemberState, RolloutKind, RolloutState } from '../../server/domain/rollout';
import { Coordinator, freshStages } from '../../server/rollouts/coordinator';
import { openEngineBench, scripted, STEPS, type EngineBench } from '../helpers/engine-bench';

let bench: EngineBench;
let apps: ReadonlyMap<string, AppAdapter>;
beforeAll(async () => {
  bench = await openEngineBench();
  apps = await loadApps();
}, 60_000);
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const makeRollout = async (
  kind: RolloutKind,
  members: readonly { readonly instanceId: string; readonly kode: string; readonly state?: MemberState }[],
  state: RolloutState = 'checking',
): Promise<string> => {
  const id = ulid();
  await bench.transact.run(async (stores) => {
    await stores.rollouts.create({
      id,
      kind,
      state,
      stage: state === 'checking' ? 'check' : 'waves',
      title: '',
      policy: { waves: [], parallel: 4, soakSeconds: 0, haltAt: 2, acknowledged: [], hosts: {} },
      releases: {},
      stages: freshStages(),
      planHash: 'x'.repeat(64),
      requestedBy: 'test',
    });
    await stores.rollouts.addMembers(
      members.map((one, position) => ({
        rolloutId: id,
        instanceId: one.instanceId,
        kode: one.kode,
        kecamatanKode: '33.05.05',
        nama: one.kode,
        kecamatan: 'Klirong',
        app: 'opensid',
        position,
        wave: 1,
        fromReleaseId: null,
        toReleaseId: null,
        state: one.state ?? 'pending',
      })),
    );
  });
  return id;
};
const statesOf = async (id: string): Promise<readonly MemberState[]> =>
  (await bench.transact.read.rollouts.members(id)).map((one) => one.state);
/** As the dispatcher does: again while something moves. */
const settle = async (coordinator: Coordinator, id: string): Promise<number> => {
  let ticks = 0;
  while (await coordinator.tick(id)) if (++ticks > 20) throw new Error('never comes to rest');
  return ticks;
};

it('comes to rest when an instance is busy with another change, and begins when it is free', async () => {
  const coordinator = new Coordinator(bench.transact, apps);
  const kode = '33.05.05.2011';
  const instanceId = await bench.instance(kode);
  const first = await makeRollout('restart', [{ instanceId, kode }]);
  const second = await makeRollout('restart', [{ instanceId, kode }]);
  await settle(coordinator, first);
  await settle(coordinator, second);
  expect([await statesOf(first), await statesOf(second)]).toEqual([['running'], ['pending']]);
  const worker = await bench.worker(scripted({}));
  await bench.drain([worker]);
  await settle(coordinator, second);
  await bench.drain([worker]);
  await Promise.all([settle(coordinator, first), settle(coordinator, second)]);
  expect([await statesOf(first), await statesOf(second)]).toEqual([['done'], ['done']]);
  for (const id of [first, second]) expect((await bench.transact.read.rollouts.find(id))?.state).toBe('completed');
});

it('two coordinators at once start every desa once', async () => {
  const members = await Promise.all(
    [1, 2, 3, 4, 5, 6].map(async (index) => {
      const kode = `33.05.05.200${index}`;
      return { instanceId: await bench.instance(kode), kode };
    }),
  );
  const id = await makeRollout('restart', members);
  const both = [new Coordinator(bench.transact, apps), new Coordinator(bench.transact, apps)];
  await Promise.all(both.map((one) => settle(one, id)));
  expect(await bench.transact.read.deployments.ofRollout(id)).toHaveLength(6);
  expect(await statesOf(id)).toEqual(Array.from({ length: 6 }, () => 'running'));
});

it('leaves out an instance that was taken away meanwhile instead of failing for ever', async () => {
  const kode = '33.05.05.2011';
  const id = await makeRollout('restart', [
    { instanceId: ulid(), kode },
    { instanceId: await bench.instance('33.05.05.2012'), kode: '33.05.05.2012' },
  ]);
  await settle(new Coordinator(bench.transact, apps), id);
  expect(await statesOf(id)).toEqual(['skipped', 'running']);
});

it('tells every change of a member and of the rollout in its stream, without a gap', async () => {
  const kode = '33.05.05.2011';
  const coordinator = new Coordinator(bench.transact, apps);
  const id = await makeRollout('restart', [{ instanceId: await bench.instance(kode), kode }]);
  await settle(coordinator, id);
  await bench.drain([await bench.worker(scripted({}))]);
  await settle(coordinator, id);
  const events = await bench.transact.read.events.after(`rollout:${id}`, 0, 100);
  expect(events.map((one) => one.seq)).toEqual(events.map((_, index) => index + 1));
  const told = events.flatMap((one) =>
    one.type === 'member.step' ? [] : [`${one.type} ${String(one.body['state'])}`],
  );
  expect(told).toEqual([
    'rollout.state rolling',
    'rollout.stage running',
    'member.state running',
    'member.state done',
    'rollout.state completed',
    'rollout.stage done',
  ]);
});

it('an old deployment says nothing about a member that has a new one', async () => {
  const kode = '33.05.05.2011';
  const instanceId = await bench.instance(kode);
  const id = await makeRollout('restart', [{ instanceId, kode }], 'rolling');
  const old = await bench.deployment({ steps: [STEPS.image], subjectId: instanceId, rolloutId: id });
  const worker = await bench.worker(scripted({}));
  await bench.transact.read.rollouts.setMember(id, instanceId, { state: 'pending', deploymentId: ulid() });
  await worker.engine.work(old);
  expect(await statesOf(id)).toEqual(['pending']);
});

it('a paused install lets those who have begun end: the follow-up does not wait for who has not', async () => {
  const [begun, waiting] = ['33.05.05.2011', '33.05.05.2012'];
  const instanceId = await bench.instance(begun);
  const other = await bench.instance(waiting);
  const id = await makeRollout(
    'install',
    [
      { instanceId, kode: begun, state: 'running' },
      { instanceId: other, kode: waiting },
    ],
    'rolling',
  );
  const steps = [STEPS.provision, STEPS.barrier];
  const deploymentId = await bench.deployment({ steps, subjectId: instanceId, kind: 'install', rolloutId: id });
  await bench.transact.read.rollouts.setMember(id, instanceId, { deploymentId });
  const worker = await bench.worker(
    scripted({
      await_follow_up: {
        timeoutMs: 1000,
        apply: async () => ({ kind: 'wait', ms: 60_000, waitingFor: `follow_up:${id}` }),
      },
    }),
  );
  await worker.engine.work(deploymentId);
  await bench.transact.read.rollouts.move(id, 'rolling', { state: 'paused' });
  await settle(new Coordinator(bench.transact, apps), id);
  const kinds = (await bench.transact.read.deployments.ofRollout(id)).map((one) => one.kind);
  expect(kinds).toEqual(['install', 'follow_up']);
  expect(await statesOf(id)).toEqual(['running', 'pending']);
});
