import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProxyRoute, ProxyState } from '../../provisioners/contracts';
import {
  startLocalHaproxy,
  startUpstreams,
  type LocalHaproxy,
  type Tunnel,
  type Upstreams,
} from '../helpers/local-haproxy';

const DESA = 60;
/** Villages 0–4 switch, 5–9 change otherwise, the others are left alone: each of them has a WebSocket open. */
const [SWITCHED, CHANGED] = [5, 10];
const ALONE = Array.from({ length: DESA - CHANGED }, (_, index) => CHANGED + index);
const CHANGES = 500;
const host = (n: number): string => `desa-${n}.kec.example`;
const address = (n: number, slot: 'a' | 'b'): string => `127.0.${slot === 'a' ? 2 : 3}.${n + 1}`;

interface Tally {
  sent: number;
  readonly failed: string[];
  /** Answers by an address that had been left before the request was sent. */
  stale: number;
}

describe('under visitors', () => {
  let local: LocalHaproxy;
  let apps: Upstreams;
  const active = new Map<number, 'a' | 'b'>();
  const modes = new Map<number, ProxyRoute['mode']>();
  const aliased = new Set<number>();
  const tally: Tally = { sent: 0, failed: [], stale: 0 };
  const routeOf = (n: number): ProxyRoute => ({
    id: `desa-${n}`,
    hosts: aliased.has(n) ? [host(n), `lain-${n}.kec.example`] : [host(n)],
    path: '/',
    slots: { a: `${address(n, 'a')}:${apps.port}`, b: `${address(n, 'b')}:${apps.port}` },
    active: active.get(n) ?? 'a',
    mode: modes.get(n) ?? 'open',
  });
  const state = (dashboard = false, count = DESA): ProxyState => ({
    routes: Array.from({ length: count }, (_, n) => routeOf(n)),
    redirects: [],
    dashboard: dashboard ? { host: 'dasbor.example', socket: join(local.runFolder, 'dasbor.sock') } : null,
  });
  const swap = (n: number): void => void active.set(n, (active.get(n) ?? 'a') === 'a' ? 'b' : 'a');
  /** Held, closed, open again; another host, and without it. */
  const change = (n: number, round: number): void => {
    if (round % 2 === 0)
      modes.set(n, ({ open: 'held', held: 'closed', closed: 'open' } as const)[modes.get(n) ?? 'open']);
    else if (!aliased.delete(n)) aliased.add(n);
  };

  beforeAll(async () => {
    local = await startLocalHaproxy();
    apps = await startUpstreams();
    await local.proxy.ensureCertificates(Array.from({ length: DESA }, (_, n) => host(n)));
    await local.proxy.apply(state());
  }, 30_000);
  afterAll(async () => {
    await local.close();
    await apps.close();
  });

  /** A visitor who comes again and again until told to stop; `settled` is what was applied before the request left. */
  const visit = async (
    n: number,
    signal: AbortSignal,
    settled: ReadonlyMap<number, string>,
    agent?: Agent,
  ): Promise<void> => {
    while (!signal.aborted) {
      const expected = settled.get(n);
      try {
        const answer = await local.get(
          host(n),
          `/?wait=${tally.sent % 7 === 0 ? 30 : 0}`,
          agent === undefined ? {} : { agent },
        );
        if (answer.status !== 200) tally.failed.push(`${answer.status}`);
        else if (
          expected !== undefined &&
          expected === settled.get(n) &&
          answer.seen?.address.split(':')[0] !== expected
        )
          tally.stale += 1;
      } catch (error) {
        tally.failed.push(String(error));
      }
      tally.sent += 1;
      await pause(80);
    }
  };

  it('closes none of 50 WebSockets and loses no request while 500 routes change and the proxy reloads', async () => {
    const [stop, settled] = [new AbortController(), new Map<number, string>()];
    const agents = Array.from({ length: 10 }, () => new Agent({ keepAlive: true, maxSockets: 2 }));
    // Every other visitor makes a new connection each time.
    const agentOf = (index: number): Agent | undefined => (index % 2 === 0 ? agents[index / 2] : undefined);
    const visited = [...Array.from({ length: 10 }, (_, index) => index % SWITCHED), ...ALONE.slice(0, 10)];
    const visitors = visited.map((n, index) => visit(n, stop.signal, settled, agentOf(index)));
    const tunnels: Tunnel[] = await Promise.all(ALONE.map((n) => local.tunnel(host(n), '/ws')));
    const slow = local.get(host(0), '/?wait=2500');
    await pause(100);
    const applied: string[] = [];
    for (let round = 0; round < CHANGES; round += 1) {
      const n = round % SWITCHED;
      const switches = round % 5 !== 4;
      if (switches) settled.delete(n);
      if (switches) swap(n);
      else change(SWITCHED + (((round / 5) | 0) % SWITCHED), (round / 25) | 0);
      applied.push(await local.proxy.apply(state(round % 160 >= 80)));
      if (switches) settled.set(n, address(n, active.get(n) ?? 'a'));
      if (round % 120 === 10) await local.proxy.ensureCertificates([`baru-${round}.kec.example`]);
      if (round % 100 === 50) await Promise.all(tunnels.map((tunnel) => tunnel.echo('masih')));
      await pause(5);
    }
    stop.abort();
    await Promise.all(visitors);
    for (const agent of agents) agent.destroy();
    expect((await slow).seen?.address.split(':')[0]).toBe(address(0, 'a'));
    expect(tunnels.filter((tunnel) => !tunnel.open())).toEqual([]);
    expect(await Promise.all(tunnels.map((tunnel) => tunnel.echo('akhir')))).toEqual(ALONE.map(() => 'akhir'));
    expect(tunnels.map((tunnel) => tunnel.address)).toEqual(ALONE.map((n) => address(n, 'a')));
    for (const tunnel of tunnels) tunnel.close();
    console.log(
      `${tally.sent} requests, ${tally.failed.length} failed, ${tally.stale} stale; ${applied.filter((how) => how === 'runtime').length} changes, ${applied.filter((how) => how === 'reloaded').length} reloads; ${tunnels.length} WebSockets open`,
    );
    expect(applied.filter((how) => how === 'unchanged')).toEqual([]);
    expect(applied.filter((how) => how === 'reloaded').length).toBeGreaterThanOrEqual(4);
    expect({ failed: tally.failed, stale: tally.stale }).toEqual({ failed: [], stale: 0 });
    expect(tally.sent).toBeGreaterThan(500);
  }, 90_000);

  it('leads everywhere it led before when it is killed and starts again', async () => {
    const routes = await local.proxy.facts();
    await local.kill('SIGKILL');
    await local.start();
    expect(await local.proxy.facts()).toEqual(routes);
    const served = async (n: number): Promise<string | undefined> => (await local.get(host(n), '/')).seen?.address;
    const open = Array.from({ length: DESA }, (_, n) => n).filter((n) => (modes.get(n) ?? 'open') === 'open');
    expect(await Promise.all(open.map(served))).toEqual(
      open.map((n) => `${address(n, active.get(n) ?? 'a')}:${apps.port}`),
    );
    modes.clear();
    aliased.clear();
  }, 30_000);

  it('moves a visitor of HTTP/2 who stays connected, and lets the running request of the left slot finish', async () => {
    await local.proxy.apply(state());
    const session: ClientHttp2Session = connectHttp2(`https://127.0.0.1:${local.ports.https}`, {
      ca: await local.proxy.caCertificate(),
      servername: host(9),
    });
    const ask = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':path': path, ':authority': host(9) });
        let text = '';
        stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
        stream.on('end', () => resolve((JSON.parse(text) as { address: string }).address.split(':')[0] ?? ''));
        stream.on('error', reject);
      });
    expect(await ask('/')).toBe(address(9, 'a'));
    const running = ask('/?wait=600');
    await pause(100);
    const tunnel = await local.tunnel(host(9), '/ws');
    swap(9);
    await local.proxy.apply(state());
    expect(await ask('/')).toBe(address(9, 'b'));
    const left = (await local.proxy.traffic()).find((slot) => slot.address === `${address(9, 'a')}:${apps.port}`);
    expect(left).toMatchObject({ route: 'desa-9', running: 2, failures: 0 });
    expect(await running).toBe(address(9, 'a'));
    expect(await tunnel.echo('halo')).toBe('halo');
    tunnel.close();
    session.close();
    await pause(200);
    const drained = (await local.proxy.traffic()).find((slot) => slot.address === `${address(9, 'a')}:${apps.port}`);
    expect(drained).toMatchObject({ running: 0 });
  }, 20_000);

  it('carries WebSockets of browsers that speak HTTP/2', async () => {
    const session = connectHttp2(`https://127.0.0.1:${local.ports.https}`, {
      ca: await local.proxy.caCertificate(),
      servername: host(11),
    });
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    const stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/ws',
      ':authority': host(11),
      ':scheme': 'https',
      'sec-websocket-version': '13',
    });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(200);
    const [first] = (await once(stream, 'data')) as [Buffer];
    expect(first.toString().trim()).toBe(address(11, 'a'));
    stream.close();
    session.close();
  }, 20_000);

  it('answers for an app that is gone, and counts failures of one app as its own', async () => {
    const gone: ProxyRoute = {
      ...routeOf(10),
      slots: { a: '127.0.9.9:1', b: `${address(10, 'b')}:${apps.port}` },
      active: 'a',
    };
    await local.proxy.apply({ ...state(), routes: [...state(false, 10).routes, gone] });
    const answer = await local.get(host(10), '/');
    expect(answer).toMatchObject({ status: 503, seen: null });
    expect(answer.headers['retry-after']).toBe('15');
    expect(answer.text).toContain('Layanan belum dapat dibuka');
    await local.get(host(1), '/?status=500');
    const traffic = await local.proxy.traffic();
    expect(traffic.filter((slot) => slot.failures > 0)).toMatchObject([{ route: 'desa-1', failures: 1 }]);
    expect((await local.get(host(1), '/')).status).toBe(200);
  }, 20_000);
});
