import { openEngineBench, type EngineBench } from '../helpers/engine-bench';

let bench: EngineBench;
beforeAll(async () => {
  bench = await openEngineBench();
}, 60_000);
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const desa = (count: number): Promise<readonly string[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => bench.instance(`33.05.12.${2001 + at}`)));

it('gives every desa of a network a place of its own, however many ask at once', async () => {
  const ids = await desa(8);
  const taken = await Promise.all(
    ids.map((id) => bench.transact.run((stores) => stores.instances.takeNetworkIndex(id, 't-kec'))),
  );
  expect(taken.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it('waits for who is taking a place and takes the next one', async () => {
  const [first = '', second = ''] = await desa(2);
  let later: Promise<number> = Promise.resolve(-1);
  const index = await bench.transact.run(async (stores) => {
    const mine = await stores.instances.takeNetworkIndex(first, 't-kec');
    later = bench.transact.run((others) => others.instances.takeNetworkIndex(second, 't-kec'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    return mine;
  });
  expect([index, await later]).toEqual([0, 1]);
});
