import { createHash } from 'node:crypto';
import { ProvisionError, type Proxy, type ProxyRoute, type ProxyState } from '../../provisioners/contracts';
import { isHostName } from '../../provisioners/lib/internal-ca';
import { routeTable } from '../../provisioners/proxies/haproxy/routes';

/** What a visitor of the fake gets. */
export type FakeVisit =
  | {
      readonly kind: 'app';
      readonly route: ProxyRoute;
      readonly address: string;
      readonly url: string;
      readonly prefix: string | null;
    }
  | { readonly kind: 'dashboard'; readonly socket: string; readonly url: string }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'held' | 'closed' | 'down' | 'unknown' };
export interface FakeProxy extends Proxy {
  /** Every state that was applied, in order. */
  readonly applied: readonly ProxyState[];
  visit(host: string, path: string): FakeVisit;
  /** The next apply fails with this. */
  failNext(error: ProvisionError): void;
  stop(): void;
  start(): void;
}

const EMPTY: ProxyState = { routes: [], redirects: [], dashboard: null };
const YEAR_MS = 365 * 86_400_000;
const CA = '-----BEGIN CERTIFICATE-----\nZmFrZQ==\n-----END CERTIFICATE-----\n';

const hashOf = (state: ProxyState): string =>
  createHash('sha256')
    .update([...routeTable(state)].sort().join('\n'))
    .digest('hex');

const visitApp = (route: ProxyRoute, path: string): FakeVisit => {
  if (route.mode !== 'open') return { kind: route.mode };
  const address = route.slots[route.active];
  if (address === null) return { kind: 'down' };
  if (route.path === '/') return { kind: 'app', route, address, url: path, prefix: null };
  const rest = path.slice(route.path.length);
  return { kind: 'app', route, address, url: rest.startsWith('/') ? rest : `/${rest}`, prefix: route.path };
};

const visitState = (state: ProxyState, host: string, path: string): FakeVisit => {
  const redirect = state.redirects.find(({ from }) => from === host);
  if (redirect !== undefined) return { kind: 'redirect', to: `https://${redirect.to}${path}` };
  if (state.dashboard?.host === host) return { kind: 'dashboard', socket: state.dashboard.socket, url: path };
  const routes = state.routes.filter(({ hosts }) => hosts.includes(host));
  const bare = path.split('?')[0] ?? '';
  const route =
    routes.find((one) => one.path !== '/' && (bare === one.path || bare.startsWith(`${one.path}/`))) ??
    routes.find((one) => one.path === '/');
  return route === undefined ? { kind: 'unknown' } : visitApp(route, path);
};

/** A Proxy in memory that passes the contract suite; visits are asked instead of sent. */
export const makeFakeProxy = (): FakeProxy => {
  let state = EMPTY;
  let alive = true;
  let failure: ProvisionError | null = null;
  const applied: ProxyState[] = [];
  const ends = new Map<string, string>();
  const requireAlive = (): void => {
    if (!alive) throw new ProvisionError('unreachable', 'The proxy is stopped');
  };
  return {
    name: 'fake',
    applied,
    apply: async (wanted) => {
      const hash = hashOf(wanted);
      if (failure !== null) {
        const error = failure;
        failure = null;
        throw error;
      }
      requireAlive();
      applied.push(wanted);
      const same = hash === hashOf(state) && wanted.dashboard?.socket === state.dashboard?.socket;
      const reloads = wanted.dashboard?.socket !== state.dashboard?.socket;
      state = wanted;
      return same ? 'unchanged' : reloads ? 'reloaded' : 'runtime';
    },
    facts: async () =>
      alive ? { alive, version: '0.0-fake', configHash: hashOf(state) } : { alive, version: null, configHash: null },
    ensureCertificates: async (hosts) =>
      hosts.map((host) => {
        if (!isHostName(host)) throw new ProvisionError('invalid', 'Not a host name', { host });
        const notAfter = ends.get(host) ?? new Date(Date.now() + YEAR_MS).toISOString();
        ends.set(host, notAfter);
        return { host, notAfter };
      }),
    keepCertificates: async (files) => {
      for (const { name } of files)
        if (!/^[0-9a-z]{26}$/.test(name)) throw new ProvisionError('invalid', 'Name', { name });
    },
    answerChallenges: async () => undefined,
    caCertificate: async () => CA,
    visit: (host, path) => visitState(state, host, path),
    failNext: (error) => {
      failure = error;
    },
    stop: () => {
      alive = false;
    },
    start: () => {
      alive = true;
    },
  };
};
