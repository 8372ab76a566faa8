import { isIPv4 } from 'node:net';
import { ProvisionError, type ProxyRoute, type ProxyState } from '../../contracts';
import { sha256 } from '../../lib/canonical';
import { isHostName } from '../../lib/internal-ca';

/**
 * Routes as HAProxy looks them up: `host/` or `host/segment` → one of
 * `open|<IPv4>|<port>|<id>` · `held|||<id>` · `closed|||<id>` · `down|||<id>` (no address known) ·
 * `redirect|<host>` · `dashboard`. One value holds everything about a route, so that a switch is one atomic write.
 */
export type RouteTable = ReadonlyMap<string, string>;
/** Key under which the table carries its own fingerprint; no host can have this name. */
export const HASH_KEY = '@hash';

const PATH = /^\/([a-z0-9][a-z0-9_-]{0,62})?$/;
const ID = /^[A-Za-z0-9_.:-]{1,64}$/;

const invalid = (message: string, details: Record<string, string>): ProvisionError =>
  new ProvisionError('invalid', message, details);

const checkedHost = (host: string): string => {
  if (!isHostName(host)) throw invalid('Not a host name', { host });
  return host;
};

const addressOf = (route: ProxyRoute): string | null => {
  const slot = route.slots[route.active];
  if (slot === null) return null;
  const [address = '', port = '', ...rest] = slot.split(':');
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  // 0.0.0.0 would mean "wherever the visitor connected to": the proxy itself.
  if (!isIPv4(address) || address.startsWith('0.') || number < 1 || number > 65535 || rest.length > 0) {
    throw invalid('Not an IPv4 address and port', { route: route.id, slot });
  }
  return `${address}|${number}`;
};

const valueOf = (route: ProxyRoute): string => {
  const address = addressOf(route);
  if (route.mode !== 'open') return `${route.mode}|||${route.id}`;
  return address === null ? `down|||${route.id}` : `open|${address}|${route.id}`;
};

/** The whole state as a table, fingerprint included. ProvisionError('invalid') for two owners of one place or unusable names. */
export const routeTable = (state: ProxyState): RouteTable => {
  const table = new Map<string, string>();
  const put = (key: string, value: string): void => {
    if (table.has(key)) throw invalid('Two routes for one place', { place: key });
    table.set(key, value);
  };
  for (const route of state.routes) {
    if (!PATH.test(route.path)) throw invalid('Not a usable path', { route: route.id, path: route.path });
    if (!ID.test(route.id)) throw invalid('Not a usable route id', { route: route.id });
    const value = valueOf(route);
    for (const host of new Set(route.hosts)) put(checkedHost(host) + route.path, value);
  }
  for (const { from, to } of state.redirects) put(`${checkedHost(from)}/`, `redirect|${checkedHost(to)}`);
  if (state.dashboard !== null) put(`${checkedHost(state.dashboard.host)}/`, 'dashboard');
  rejectMixedHosts(table);
  table.set(HASH_KEY, fingerprint(table));
  return table;
};

/** A host that redirects or shows the dashboard cannot have apps below it. */
const rejectMixedHosts = (table: RouteTable): void => {
  for (const key of table.keys()) {
    if (key.endsWith('/')) continue;
    const root = table.get(key.slice(0, key.indexOf('/') + 1)) ?? '';
    if (root === 'dashboard' || root.startsWith('redirect|')) throw invalid('Two routes for one place', { place: key });
  }
};

const fingerprint = (table: RouteTable): string =>
  sha256(
    [...table]
      .filter(([key]) => key !== HASH_KEY)
      .map(([key, value]) => `${key} ${value}\n`)
      .sort()
      .join(''),
  );

/** The map file. */
export const routeFile = (table: RouteTable): string =>
  [...table]
    .map(([key, value]) => `${key} ${value}\n`)
    .sort()
    .join('');

export interface RouteChange {
  readonly set: readonly (readonly [string, string])[];
  readonly add: readonly (readonly [string, string])[];
  readonly remove: readonly string[];
}

/** The smallest change from one table to another; the fingerprint comes last. */
export const routeChange = (from: RouteTable, to: RouteTable): RouteChange => {
  const entries = [...to].sort(([a], [b]) => Number(a === HASH_KEY) - Number(b === HASH_KEY));
  return {
    set: entries.filter(([key, value]) => from.has(key) && from.get(key) !== value),
    add: entries.filter(([key]) => !from.has(key)),
    remove: [...from.keys()].filter((key) => !to.has(key)),
  };
};

export const sizeOf = (change: RouteChange): number => change.set.length + change.add.length + change.remove.length;
