import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from '../../server/domain/rollout';
import { openBench, type RolloutBench } from '../helpers/rollout-bench';
import { fakePretended } from '../helpers/pretended-apps';
import { KODES } from '../helpers/world-picture';

let world: RolloutBench;
beforeAll(async () => {
  world = await openBench(fakePretended, { policy: { waves: [1], haltAt: 1 } });
}, 60_000);
afterAll(() => world.close());
beforeEach(async () => {
  await world.reset();
  await world.run({ kind: 'install', releases: { opensid: '2409.0.0', api: '2409.0.0', pbb: '2409.0.0' } });
}, 60_000);

const NEW = { opensid: '2410.0.0', api: '2410.0.0', pbb: '2410.0.0' };
const update = { kind: 'update', releases: NEW } as const;
const read = () => world.bench.transact.read;
const members = (id: string): Promise<readonly Member[]> => read().rollouts.members(id);
const said = async (id: string): Promise<readonly string[]> =>
  (await members(id)).map((one) => `${one.kode} ${one.app} ${one.state}`);
/** What serves where, by image; every route open. */
const serving = async (): Promise<readonly string[]> => {
  const versions = new Map((await read().releases.list()).map((one) => [one.id, one.version] as const));
  return (await read().instances.all())
    .map((one) => {
      const runs = world.engine().containers.get(one.container ?? '');
      return `${one.wilayahKode} ${one.app} ${versions.get(one.releaseId ?? '')} ${runs?.spec.image.split(':')[1]} ${one.routeMode}`;
    })
    .sort();
};
const all = (version: string): readonly string[] =>
  KODES.flatMap((kode) => ['api', 'opensid', 'pbb'].map((app) => `${kode} ${app} ${version} ${version} open`)).sort();
const villages = (): number => [...world.engine().containers.keys()].filter((name) => name !== 't-proxy').length;
const stages = async (id: string): Promise<string> =>
  ((await read().rollouts.find(id))?.stages ?? [])
    .filter((one) => ['waves', 'report'].includes(one.stage))
    .map((one) => `${one.stage} ${one.state}`)
    .join(', ');

describe('a halted update', () => {
  /** PBB of the first desa fails; its OpenSID and API came through, the second desa waits for its wave. */
  const halted = async (): Promise<string> => {
    world.break('pbb:2410.0.0', { nama: 'Desa Lain' });
    const { rollout } = await world.run(update);
    expect([rollout.state, rollout.reason]).toEqual([
      'halted',
      { code: 'same_failure', params: { signature: 'wrong_name', count: 1 } },
    ]);
    return rollout.id;
  };

  it('rolls back what came through, the app that leans on another first', async () => {
    const id = await halted();
    const order: string[] = [];
    world.engine().events.on('event', ({ action, name }: { action: string; name: string }) => {
      if (action === 'create' && name.includes(KODES[1].replaceAll('.', ''))) order.push(name.split('-')[1] ?? '');
    });
    await world.command(id, 'rollback');
    expect(await stages(id)).toBe('waves running, report pending');
    expect((await world.rest(id)).state).toBe('rolled_back');
    expect(order).toEqual(['api', 'opensid']);
    expect(await serving()).toEqual(all('2409.0.0'));
    expect(villages()).toBe(6);
    expect(await said(id)).toEqual([
      ...['opensid rolled_back', 'api rolled_back', 'pbb quarantined'].map((one) => `${KODES[1]} ${one}`),
      ...['opensid cancelled', 'api cancelled', 'pbb cancelled'].map((one) => `${KODES[0]} ${one}`),
    ]);
    expect(await stages(id)).toBe('waves done, report done');
  }, 60_000);

  it('goes on with the rest when a person has seen why', async () => {
    const id = await halted();
    await world.command(id, 'resume');
    expect((await world.rest(id)).state).toBe('completed');
    world.break('pbb:2410.0.0', {});
    await world.command(id, 'retry');
    expect(await stages(id)).toBe('waves running, report pending');
    expect((await world.rest(id)).state).toBe('completed');
    expect(await stages(id)).toBe('waves done, report done');
    expect(await serving()).toEqual(all('2410.0.0'));
  }, 60_000);
});

describe('a roll-back in the middle of an update', () => {
  it('cancels and undoes who is under way, takes back who came through, begins nobody', async () => {
    const before = await serving();
    const id = await world.start(update);
    const working = world.rest(id);
    // OpenSID of the first desa is through, its next app is not.
    for (;;) {
      const now = await members(id);
      if (now.some((one) => one.state === 'done') && now.some((one) => one.state === 'running')) break;
      await sleep(5);
    }
    await world.command(id, 'rollback');
    expect((await working).state).toBe('rolled_back');
    expect(await serving()).toEqual(before);
    expect(villages()).toBe(6);
    const states = new Set((await members(id)).map((one) => one.state));
    expect([...states].filter((one) => !['rolled_back', 'cancelled'].includes(one))).toEqual([]);
    expect(states.has('rolled_back')).toBe(true);
    expect(world.proxy().visit('d3305052011.localhost', '/pbb/x').kind).toBe('app');
  }, 60_000);

  it('leaves alone what another update has changed since', async () => {
    const { rollout: first } = await world.run(update);
    const [pbb] = (await members(first.id)).filter((one) => one.app === 'pbb');
    const instance = pbb?.instanceId ?? '';
    const other = (await read().releases.list()).find((one) => one.app === 'pbb' && one.version === '2409.0.0');
    await read().instances.update(instance, { releaseId: other?.id ?? null });
    await world.command(first.id, 'rollback');
    const left = await read().rollouts.member(first.id, instance);
    expect([left?.state, left?.reason]).toEqual([
      'skipped',
      { code: 'changed_since', params: { version: '2409.0.0' } },
    ]);
    expect((await world.rest(first.id)).state).toBe('rolled_back');
  }, 60_000);
});

describe('two rollouts', () => {
  const named = (id: string, kind: string): RegExp =>
    new RegExp(`"code":"busy","params":\\{"rollout":"${id}","kind":"${kind}"\\}`);

  it('never hold one desa: who is to come is as busy as who is under way', async () => {
    const id = await world.start({ ...update, kodes: [KODES[0]] });
    await expect(world.start({ kind: 'restart', kodes: [KODES[0]], apps: ['pbb'] })).rejects.toThrow(
      named(id, 'update'),
    );
    await expect(world.start({ kind: 'remove', kodes: [KODES[0]] })).rejects.toThrow(named(id, 'update'));
    const other = await world.start({ kind: 'restart', kodes: [KODES[1]] });
    expect((await world.rest(other)).state).toBe('completed');
    expect((await world.rest(id)).state).toBe('completed');
    expect((await world.run({ kind: 'restart', kodes: [KODES[0]] })).rollout.state).toBe('completed');
  }, 60_000);

  it('one that is over takes nobody back while another one holds the desa', async () => {
    const { rollout: first } = await world.run(update);
    const second = await world.start({ kind: 'restart', kodes: [KODES[1]] });
    await expect(world.command(first.id, 'rollback')).rejects.toMatchObject({
      code: 'conflict',
      params: { problem: 'busy', rollout: second, kind: 'restart', kode: KODES[1] },
    });
    expect((await read().rollouts.find(first.id))?.state).toBe('completed');
    await world.command(second, 'cancel');
    await world.rest(second);
  }, 60_000);
});

it('a cancelled run says in which stage it ended', async () => {
  const id = await world.start(update);
  await world.command(id, 'cancel');
  const rollout = await world.rest(id);
  expect([rollout.state, rollout.stages.find((one) => one.stage === 'check')?.state]).toEqual(['cancelled', 'skipped']);
  expect(new Set((await members(id)).map((one) => one.state))).toEqual(new Set(['cancelled']));
  expect(await serving()).toEqual(all('2409.0.0'));
}, 60_000);

describe('a step that is written down while a person takes the rollout back', () => {
  const deadlocks = async (): Promise<number> => {
    const [[row]] = (await world.bench.control.db.raw("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")) as [
      readonly { readonly Value: string }[],
    ];
    return Number(row?.Value);
  };
  it.each(['cancel', 'rollback'] as const)(
    'waits or is waited for, and neither is turned away: %s',
    async (command) => {
      const id = await world.start(update);
      await world.bench.control.db('rollouts').where({ id }).update({ state: 'rolling' });
      const [member] = await members(id);
      if (member === undefined) throw new Error('nobody is in it');
      const deploymentId = await world.bench.deployment({
        steps: [{ kind: 'ensure_image', args: { releaseId: '' } }],
        subjectId: member.instanceId,
      });
      await read().rollouts.setMember(id, member.instanceId, { state: 'running', deploymentId });
      const before = await deadlocks();
      const step = world.bench.transact.run(async (stores) => {
        await stores.knex('deployments').where({ id: deploymentId }).update({ position: 1 });
        await sleep(300);
        await stores.events.append([{ stream: `rollout:${id}`, type: 'step', body: {} }]);
      });
      await sleep(100);
      await Promise.all([step, world.command(id, command)]);
      expect(await deadlocks()).toBe(before);
      expect((await read().deployments.find(deploymentId))?.cancelRequestedAt).not.toBeNull();
    },
  );
});
