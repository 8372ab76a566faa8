import type { AppAdapter, Proxy, ProxyRoute, ProxyState } from '../../provisioners/contracts';
import type { Desa } from '../domain/desa';
import type { Instance } from '../domain/instance';
import type { Transactor } from '../stores';
import type { RouteTable } from './world';

const PORT = 8080;
const slotAddress = (address: string | null): string | null => (address === null ? null : `${address}:${PORT}`);

/** What the settings say of the proxy. */
export type Shown = Pick<ProxyState, 'dashboard' | 'outside' | 'brand'>;

/** The routes the rows say: pure, so the same rows always give the same proxy. */
export const proxyState = (
  instances: readonly Instance[],
  desa: readonly Desa[],
  apps: ReadonlyMap<string, AppAdapter>,
  shown: Shown,
): ProxyState => {
  const routes = instances.flatMap((instance): ProxyRoute[] => {
    const app = apps.get(instance.app);
    if (app === undefined || instance.routeMode === 'none' || instance.slot === null || instance.hosts.length === 0)
      return [];
    return [
      {
        id: instance.id,
        hosts: instance.hosts,
        path: app.path,
        slots: { a: slotAddress(instance.addressA), b: slotAddress(instance.addressB) },
        active: instance.slot,
        mode: instance.routeMode,
      },
    ];
  });
  const served = new Set(routes.flatMap((route) => route.hosts));
  // A host that is served no more is no place to be sent to.
  const redirects = desa
    .filter((one) => served.has(one.host))
    .flatMap((one) => one.oldHosts.filter((host) => !served.has(host)).map((from) => ({ from, to: one.host })));
  return { routes, redirects, ...shown };
};

/** Reads all rows and hands the whole state to the proxy; calls that come while one runs share the next one. */
export const makeRouteTable = (options: {
  readonly transact: Transactor;
  readonly apps: ReadonlyMap<string, AppAdapter>;
  readonly proxy: Proxy;
  readonly shown: () => Promise<Shown>;
}): RouteTable => {
  let next: Promise<void> | null = null;
  let applied: string | null = null;
  let running: Promise<void> = Promise.resolve();
  const apply = async (): Promise<void> => {
    const { read } = options.transact;
    const [instances, desa, shown] = await Promise.all([read.instances.all(), read.desa.all(), options.shown()]);
    await options.proxy.apply(proxyState(instances, desa, options.apps, shown));
    applied = JSON.stringify(shown);
  };
  const sync = (): Promise<void> => {
    if (next !== null) return next;
    const mine = running
      .catch(() => undefined)
      .then(() => {
        next = null;
        return apply();
      });
    next = mine;
    running = mine;
    return mine;
  };
  const follow = async (): Promise<void> => {
    if (JSON.stringify(await options.shown()) !== applied) await sync();
  };
  return { sync, follow };
};
