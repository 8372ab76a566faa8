import { setTimeout as sleep } from 'node:timers/promises';
import { ProvisionError } from '../../provisioners/contracts';
import { done, type StepHandlers } from '../../server/rollouts/handler';
import { StepError, Unmeasured } from '../../server/rollouts/step-error';
import { step } from '../../server/domain/step';
import { handler, openEngineBench, scripted, STEPS, type EngineBench } from '../helpers/engine-bench';

let bench: EngineBench;
beforeAll(async () => {
  bench = await openEngineBench();
}, 60_000);
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const away = (): never => {
  throw new ProvisionError('unreachable', 'The engine does not answer');
};
/** Fails `times` times, then does what `scripted` does. */
const failing = (times: number, fail: () => never): (() => Promise<ReturnType<typeof done>>) => {
  let left = times;
  return async () => {
    if (left-- > 0) fail();
    return done();
  };
};
const history = (): { readonly lines: string[]; readonly see: (kind: string, what: string) => void } => {
  const lines: string[] = [];
  return { lines, see: (kind, what) => void lines.push(what === 'undo' ? `-${kind}` : kind) };
};
const run = async (
  acts: Partial<StepHandlers>,
  steps = [STEPS.image, STEPS.start, STEPS.switch, STEPS.verify],
): Promise<{ readonly id: string; readonly lines: string[] }> => {
  const { lines, see } = history();
  const worker = await bench.worker(scripted(acts, see));
  const id = await bench.deployment({ steps, subjectId: await bench.instance('33.05.05.2011') });
  await bench.drain([worker]);
  return { id, lines };
};
const cancel = (id: string): Promise<void> => bench.transact.read.deployments.requestCancel([id]);

describe('a step that fails', () => {
  it('is tried again while waiting can help, with growing pauses', async () => {
    const { lines, see } = history();
    const worker = await bench.worker(scripted({ start_release: handler(failing(2, away)) }, see));
    const id = await bench.deployment({
      steps: [STEPS.start, STEPS.switch],
      subjectId: await bench.instance('33.05.05.2011'),
    });
    const pauses: number[] = [];
    while (pauses.length < 2) {
      await worker.engine.work(id);
      const [row] = (await bench.control
        .db('deployments')
        .where({ id })
        .select(bench.control.db.raw('TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), wake_at) / 1000 AS ms'))) as {
        ms: number;
      }[];
      pauses.push(Number(row?.ms));
      await worker.engine.work(id);
      await bench.control.db('deployments').where({ id }).update({ wake_at: null });
    }
    expect(pauses[0]).toBeGreaterThan(500);
    expect(pauses[0]).toBeLessThanOrEqual(1000);
    expect(pauses[1]).toBeGreaterThan(1500);
    await worker.engine.work(id);
    expect((await bench.find(id)).state).toBe('succeeded');
    expect(lines).toEqual(['start_release', 'start_release', 'start_release', 'switch_traffic']);
  });

  it('ends when it stays away: undone in reverse, with the reason', async () => {
    const { id, lines } = await run({ verify_public: handler(away) });
    expect(lines.filter((one) => one === 'verify_public')).toHaveLength(7);
    expect(lines.slice(-4)).toEqual(['-verify_public', '-switch_traffic', '-start_release', '-ensure_image']);
    expect(await bench.find(id)).toMatchObject({ state: 'failed', reason: { code: 'provision_unreachable' } });
  });

  it('is undone at once when waiting cannot help; finished steps first', async () => {
    const { id, lines } = await run({
      switch_traffic: handler(async () => {
        throw new StepError('wrong_version', { observed: '1' });
      }),
    });
    expect(lines).toEqual([
      'ensure_image',
      'start_release',
      'switch_traffic',
      '-switch_traffic',
      '-start_release',
      '-ensure_image',
    ]);
    const found = await bench.find(id);
    expect([found.state, found.reason]).toEqual(['failed', { code: 'wrong_version', params: { observed: '1' } }]);
    expect((await bench.transact.read.steps.list(id)).map((one) => one.state)).toEqual([
      'undone',
      'undone',
      'undone',
      'pending',
    ]);
  });

  it('that runs out of time says so, and not that nobody foresaw it', async () => {
    const { id } = await run({
      start_release: handler(async ({ signal }) => {
        await sleep(5000, undefined, { signal });
        return done();
      }, 50),
    });
    expect(await bench.find(id)).toMatchObject({ state: 'failed', reason: { code: 'provision_timeout' } });
  });

  it('is not the step when only its record could not be written', async () => {
    let broken = true;
    const record = async (): Promise<undefined> => {
      if (broken) throw Object.assign(new Error('gone'), { code: 'PROTOCOL_CONNECTION_LOST' });
      return undefined;
    };
    const { lines, see } = history();
    const worker = await bench.worker(scripted({ start_release: handler(async () => done({}, record)) }, see));
    const id = await bench.deployment({
      steps: [STEPS.start, STEPS.switch],
      subjectId: await bench.instance('33.05.05.2011'),
    });
    await worker.engine.work(id).catch(() => undefined);
    expect((await bench.find(id)).state).toBe('running');
    broken = false;
    await bench.control.db('deployments').where({ id }).update({ lease_owner: null, wake_at: null });
    await bench.drain([worker]);
    expect([(await bench.find(id)).state, lines]).toEqual([
      'succeeded',
      ['start_release', 'start_release', 'switch_traffic'],
    ]);
  });

  it('is tried again when the control database was away while it worked', async () => {
    const lost = (): never => {
      throw Object.assign(new Error('gone'), { code: 'PROTOCOL_CONNECTION_LOST' });
    };
    const { id } = await run({ start_release: handler(failing(1, lost)) });
    expect((await bench.find(id)).state).toBe('succeeded');
  });
});

describe('cancel', () => {
  it('settles what no worker holds: queued, sleeping, waiting long', async () => {
    const wait = handler<'await_follow_up'>(async () => ({ kind: 'wait', ms: 600_000, waitingFor: 'follow_up:x' }));
    const worker = await bench.worker(scripted({ await_follow_up: wait }), { slots: 1 });
    const sleeper = await bench.deployment({
      steps: [STEPS.image, STEPS.barrier],
      subjectId: await bench.instance('33.05.05.2011'),
    });
    await worker.engine.work(sleeper);
    expect((await bench.find(sleeper)).state).toBe('waiting');
    const queued = await bench.deployment({ steps: [STEPS.image], subjectId: await bench.instance('33.05.05.2012') });
    await bench.transact.read.deployments.requestCancel([sleeper, queued]);
    await bench.drain([worker], { hurry: false });
    expect([(await bench.find(sleeper)).state, (await bench.find(queued)).state]).toEqual(['cancelled', 'cancelled']);
    expect((await bench.transact.read.steps.list(queued))[0]?.state).toBe('pending');
  });

  it('stops a running step and takes everything back', async () => {
    const { lines, see } = history();
    const worker = await bench.worker(
      scripted(
        {
          soak: handler(async ({ signal }) => {
            await sleep(30_000, undefined, { signal });
            return done();
          }),
        },
        see,
      ),
    );
    const id = await bench.deployment({
      steps: [STEPS.start, STEPS.switch, STEPS.soak, STEPS.retire],
      subjectId: await bench.instance('33.05.05.2011'),
    });
    const working = worker.engine.work(id);
    for (; (await bench.find(id)).state !== 'soaking';) await sleep(10);
    await cancel(id);
    await working;
    expect((await bench.find(id)).state).toBe('cancelled');
    expect(lines.slice(-3)).toEqual(['-soak', '-switch_traffic', '-start_release']);
  }, 15_000);

  it('comes too late when the old release is being taken away: there is no way back any more', async () => {
    const { lines, see } = history();
    const worker = await bench.worker(
      scripted(
        {
          retire_release: handler(async ({ deployment }) => {
            await cancel(deployment.id);
            return away();
          }),
        },
        see,
      ),
    );
    const id = await bench.deployment({
      steps: [STEPS.start, STEPS.switch, STEPS.retire],
      subjectId: await bench.instance('33.05.05.2011'),
    });
    await worker.engine.work(id);
    const calm = await bench.worker(scripted({}, see));
    await bench.drain([calm]);
    expect((await bench.find(id)).state).toBe('succeeded');
    expect(lines.filter((one) => one.startsWith('-'))).toEqual([]);
  });
});

it('never goes back over the point of no return, whatever fails', async () => {
  const remove = [step('archive_instance', {}), step('remove_containers', {}), step('remove_tenant', {})];
  const { id, lines } = await run(
    {
      remove_tenant: handler(async () => {
        throw new StepError('template_tenant');
      }),
    },
    remove,
  );
  expect(lines).toEqual(['archive_instance', 'remove_containers', 'remove_tenant']);
  expect(await bench.find(id)).toMatchObject({ state: 'failed', reason: { code: 'template_tenant' } });
});

it('measures again what could not be measured, without using up the tries of real failures', async () => {
  let measured = 0;
  const { id } = await run({
    verify_public: handler(async () => {
      measured += 1;
      if (measured <= 12) throw new Unmeasured('proxy_unreachable');
      if (measured === 13) away();
      return done();
    }),
  });
  expect([(await bench.find(id)).state, measured]).toEqual(['succeeded', 14]);
});

it('stops a plan of another version with a sentence', async () => {
  const { lines, see } = history();
  const worker = await bench.worker(scripted({}, see));
  const id = await bench.deployment({
    steps: [STEPS.start],
    subjectId: await bench.instance('33.05.05.2011'),
    planVersion: 7,
  });
  await bench.drain([worker]);
  expect([(await bench.find(id)).reason?.code, lines]).toEqual(['plan_too_old', []]);
});
