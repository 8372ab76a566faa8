import { join } from 'node:path';
import { makeFakeProxy, type FakeVisit } from '../helpers/fake-proxy';
import { startLocalHaproxy, startUpstreams, type Answer } from '../helpers/local-haproxy';
import { proxyContract, type ProxyHarness, type Visit } from './proxy.contract';

const numberOf = (header: string | undefined): number | null => (header === undefined ? null : Number(header));

const toVisit = (answer: Answer): Visit => ({
  status: answer.status,
  retryAfter: numberOf(answer.headers['retry-after']),
  location: answer.headers.location ?? null,
  body: answer.text,
  upstream:
    answer.seen === null
      ? null
      : {
          address: answer.seen.address,
          url: answer.seen.url,
          prefix: String(answer.seen.headers['x-forwarded-prefix'] ?? '') || null,
          host: answer.seen.headers.host ?? '',
          forwardedFor: String(answer.seen.headers['x-forwarded-for']),
          proto: String(answer.seen.headers['x-forwarded-proto']),
          key: String(answer.seen.headers['x-siappakai-key'] ?? '') || null,
        },
});

const haproxyHarness = async (): Promise<ProxyHarness> => {
  const local = await startLocalHaproxy();
  const upstreams = await startUpstreams();
  const dashboardSocket = join(local.runFolder, 'dasbor.sock');
  const dashboard = await startUpstreams(dashboardSocket);
  const app = (n: number): string => `127.0.1.${n}:${upstreams.port}`;
  return {
    proxy: local.proxy,
    apps: [app(1), app(2), app(3), app(4), app(5), app(6)],
    dashboardSocket,
    visit: async (host, path, headers) =>
      toVisit(await local.get(host, path, headers === undefined ? {} : { headers })),
    stop: () => local.kill('SIGKILL'),
    start: () => local.start(),
    close: async () => {
      await local.close();
      await upstreams.close();
      await dashboard.close();
    },
  };
};

const PAGES = {
  unknown: [404, null, ''],
  held: [503, 15, 'sedang diperbarui'],
  closed: [503, 3600, 'dihentikan sementara'],
  down: [503, 15, ''],
} as const;

const fakeVisit = (visit: FakeVisit, host: string, headers: Readonly<Record<string, string>>): Visit => {
  const base = { status: 200, retryAfter: null, location: null, body: '', upstream: null };
  const common = { host, forwardedFor: '127.0.0.1', proto: 'https', key: headers['x-siappakai-key'] ?? null };
  switch (visit.kind) {
    case 'app':
      return { ...base, upstream: { ...common, address: visit.address, url: visit.url, prefix: visit.prefix } };
    case 'dashboard':
      return { ...base, upstream: { ...common, address: visit.socket, url: visit.url, prefix: null } };
    case 'redirect':
      return { ...base, status: 308, location: visit.to };
    default: {
      const [status, retryAfter, body] = PAGES[visit.kind];
      return { ...base, status, retryAfter, body };
    }
  }
};

const fakeHarness = async (): Promise<ProxyHarness> => {
  const proxy = makeFakeProxy();
  return {
    proxy,
    apps: ['127.0.1.1:80', '127.0.1.2:80', '127.0.1.3:80', '127.0.1.4:80', '127.0.1.5:80', '127.0.1.6:80'],
    dashboardSocket: '/run/x/dasbor.sock',
    visit: async (host, path, headers = {}) => fakeVisit(proxy.visit(host, path), host, headers),
    stop: async () => proxy.stop(),
    start: async () => proxy.start(),
    close: async () => undefined,
  };
};

proxyContract('haproxy', haproxyHarness);
proxyContract('the fake', fakeHarness);
