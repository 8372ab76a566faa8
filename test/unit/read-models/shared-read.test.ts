import { SharedRead } from '../../../server/services/read-models/shared-read';

/** A reading that ends when it is told to. */
const readings = () => {
  const open: ((value: number) => void)[] = [];
  let begun = 0;
  const read = new SharedRead(
    () =>
      new Promise<number>((resolve) => {
        begun += 1;
        open.push(resolve);
      }),
  );
  return { read, begun: () => begun, end: (value: number) => open.shift()?.(value) };
};
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('who asks while a reading runs gets the next one, never the one that had begun', async () => {
  const { read, begun, end } = readings();
  const first = read.ask();
  const [second, third] = [read.ask(), read.ask()];
  expect(begun()).toBe(1);
  end(1);
  expect(await first).toBe(1);
  await settled();
  expect(begun()).toBe(2);
  end(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
});

test('asked one after the other, every question is read anew', async () => {
  const { read, begun, end } = readings();
  for (const value of [1, 2, 3]) {
    const answer = read.ask();
    end(value);
    expect(await answer).toBe(value);
  }
  expect(begun()).toBe(3);
});

test('a reading that fails fails for those who shared it only', async () => {
  let times = 0;
  const read = new SharedRead(async () => {
    times += 1;
    if (times === 1) throw new Error('away');
    return times;
  });
  const [first, second] = [read.ask(), read.ask()];
  await expect(first).rejects.toThrow('away');
  expect(await second).toBe(2);
  expect(await read.ask()).toBe(3);
});
