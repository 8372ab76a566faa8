import { setTimeout as sleep } from 'node:timers/promises';
import { ProvisionError } from '../../provisioners/contracts';
import { done, type StepHandlers } from '../../server/rollouts/handler';
import { StepError } from '../../server/rollouts/step-error';
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

describe('undoing', () => {
  it('goes on after a kill, and takes back nothing twice', async () => {
    const { lines, see } = history();
    const never = new Promise<never>(() => undefined);
    const bad = handler<'verify_public'>(async () => {
      throw new StepError('wrong_name');
    });
    const first = await bench.worker(
      scripted(
        { verify_public: bad, start_release: { ...handler(async () => done()), undo: () => never } },
        (kind, what) => see(kind, what),
      ),
    );
    const id = await bench.deployment({
      steps: [STEPS.image, STEPS.start, STEPS.switch, STEPS.verify],
      subjectId: await bench.instance('33.05.05.2011'),
    });
    first.begin(id);
    for (; !lines.includes('-start_release');) await sleep(10);
    await first.die();
    lines.length = 0;
    await bench.drain([await bench.worker(scripted({ verify_public: bad }, see))]);
    expect(lines).toEqual(['-start_release', '-ensure_image']);
    expect(await bench.find(id)).toMatchObject({ state: 'failed', reason: { code: 'wrong_name' } });
  });

  it('tries an undo again, and says so when it cannot be done', async () => {
    const { id, lines } = await run({
      start_release: { ...handler(async () => done()), undo: async () => away() },
      verify_public: handler(async () => {
        throw new StepError('wrong_name');
      }),
    });
    expect(lines.filter((one) => one === '-start_release')).toHaveLength(7);
    expect(lines.at(-1)).toBe('-ensure_image');
    expect(await bench.find(id)).toMatchObject({
      state: 'failed',
      reason: { code: 'undo_failed', params: { step: 'start_release', cause: 'provision_unreachable' } },
    });
  });

  it('goes on below a switch that cannot be taken back, and leaves what the route may still lead to', async () => {
    const { id, lines } = await run(
      {
        switch_traffic: { ...handler(async () => done()), undo: async () => away() },
        migrate_own: {
          ...handler(async () => done()),
          undo: async () => {
            throw new ProvisionError('failed', 'The dump is cut short');
          },
        },
        verify_public: handler(async () => {
          throw new StepError('wrong_name');
        }),
      },
      [
        STEPS.image,
        step('put_files', { releaseId: 'r', slot: 'a', host: 'h' }),
        step('hold_traffic', {}),
        step('migrate_own', { releaseId: 'r' }),
        ...[STEPS.start, STEPS.switch, STEPS.verify],
      ],
    );
    const undone = lines.filter((one) => one.startsWith('-'));
    expect([...new Set(undone)]).toEqual([
      ...['-verify_public', '-switch_traffic', '-migrate_own', '-hold_traffic', '-ensure_image'],
    ]);
    expect(await bench.find(id)).toMatchObject({
      state: 'failed',
      reason: { code: 'undo_failed', params: { step: 'switch_traffic', cause: 'provision_unreachable' } },
    });
    const left = (await bench.transact.read.steps.list(id)).filter((one) => one.state === 'done');
    expect(left.map((one) => one.kind)).toEqual(['put_files', 'start_release']);
  });

  it('also takes back a step that was half done and is waiting for its next try', async () => {
    const { lines, see } = history();
    const worker = await bench.worker(scripted({ switch_traffic: handler(away) }, see));
    const id = await bench.deployment({
      steps: [STEPS.start, STEPS.switch, STEPS.verify],
      subjectId: await bench.instance('33.05.05.2011'),
    });
    await worker.engine.work(id);
    await cancel(id);
    await bench.drain([worker], { hurry: false });
    expect(lines).toEqual(['start_release', 'switch_traffic', '-switch_traffic', '-start_release']);
    expect((await bench.find(id)).state).toBe('cancelled');
  });
});
