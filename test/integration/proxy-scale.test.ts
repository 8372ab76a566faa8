import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProxyRoute, ProxyState } from '../../provisioners/contracts';
import { socketCommand } from '../../provisioners/proxies/haproxy/command-socket';
import { startLocalHaproxy, startUpstreams, type LocalHaproxy, type Upstreams } from '../helpers/local-haproxy';

const HOSTS = 850;
const host = (n: number): string => `desa-${n}.kec-${n % 26}.kebumenkab.example`;
const address = (n: number, slot: number): string => `127.${10 + slot}.${n >> 8}.${n & 255}`;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const timed = async <T>(act: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> => {
  const start = performance.now();
  const result = await act();
  return { ms: performance.now() - start, result };
};

describe('850 hosts with three apps each', () => {
  let local: LocalHaproxy;
  let apps: Upstreams;
  const routesOf = (n: number, active: 'a' | 'b' = 'a'): readonly ProxyRoute[] =>
    ['/', '/api', '/pbb'].map((path, index) => ({
      id: `${n}-${index}`,
      hosts: [host(n)],
      path,
      slots: { a: `${address(n + 1, index * 2)}:${apps.port}`, b: `${address(n + 1, index * 2 + 1)}:${apps.port}` },
      active,
      mode: 'open' as const,
    }));
  const all = Array.from({ length: HOSTS }, (_, n) => n);
  const stateOf = (switched: ReadonlySet<number> = new Set(), hosts = all): ProxyState => ({
    routes: hosts.flatMap((n) => routesOf(n, switched.has(n) ? 'b' : 'a')),
    redirects: [],
    dashboard: null,
  });
  const servedBy = async (n: number, path = '/'): Promise<string | undefined> =>
    (await local.get(host(n), path)).seen?.address.split(':')[0];

  beforeAll(async () => {
    local = await startLocalHaproxy();
    apps = await startUpstreams();
  }, 30_000);
  afterAll(async () => {
    await local.close();
    await apps.close();
  });

  it('get their certificates and routes at once, then one more host without a reload', async () => {
    const certificates = await timed(() => local.proxy.ensureCertificates(all.map(host)));
    const again = await timed(() => local.proxy.ensureCertificates(all.map(host)));
    const first = await timed(() => local.proxy.apply(stateOf(new Set(), all.slice(0, -1))));
    const added = await timed(() => local.proxy.apply(stateOf()));
    expect([first.result, added.result]).toEqual(['runtime', 'runtime']);
    expect(again.result).toEqual(certificates.result);
    for (const n of [0, 1, 425, 849]) expect(await servedBy(n, '/pbb/login')).toBe(address(n + 1, 4));
    console.log(
      `certificates ${certificates.ms.toFixed(0)} ms, again ${again.ms.toFixed(0)} ms; all routes ${first.ms.toFixed(0)} ms, one host more ${added.ms.toFixed(1)} ms`,
    );
    expect(certificates.ms).toBeLessThan(60_000);
  }, 120_000);

  it('switch one by one in milliseconds', async () => {
    const switched = new Set<number>();
    const times: number[] = [];
    for (const n of all.filter((number) => number % 17 === 0)) {
      switched.add(n);
      const { ms, result } = await timed(() => local.proxy.apply(stateOf(switched)));
      expect(result).toBe('runtime');
      times.push(ms);
      expect(await servedBy(n)).toBe(address(n + 1, 1));
    }
    expect(await servedBy(1)).toBe(address(2, 0));
    console.log(
      `${times.length} switches: median ${median(times).toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms`,
    );
    expect(median(times)).toBeLessThan(1000);
  }, 120_000);

  it('reload when the configuration itself changes, and start with the same routes after kill -9', async () => {
    const switched = new Set([3, 5]);
    await local.proxy.apply(stateOf(switched));
    const state: ProxyState = {
      ...stateOf(switched),
      dashboard: { host: 'dasbor.example', socket: join(local.runFolder, 'dasbor.sock') },
    };
    const reloaded = await timed(() => local.proxy.apply(state));
    expect(reloaded.result).toBe('reloaded');
    const before = await local.proxy.facts();
    await local.kill('SIGKILL');
    const started = await timed(() => local.start());
    expect(await local.proxy.facts()).toEqual(before);
    expect(await local.proxy.apply(state)).toBe('unchanged');
    for (const n of all.filter((number) => number % 50 === 3))
      expect(await servedBy(n)).toBe(address(n + 1, switched.has(n) ? 1 : 0));
    const [, pid] = /Pid: (\d+)/.exec(await socketCommand(join(local.runFolder, 'runtime.sock'), 'show info')) ?? [];
    const info = await readFile(`/proc/${pid ?? ''}/status`, 'utf8');
    console.log(
      `reload ${reloaded.ms.toFixed(0)} ms, start ${started.ms.toFixed(0)} ms, worker ${/VmRSS:\s+(.*)/.exec(info)?.[1] ?? ''}`,
    );
  }, 120_000);

  it('are one answer for many callers at once', async () => {
    const states = all.slice(0, 100).map((n) => stateOf(new Set([n])));
    const { ms, result } = await timed(() => Promise.all(states.map((state) => local.proxy.apply(state))));
    expect(new Set(result).has('reloaded')).toBe(true); // the first one takes the dashboard away
    expect(await servedBy(99)).toBe(address(100, 1));
    expect(await servedBy(98)).toBe(address(99, 0));
    console.log(`100 calls at once: ${ms.toFixed(0)} ms`);
  }, 120_000);
});
