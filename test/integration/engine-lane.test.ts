import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ulid } from 'ulid';
import { ProvisionError } from '../../provisioners/contracts';
import { done } from '../../server/rollouts/handler';
import { handler, openEngineBench, scripted, STEPS, type EngineBench } from '../helpers/engine-bench';

let bench: EngineBench;
beforeAll(async () => {
  bench = await openEngineBench();
}, 60_000);
afterAll(() => bench.close());
beforeEach(() => bench.reset());
const kode = (index: number): string => `33.05.05.${2000 + index}`;

it('lets one desa at a time into the schema lane; the others wait in the database', async () => {
  let inside = 0;
  let most = 0;
  let mostClaims = 0;
  const claims = new Map<string, number>();
  const provision = handler<'provision_tenant'>(async ({ deployment }) => {
    most = Math.max(most, ++inside);
    claims.set(deployment.id, deployment.leaseEpoch);
    mostClaims = Math.max(mostClaims, deployment.leaseEpoch);
    await sleep(15);
    inside -= 1;
    return done();
  });
  const handlers = scripted({ provision_tenant: provision });
  for (let index = 0; index < 20; index += 1)
    await bench.deployment({ steps: [STEPS.image, STEPS.provision], subjectId: await bench.instance(kode(index)) });
  const started = Date.now();
  await bench.drain([await bench.worker(handlers), await bench.worker(handlers)]);
  expect(await bench.states()).toEqual({ succeeded: 20 });
  expect(most).toBe(1);
  // Nobody slept through its turn until the half minute of the safety net.
  expect(Date.now() - started).toBeLessThan(28_000);
  expect(mostClaims).toBeLessThanOrEqual(4);
}, 60_000);

it('holds no lease and no slot while it waits for the lane', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const worker = await bench.worker(
    scripted({
      provision_tenant: handler(async () => {
        await held;
        return done();
      }),
    }),
    { slots: 2 },
  );
  const [first, second, third] = await Promise.all(
    [1, 2, 3].map(async (index) =>
      bench.deployment({
        steps: index === 3 ? [STEPS.image] : [STEPS.provision],
        subjectId: await bench.instance(kode(index)),
      }),
    ),
  );
  const working = worker.engine.work(first ?? '');
  for (; (await bench.transact.read.databases.find(bench.databaseId))?.laneHolder === null;) await sleep(10);
  await worker.engine.work(second ?? '');
  expect(await bench.find(second ?? '')).toMatchObject({ state: 'waiting', leaseOwner: null });
  await worker.engine.work(third ?? '');
  expect((await bench.find(third ?? '')).state).toBe('succeeded');
  release();
  await working;
  await bench.drain([worker]);
  expect((await bench.find(second ?? '')).state).toBe('succeeded');
});

it('keeps the lane between two tries of a half-done act', async () => {
  let tries = 0;
  const order: string[] = [];
  const worker = await bench.worker(
    scripted({
      migrate_schema: handler(async () => {
        order.push('migrate');
        tries += 1;
        if (tries === 1) throw new ProvisionError('unreachable', 'gone');
        return done();
      }),
      provision_tenant: handler(async () => {
        order.push('provision');
        return done();
      }),
    }),
  );
  const migrate = await bench.deployment({
    steps: [{ kind: 'migrate_schema', args: { releaseId: 'r' } }],
    subjectKind: 'database',
    subjectId: bench.databaseId,
    kind: 'migrate',
  });
  const desa = await bench.deployment({ steps: [STEPS.provision], subjectId: await bench.instance(kode(1)) });
  await worker.engine.work(migrate);
  await worker.engine.work(desa);
  expect((await bench.find(desa)).state).toBe('waiting');
  await bench.drain([worker]);
  expect(order).toEqual(['migrate', 'migrate', 'provision']);
});

it('frees the lane of a deployment that is over', async () => {
  const id = await bench.deployment({ steps: [STEPS.provision], subjectId: await bench.instance(kode(1)) });
  const worker = await bench.worker(
    scripted({
      provision_tenant: handler(async () => {
        throw new ProvisionError('failed', 'no');
      }),
    }),
  );
  await bench.drain([worker]);
  expect((await bench.find(id)).state).toBe('failed');
  expect((await bench.transact.read.databases.find(bench.databaseId))?.laneHolder).toBeNull();
});

describe('the barrier', () => {
  const rolloutId = ulid();
  const waitFor = handler<'await_follow_up'>(async () => {
    const over = async (): Promise<boolean> =>
      (await bench.transact.read.deployments.ofRollout(rolloutId)).some(
        (one) => one.kind === 'follow_up' && one.state === 'succeeded',
      );
    return (await over()) ? done() : { kind: 'wait', ms: 600_000, waitingFor: `follow_up:${rolloutId}`, isOver: over };
  });
  const followUp = (): Promise<string> =>
    bench.deployment({
      steps: [{ kind: 'follow_up_schema', args: { releaseId: 'r' } }],
      subjectKind: 'database',
      subjectId: bench.databaseId,
      kind: 'follow_up',
      rolloutId,
    });

  it('opens for all of them when the follow-up has succeeded, not a minute later', async () => {
    const worker = await bench.worker(scripted({ await_follow_up: waitFor }));
    for (let index = 0; index < 8; index += 1)
      await bench.deployment({ steps: [STEPS.barrier], subjectId: await bench.instance(kode(index)), rolloutId });
    await bench.drain([worker], { until: async () => (await bench.states()).waiting === 8 });
    await followUp();
    await bench.drain([worker], { hurry: false });
    expect(await bench.states()).toEqual({ succeeded: 9 });
  });

  it('does not let anybody sleep who came while it opened', async () => {
    const worker = await bench.worker(
      scripted({
        await_follow_up: handler(async (context, args) => {
          const result = await waitFor.apply(context, args);
          // The follow-up ends between the look and the sleep.
          if (result.kind === 'wait') await (await bench.worker(scripted({}))).engine.work(await followUp());
          return result;
        }),
      }),
    );
    await bench.deployment({ steps: [STEPS.barrier], subjectId: await bench.instance(kode(1)), rolloutId });
    await bench.drain([worker], { hurry: false });
    expect(await bench.states()).toEqual({ succeeded: 2 });
  });
});

it('numbers events without a gap while many write to the same streams', async () => {
  const streams = ['rollout:a', 'rollout:b', 'fleet'];
  const writers = Array.from({ length: 12 }, async (_, writer) => {
    for (let round = 0; round < 10; round += 1) {
      const order = (writer + round) % 2 === 0 ? streams : [...streams].reverse();
      await bench.transact.run(async (stores) => {
        await stores.events.append(order.map((stream) => ({ stream, type: 't', body: { writer, round } })));
        if (round === 5 && writer === 3) await stores.events.append([{ stream: 'fleet', type: 'more', body: {} }]);
      });
      const rolledBack = bench.transact.run(async (stores) => {
        await stores.events.append([{ stream: 'fleet', type: 'never', body: { pad: randomBytes(4).toString('hex') } }]);
        throw new Error('no');
      });
      await expect(rolledBack).rejects.toThrow('no');
    }
  });
  await Promise.all(writers);
  for (const stream of streams) {
    const events = await bench.transact.read.events.after(stream, 0, 10_000);
    const expected = 120 + (stream === 'fleet' ? 1 : 0);
    expect(events.map((one) => one.seq)).toEqual(Array.from({ length: expected }, (_, index) => index + 1));
    expect(await bench.transact.read.events.lastSeq(stream)).toBe(expected);
  }
}, 60_000);
