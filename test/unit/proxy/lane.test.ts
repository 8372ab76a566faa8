import { makeLane } from '../../../provisioners/proxies/haproxy/lane';

const gate = (): { readonly open: () => void; readonly passed: Promise<void> } => {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), passed };
};

describe('a lane', () => {
  it('runs one at a time and merges those who wait into one', async () => {
    const first = gate();
    const seen: string[][] = [];
    let running = 0;
    const lane = makeLane<readonly string[], number>(
      (waiting, newer) => [...waiting, ...newer],
      async (request) => {
        running += 1;
        expect(running).toBe(1);
        seen.push([...request]);
        if (seen.length === 1) await first.passed;
        running -= 1;
        return seen.length;
      },
    );
    const results = ['a', 'b', 'c', 'd'].map((name) => lane([name]));
    first.open();
    expect(await Promise.all(results)).toEqual([1, 2, 2, 2]);
    expect(seen).toEqual([['a'], ['b', 'c', 'd']]);
    expect(await lane(['e'])).toBe(3);
  });

  it('gives a failure to those who asked for it and goes on', async () => {
    const lane = makeLane<string, string>(
      (_, newer) => newer,
      async (request) => {
        if (request === 'bad') throw new Error(request);
        return request;
      },
    );
    const [first, second] = [lane('bad'), lane('good')];
    await expect(first).rejects.toThrow('bad');
    expect(await second).toBe('good');
    const [third, fourth, fifth] = [lane('good'), lane('worse'), lane('bad')];
    expect(await third).toBe('good');
    await expect(fourth).rejects.toThrow('bad');
    await expect(fifth).rejects.toThrow('bad');
    expect(await lane('good')).toBe('good');
  });

  it('never overlaps, however calls are spread', async () => {
    let running = 0;
    const lane = makeLane<number, number>(
      (_, newer) => newer,
      async (request) => {
        running += 1;
        expect(running).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, request % 3));
        running -= 1;
        return request;
      },
    );
    const calls: Promise<number>[] = [];
    for (let n = 0; n < 200; n += 1) {
      calls.push(lane(n));
      if (n % 7 === 0) await calls[Math.floor(n / 2)];
      if (n % 11 === 0) await Promise.resolve();
    }
    const results = await Promise.all(calls);
    expect(results.every((result, n) => result >= n)).toBe(true);
    expect(results.at(-1)).toBe(199);
  });
});
