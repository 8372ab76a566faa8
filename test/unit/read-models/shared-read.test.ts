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

test('an answer is given again for a moment, and never after something was written', async () => {
  const changes = { count: 0 };
  let times = 0;
  const read = new SharedRead(
    async () => {
      times += 1;
      return times;
    },
    { ms: 60_000, changes },
  );
  expect([await read.ask(), await read.ask()]).toEqual([1, 1]);
  changes.count += 1;
  expect(await read.ask()).toBe(2);
});

test('what is written while an answer is read is in the next one', async () => {
  const changes = { count: 0 };
  const open: ((value: string) => void)[] = [];
  const read = new SharedRead(() => new Promise<string>((resolve) => open.push(resolve)), { ms: 60_000, changes });
  const before = read.ask();
  changes.count += 1;
  const after = read.ask();
  open.shift()?.('before');
  expect(await before).toBe('before');
  await settled();
  open.shift()?.('after');
  expect(await after).toBe('after');
});

test('an answer that failed is not kept', async () => {
  let times = 0;
  const read = new SharedRead(
    async () => {
      times += 1;
      if (times === 1) throw new Error('away');
      return times;
    },
    { ms: 60_000, changes: { count: 0 } },
  );
  await expect(read.ask()).rejects.toThrow('away');
  expect(await read.ask()).toBe(2);
});
