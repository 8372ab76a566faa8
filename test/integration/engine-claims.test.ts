import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedStep, StepRow } from '../../server/domain/step';
import { StepError } from '../../server/rollouts/step-error';
import { done } from '../../server/rollouts/handler';
import { handler, LOCK_PREFIX, openEngineBench, scripted, STEPS, type EngineBench } from '../helpers/engine-bench';

let bench: EngineBench;
beforeAll(async () => {
  bench = await openEngineBench();
}, 60_000);
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const kode = (index: number): string => `33.05.05.${2000 + index}`;
const expire = (id: string): Promise<unknown> =>
  bench.control
    .db('deployments')
    .where({ id })
    .update({ lease_until: bench.control.db.raw('UTC_TIMESTAMP(3) - INTERVAL 1 SECOND') });
const plan = [STEPS.image, STEPS.network, STEPS.start];

it('two workers share fifty deployments: each step is applied once, never by two at a time', async () => {
  const applied = new Map<string, number>();
  const inside = new Set<string>();
  let twice = 0;
  const slow = handler<'start_release'>(async ({ deployment }) => {
    if (inside.has(deployment.id)) twice += 1;
    inside.add(deployment.id);
    await sleep(10);
    inside.delete(deployment.id);
    return done();
  });
  const handlers = scripted({ start_release: slow }, (kind, _, { deployment }) => {
    const key = `${deployment.id} ${kind}`;
    applied.set(key, (applied.get(key) ?? 0) + 1);
  });
  for (let index = 0; index < 50; index += 1)
    await bench.deployment({ steps: plan, subjectId: await bench.instance(kode(index)) });
  await bench.drain([await bench.worker(handlers), await bench.worker(handlers)]);
  expect(await bench.states()).toEqual({ succeeded: 50 });
  expect([...applied.values()].filter((count) => count !== 1)).toEqual([]);
  expect([applied.size, twice]).toEqual([150, 0]);
}, 60_000);

it('never gives more slots than there are, and a soaking desa holds none', async () => {
  let now = 0;
  let most = 0;
  let soaking = 0;
  let mostSoaking = 0;
  const busy = handler<'start_release'>(async () => {
    most = Math.max(most, ++now);
    await sleep(30);
    now -= 1;
    return done();
  });
  const watched = handler<'soak'>(async () => {
    mostSoaking = Math.max(mostSoaking, ++soaking);
    await sleep(400);
    soaking -= 1;
    return done();
  });
  for (let index = 0; index < 12; index += 1)
    await bench.deployment({
      steps: [STEPS.start, STEPS.soak, STEPS.retire],
      subjectId: await bench.instance(kode(index)),
    });
  const handlers = scripted({ start_release: busy, soak: watched });
  await bench.drain([await bench.worker(handlers, { slots: 3 }), await bench.worker(handlers, { slots: 3 })]);
  expect(await bench.states()).toEqual({ succeeded: 12 });
  expect(most).toBeLessThanOrEqual(3);
  expect(mostSoaking).toBeGreaterThan(3);
}, 60_000);

it('database work takes no slot from the desa', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const migrating = handler<'migrate_schema'>(async () => {
    await held;
    return done();
  });
  const worker = await bench.worker(scripted({ migrate_schema: migrating }), { slots: 1 });
  await bench.deployment({
    steps: [{ kind: 'migrate_schema', args: { releaseId: 'r' } }],
    subjectKind: 'database',
    subjectId: bench.databaseId,
    kind: 'migrate',
  });
  const desa = await bench.deployment({ steps: plan, subjectId: await bench.instance(kode(1)) });
  await bench.drain([worker], {
    until: async () => {
      if ((await bench.find(desa)).state !== 'succeeded') return false;
      release();
      return true;
    },
  });
});

describe('fencing', () => {
  /** Runs until the owner stands inside its step, then lets a second worker take over and finish. */
  const frozen = async (): Promise<{ readonly thaw: () => Promise<void>; readonly id: string }> => {
    let entered = (): void => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const first = await bench.worker(
      scripted({
        start_release: handler(async () => {
          entered();
          await gate;
          return done({ by: 'frozen' });
        }),
      }),
    );
    const second = await bench.worker(scripted({ start_release: handler(async () => done({ by: 'second' })) }));
    const id = await bench.deployment({ steps: plan, subjectId: await bench.instance(kode(1)) });
    const working = first.engine.work(id);
    await inside;
    await expire(id);
    await second.engine.work(id);
    return {
      id,
      thaw: async () => {
        go();
        await working;
      },
    };
  };
  const outcome = async (id: string): Promise<unknown> => {
    const { state, leaseEpoch } = await bench.find(id);
    const steps = await bench.transact.read.steps.list(id);
    return [state, leaseEpoch, steps.at(-1)?.output];
  };

  it('refuses the late write of an owner that was frozen', async () => {
    const { id, thaw } = await frozen();
    expect(await outcome(id)).toEqual(['succeeded', 2, { by: 'second' }]);
    const events = await bench.transact.read.events.lastSeq(`deployment:${id}`);
    await thaw();
    expect(await outcome(id)).toEqual(['succeeded', 2, { by: 'second' }]);
    expect(await bench.transact.read.events.lastSeq(`deployment:${id}`)).toBe(events);
  });

  it('refuses it while the new owner still works: the epoch decides, not the state', async () => {
    const id = await bench.deployment({ steps: plan, subjectId: await bench.instance(kode(2)) });
    const one = await bench.worker(scripted({}));
    const old = await one.ledger.claim(id, one.id);
    await expire(id);
    const fresh = await one.ledger.claim(id, one.id);
    const [row] = await bench.transact.read.steps.list(id);
    if (old === null || fresh === null || row === undefined) throw new Error('not claimed');
    await expect(one.ledger.finishStep(old.lease, row, { kind: 'done', output: {} }, null)).rejects.toThrow(
      'lease lost',
    );
    await expect(one.ledger.settle(old.lease, 'succeeded', null)).rejects.toThrow('lease lost');
    await one.ledger.beginStep(fresh.lease, row);
    expect((await bench.find(id)).state).toBe('running');
  });

  it('stops a frozen step that changes rows of its own', async () => {
    const instance = await bench.instance(kode(3));
    let late: (() => Promise<unknown>) | null = null as (() => Promise<unknown>) | null;
    const never = new Promise<never>(() => undefined);
    const first = await bench.worker(
      scripted({
        start_release: handler(async (context) => {
          late = () => context.write((stores) => stores.instances.update(instance, { container: 'stale' }));
          return never;
        }),
      }),
    );
    const id = await bench.deployment({ steps: plan, subjectId: instance });
    first.begin(id);
    while (late === null) await sleep(10);
    await first.die();
    const second = await bench.worker(
      scripted({
        start_release: handler(async (context) => {
          await context.write((stores) => stores.instances.update(instance, { container: 'fresh' }));
          return done();
        }),
      }),
    );
    // Its lock is free a moment after its connection was closed.
    await bench.drain([second]);
    await expect(late()).rejects.toThrow('lease lost');
    expect((await bench.transact.read.instances.find(instance))?.container).toBe('fresh');
  });
});

describe('from one step to the next', () => {
  const claimed = async (steps: readonly PlannedStep[], index: number) => {
    const id = await bench.deployment({ steps, subjectId: await bench.instance(kode(index)) });
    const { ledger, ...one } = await bench.worker(scripted({}));
    const claim = await ledger.claim(id, one.id);
    if (claim === null) throw new Error('not claimed');
    const rows = await bench.transact.read.steps.list(id);
    await ledger.beginStep(claim.lease, rows[0]!);
    const end = (next: StepRow | null) => ledger.finishStep(claim.lease, rows[0]!, { kind: 'done', output: {} }, next);
    return {
      id,
      rows,
      end,
      states: async () => (await bench.transact.read.steps.list(id)).map((one) => one.state),
    };
  };
  const tellings = async (id: string): Promise<readonly string[]> =>
    (await bench.transact.read.events.after(`deployment:${id}`, 0, 20)).map(
      ({ body }) => `${String(body['kind'])} ${String(body['state'])}`,
    );

  it('is one transaction: who dies there has begun the next', async () => {
    const { id, rows, end, states } = await claimed(plan, 4);
    expect(await end(rows[1]!)).toBe(true);
    expect(await states()).toEqual(['done', 'running', 'pending']);
    expect((await bench.find(id)).position).toBe(1);
    expect(await tellings(id)).toEqual(['ensure_image running', 'ensure_image done', 'ensure_network running']);
    await expire(id);
    await bench.drain([await bench.worker(scripted({}))]);
    expect((await bench.find(id)).state).toBe('succeeded');
  });

  it('the next does not begin when somebody asked to stop', async () => {
    const { id, rows, end, states } = await claimed(plan, 5);
    await bench.transact.read.deployments.requestCancel([id]);
    expect(await end(rows[1]!)).toBe(false);
    expect(await states()).toEqual(['done', 'pending', 'pending']);
  });

  it('nor when it has to wait for the schema lane', async () => {
    const { rows, end, states } = await claimed([STEPS.image, STEPS.provision], 6);
    expect(await end(rows[1]!)).toBe(false);
    expect(await states()).toEqual(['done', 'pending']);
  });
});

it('takes over at once when the lock of the owner is free, though its lease still runs', async () => {
  const never = new Promise<never>(() => undefined);
  const dying = await bench.worker(scripted({ start_release: handler(() => never) }));
  const next = await bench.worker(scripted({}));
  const id = await bench.deployment({ steps: plan, subjectId: await bench.instance(kode(1)) });
  dying.begin(id);
  for (; (await bench.find(id)).position < 2;) await sleep(10);
  expect(await bench.transact.read.deployments.due(LOCK_PREFIX, 10, 4)).toEqual([]);
  await dying.die();
  const died = Date.now();
  await bench.drain([next]);
  expect((await bench.find(id)).state).toBe('succeeded');
  expect(Date.now() - died).toBeLessThan(18_000);
});

it('leaves the work of a living owner alone until its lease ends', async () => {
  const never = new Promise<never>(() => undefined);
  const stuck = await bench.worker(scripted({ start_release: handler(() => never) }));
  const next = await bench.worker(scripted({}));
  const id = await bench.deployment({ steps: plan, subjectId: await bench.instance(kode(1)) });
  stuck.begin(id);
  for (; (await bench.find(id)).position < 2;) await sleep(10);
  await next.engine.work(id);
  expect((await bench.find(id)).leaseOwner).toBe(stuck.id);
  await expire(id);
  await next.engine.work(id);
  expect((await bench.find(id)).state).toBe('succeeded');
});

it('aborts a step when its lease is lost', async () => {
  let [began, aborted] = [false, false];
  const first = await bench.worker(
    scripted({
      start_release: handler(async ({ signal }) => {
        began = true;
        await sleep(20_000, undefined, { signal }).catch(() => (aborted = true));
        throw new StepError('aborted');
      }),
    }),
  );
  const id = await bench.deployment({ steps: plan, subjectId: await bench.instance(kode(1)) });
  const working = first.engine.work(id);
  while (!began) await sleep(10);
  await expire(id);
  await (await bench.worker(scripted({}))).engine.work(id);
  await working;
  expect([aborted, (await bench.find(id)).state]).toEqual([true, 'succeeded']);
}, 60_000);

it('gives its leases back at shutdown, and the next worker goes on with the same step', async () => {
  const first = await bench.worker(
    scripted({
      start_release: handler(async ({ signal }) => {
        await sleep(20_000, undefined, { signal });
        return done();
      }),
    }),
  );
  const id = await bench.deployment({ steps: plan, subjectId: await bench.instance(kode(1)) });
  const working = first.engine.work(id);
  for (; (await bench.find(id)).position < 2;) await sleep(10);
  first.shutdown.abort();
  await working;
  expect(await bench.find(id)).toMatchObject({ state: 'running', leaseOwner: null });
  await bench.drain([await bench.worker(scripted({}))]);
  expect((await bench.find(id)).state).toBe('succeeded');
});
