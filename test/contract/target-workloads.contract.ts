import { randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL, type EngineEvent, type LogLine } from '../../provisioners/contracts';
import { code, never, role, textOf, type TargetBench } from './target-bench';

/** Containers that stay, containers that run once, and what the engine tells about them. */
export const workloadsContract = (bench: TargetBench): void => {
  describe('workloads', () => {
    test('ensured twice and twice at once: one container, started', async () => {
      const [a, b] = await Promise.all([
        bench.session.ensureWorkload(bench.spec('w')),
        bench.session.ensureWorkload(bench.spec('w')),
      ]);
      const again = await bench.session.ensureWorkload(bench.spec('w'));
      expect(b.id).toBe(a.id);
      expect(again.id).toBe(a.id);
      expect(again).toMatchObject({ name: bench.named('w'), state: 'running', exitCode: null });
      expect(again.labels[LABEL.installation]).toBe(bench.session.installation);
      expect(again.labels[LABEL.spec]).toMatch(/^[0-9a-f]{64}$/);
    });
    test('another spec of the same name is a conflict and changes nothing', async () => {
      const before = await bench.session.inspect(bench.named('w'));
      expect(await code(bench.session.ensureWorkload(bench.spec('w', { env: { A: '1' } })))).toBe('conflict');
      expect(await bench.session.inspect(bench.named('w'))).toEqual(before);
    });
    test('a stranger can neither see nor touch it', async () => {
      const { stranger } = bench.under;
      expect(await stranger.find(role)).toEqual([]);
      expect(await code(stranger.inspect(bench.named('w')))).toBe('conflict');
      expect(await code(stranger.ensureWorkload(bench.spec('w')))).toBe('conflict');
      expect(await code(stranger.runOnce(bench.spec('w'), { signal: never }))).toBe('conflict');
      expect(await code(stranger.stop(bench.named('w'), 1))).toBe('conflict');
      expect(await code(stranger.remove(bench.named('w')))).toBe('conflict');
      expect(await code(stranger.exec(bench.named('w'), ['echo']))).toBe('conflict');
      expect((await bench.session.inspect(bench.named('w')))?.state).toBe('running');
    });
    test('stop and start are idempotent; ensure starts a stopped one again', async () => {
      await bench.session.stop(bench.named('w'), 1);
      await bench.session.stop(bench.named('w'), 1);
      const stopped = await bench.session.inspect(bench.named('w'));
      expect(stopped?.state).toBe('exited');
      expect(stopped?.exitCode).not.toBeNull();
      await bench.session.start(bench.named('w'));
      await bench.session.start(bench.named('w'));
      await bench.session.stop(bench.named('w'), 1);
      const kept = await bench.session.ensureWorkload(bench.spec('w'));
      expect(kept).toMatchObject({ id: stopped?.id, state: 'running' });
      await bench.session.stop(bench.named('nobody'), 1);
      expect(await code(bench.session.start(bench.named('nobody')))).toBe('not_found');
    });
    test('find sees ours by label, running or not', async () => {
      await bench.session.ensureWorkload(bench.spec('x'));
      await bench.session.stop(bench.named('x'), 1);
      const found = await bench.session.find(role);
      expect(found.map((one) => [one.name, one.state])).toEqual(
        expect.arrayContaining([
          [bench.named('w'), 'running'],
          [bench.named('x'), 'exited'],
        ]),
      );
      expect(await bench.session.find({ ...role, [LABEL.kode]: 'x' })).toHaveLength(1);
    });
    test('an unknown image or network is not_found and leaves no container', async () => {
      expect(await code(bench.session.ensureWorkload(bench.spec('bad', { image: 'siappakai-none:1' })))).toBe(
        'not_found',
      );
      expect(
        await code(bench.session.ensureWorkload(bench.spec('bad', { networks: [{ network: bench.named('none') }] }))),
      ).toBe('not_found');
      expect(await bench.session.inspect(bench.named('bad'))).toBeNull();
    });
    test('fixed addresses on two networks; connecting again is fine, another address a conflict', async () => {
      const one = await bench.session.ensureNetwork({
        name: bench.named('n1'),
        labels: role,
        internal: true,
        prefixLength: 28,
      });
      const two = await bench.session.ensureNetwork({
        name: bench.named('n2'),
        labels: role,
        internal: true,
        prefixLength: 28,
      });
      const host = (subnet: string, last: number): string =>
        subnet.replace(/\d+\/28$/, (end) => String(Number(end.split('/')[0]) + last));
      const wanted = bench.spec('net', {
        networks: [
          { network: one.name, address: host(one.subnet, 5), aliases: ['satu'] },
          { network: two.name, address: host(two.subnet, 6) },
        ],
      });
      const made = await bench.session.ensureWorkload(wanted);
      expect(made.addresses).toEqual({ [one.name]: host(one.subnet, 5), [two.name]: host(two.subnet, 6) });
      await bench.session.connectNetwork(bench.named('net'), { network: one.name, address: host(one.subnet, 5) });
      expect(
        await code(
          bench.session.connectNetwork(bench.named('net'), { network: one.name, address: host(one.subnet, 7) }),
        ),
      ).toBe('conflict');
      const late = { network: one.name, address: host(one.subnet, 9) };
      await bench.session.ensureWorkload(bench.spec('late', { networks: [{ network: two.name }] }));
      await Promise.all([
        bench.session.connectNetwork(bench.named('late'), late),
        bench.session.connectNetwork(bench.named('late'), late),
      ]);
      expect((await bench.session.inspect(bench.named('late')))?.addresses[one.name]).toBe(late.address);
      expect(await code(bench.session.removeNetwork(one.name))).toBe('refused');
      await bench.session.remove(bench.named('net'));
      await bench.session.remove(bench.named('late'));
      await bench.session.removeNetwork(one.name);
    });
    test('exec: exit code, streams, input, environment, time-out', async () => {
      const done = await bench.session.exec(bench.named('w'), ['sh', '-c', 'echo out; echo err >&2; exit 3']);
      expect(done).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
      const out = new PassThrough();
      const [echoed, text] = await Promise.all([
        bench.session.exec(bench.named('w'), ['cat'], { stdin: Readable.from(['satu ', 'dua']), stdout: out }),
        textOf(out),
      ]);
      expect([echoed.exitCode, text]).toEqual([0, 'satu dua']);
      const env = await bench.session.exec(bench.named('w'), ['sh', '-c', 'echo $RAHASIA'], {
        env: { RAHASIA: 'x y' },
      });
      expect(env.stdout).toBe('x y\n');
      const started = Date.now();
      expect(await code(bench.session.exec(bench.named('w'), ['sleep', '60'], { timeoutMs: 300 }))).toBe('timeout');
      expect(Date.now() - started).toBeLessThan(30_000);
      expect(await code(bench.session.exec(bench.named('nobody'), ['echo']))).toBe('not_found');
    });
    test('logs come in order, per stream, and can be followed', async () => {
      await bench.session.ensureWorkload(
        bench.spec('log', { command: ['sh', '-c', 'echo satu; echo dua; sleep 1; echo tiga'] }),
      );
      const lines: LogLine[] = [];
      for await (const line of bench.session.logs(bench.named('log'), { tail: 10, follow: true, signal: never }))
        lines.push(line);
      expect(lines.map((line) => `${line.stream} ${line.text}`)).toEqual(['stdout satu', 'stdout dua', 'stdout tiga']);
      expect(Date.parse(lines[0]?.at ?? '')).toBeGreaterThan(Date.now() - 60_000);
      const last: string[] = [];
      for await (const line of bench.session.logs(bench.named('log'), { tail: 1, follow: false, signal: never }))
        last.push(line.text);
      expect(last).toEqual(['tiga']);
    });
    test('following ends with the signal', async () => {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 300);
      const started = Date.now();
      for await (const line of bench.session.logs(bench.named('w'), { tail: 0, follow: true, signal: stop.signal }))
        expect(line).toBeUndefined();
      expect(Date.now() - started).toBeLessThan(30_000);
    });
    test('stats of a running one', async () => {
      const use = await bench.session.stats(bench.named('w'));
      expect(use.memoryBytes).toBeGreaterThan(0);
      expect(use.pids).toBeGreaterThan(0);
    });
    test('usage samples what runs of ours, with limit, age and a CPU time that only grows', async () => {
      const limits = { memoryBytes: 64 * 1024 ** 2, memoryReservationBytes: 16 * 1024 ** 2, pids: 32 };
      await bench.session.ensureWorkload(bench.spec('use', { limits }));
      const labels = { ...role, [LABEL.kode]: 'use' };
      const [first] = await bench.session.usage(labels);
      expect(first).toMatchObject({ name: bench.named('use'), restarts: 0, memoryLimitBytes: limits.memoryBytes });
      expect(first?.memoryBytes).toBeGreaterThan(0);
      expect(first?.memoryBytes).toBeLessThan(limits.memoryBytes);
      expect(Date.parse(first?.startedAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
      expect(Date.parse(first?.madeAt ?? '')).toBeLessThanOrEqual(Date.parse(first?.startedAt ?? ''));
      await sleep(300);
      const [second] = await bench.session.usage(labels);
      expect(second?.cpuSeconds).toBeGreaterThanOrEqual(first?.cpuSeconds ?? Infinity);
      expect(Date.parse(second?.at ?? '')).toBeGreaterThan(Date.parse(first?.at ?? ''));
      expect((await bench.session.usage(role)).map((one) => one.name)).toContain(bench.named('w'));
      expect(await bench.under.stranger.usage(role)).toEqual([]);
      await bench.session.stop(bench.named('use'), 1);
      expect(await bench.session.usage(labels)).toEqual([]);
      await bench.session.remove(bench.named('use'));
    });
    test('removing twice and twice at once is fine', async () => {
      await Promise.all([bench.session.remove(bench.named('x')), bench.session.remove(bench.named('x'))]);
      await bench.session.remove(bench.named('x'));
      expect(await bench.session.inspect(bench.named('x'))).toBeNull();
    });
  });

  describe('one-shots', () => {
    test('result, lines, and nothing left', async () => {
      const lines: string[] = [];
      const result = await bench.session.runOnce(
        bench.spec('job', { command: ['sh', '-c', 'echo satu; echo galat >&2; exit 4'] }),
        {
          signal: never,
          onLine: (line) => lines.push(`${line.stream} ${line.text}`),
        },
      );
      expect(result).toMatchObject({ exitCode: 4, stdout: 'satu\n', stderr: 'galat\n' });
      expect(lines.sort()).toEqual(['stderr galat', 'stdout satu']);
      expect(await bench.session.inspect(bench.named('job'))).toBeNull();
    });
    test('input goes in, a large output comes out whole', async () => {
      const input = randomBytes(3 * 1024 * 1024).toString('hex');
      const out = new PassThrough();
      const job = bench.session.runOnce(bench.spec('pipe', { command: ['cat'] }), {
        signal: never,
        stdin: Readable.from([input]),
        stdout: out,
      });
      const [result, text] = await Promise.all([job, textOf(out)]);
      expect(result).toMatchObject({ exitCode: 0, stdout: '' });
      expect(text === input).toBe(true);
    });
    test('a leftover of the same name is replaced', async () => {
      await bench.session.ensureWorkload(bench.spec('again'));
      const result = await bench.session.runOnce(bench.spec('again', { command: ['echo', 'baru'] }), { signal: never });
      expect(result.stdout).toBe('baru\n');
    });
    test('the signal kills it and nothing is left', async () => {
      const stop = new AbortController();
      const reason = new Error('berhenti');
      setTimeout(() => stop.abort(reason), 500);
      const started = Date.now();
      await expect(bench.session.runOnce(bench.spec('kill'), { signal: stop.signal })).rejects.toBe(reason);
      expect(Date.now() - started).toBeLessThan(30_000);
      expect(await bench.session.inspect(bench.named('kill'))).toBeNull();
    });
  });

  test('events of ours only, in order', async () => {
    const stop = new AbortController();
    const seen: EngineEvent[] = [];
    const reading = (async () => {
      for await (const event of bench.session.events(stop.signal))
        if (event.name === bench.named('ev')) seen.push(event);
    })();
    await sleep(300);
    await bench.session.ensureWorkload(bench.spec('ev', { command: ['echo'] }));
    for (let i = 0; i < 50 && seen.length < 3; i++) await sleep(100);
    await bench.session.remove(bench.named('ev'));
    for (let i = 0; i < 50 && seen.length < 4; i++) await sleep(100);
    stop.abort();
    await reading;
    expect(seen.map((event) => event.action)).toEqual(['create', 'start', 'die', 'destroy']);
    expect(seen[0]?.labels[LABEL.kode]).toBe('ev');
  });
};
