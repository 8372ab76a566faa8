import { setTimeout as sleep } from 'node:timers/promises';
import { openEngineBench, handler, LOCK_PREFIX, scripted, STEPS, type EngineBench } from '../helpers/engine-bench';

let bench: EngineBench;
beforeAll(async () => {
  bench = await openEngineBench();
}, 60_000);
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const plan = [STEPS.image, STEPS.start];
const desa = async (index: number): Promise<string> =>
  bench.deployment({ steps: plan, subjectId: await bench.instance(`33.05.05.${2000 + index}`) });
const onDatabase = (): Promise<string> =>
  bench.deployment({ steps: [STEPS.image], subjectId: bench.databaseId, subjectKind: 'database', kind: 'prepare' });
const due = (slots: number): Promise<readonly string[]> => bench.transact.read.deployments.due(LOCK_PREFIX, 60, slots);

describe('what could be worked on now', () => {
  it('is no more of the desa that begin than there are free slots, the oldest first', async () => {
    const all = [await desa(1), await desa(2), await desa(3)];
    expect(await due(2)).toEqual(all.slice(0, 2));
    expect(await due(0)).toEqual([]);
  });

  it('is the work on a database and what is to be cancelled, whether a slot is free or not', async () => {
    await desa(1);
    const [database, cancelled] = [await onDatabase(), await desa(2)];
    await bench.transact.read.deployments.requestCancel([cancelled]);
    expect(await due(0)).toEqual([database, cancelled]);
  });

  it('is the desa of a worker that died, which has its slot still; nobody new before that', async () => {
    const never = new Promise<never>(() => undefined);
    const started = new Set<string>();
    const dying = await bench.worker(
      scripted({
        start_release: handler(({ deployment }) => {
          started.add(deployment.id);
          return never;
        }),
      }),
    );
    const id = await desa(1);
    dying.begin(id);
    for (; !started.has(id);) await sleep(10);
    const waiting = await desa(2);
    expect(await due(1)).toEqual([]);
    expect(await due(2)).toEqual([waiting]);
    await dying.die();
    // A lock is free a moment after its connection closed.
    for (let tries = 0; tries < 100 && (await due(1)).length === 0; tries += 1) await sleep(20);
    expect(await due(1)).toEqual([id]);
  });
});
