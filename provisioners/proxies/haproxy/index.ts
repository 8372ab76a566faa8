import { isTransient, type Proxy, type ProxyFacts } from '../../contracts';
import { applyState, layFoundation, type Applied, type Wanted } from './apply';
import { syncCertificates } from './certificate-socket';
import { covers, makeCertificates, type CertificateFile } from './certificates';
import { answerChallenges } from './challenge';
import { makeLane } from './lane';
import { askWorker, masterSocketOf, type HaproxyOptions } from './options';
import { reload, withOldWorkers } from './master-socket';
import type { Ask } from './command-socket';
import { HASH_KEY, routeTable } from './routes';
import { readLive, readRoutes, readTraffic, sumTraffic, type SlotTraffic } from './runtime-socket';

export { checkHere, checkInContainer } from './check';
export type { ConfigCheck, HaproxyOptions } from './options';
export type { SlotTraffic } from './runtime-socket';
export { INSIDE, proxyWorkload, type ProxyWorkloadOptions } from './workload';

export interface Haproxy extends Proxy {
  /** Lays pages, default certificate and, when there is none, a configuration without routes: what the process needs to start. */
  prepare(): Promise<void>;
  /** Counters per address and route, of all workers there are; `running` 0 on the left slot means it has drained. */
  traffic(): Promise<readonly SlotTraffic[]>;
}

type CertificateEnd = { readonly host: string; readonly notAfter: string };
const endsOf = (hosts: readonly string[], files: readonly CertificateFile[]): readonly CertificateEnd[] => {
  const exact = new Map(
    files.filter((file) => file.internal).flatMap((file) => file.hosts.map((host) => [host, file] as const)),
  );
  const foreign = files.filter((file) => !file.internal && file.notAfter > new Date());
  return hosts.map((host) => {
    const file = foreign.find((one) => covers(one, host)) ?? exact.get(host);
    return { host, notAfter: (file?.notAfter ?? new Date(0)).toISOString() };
  });
};

const factsOf = async (ask: Ask): Promise<ProxyFacts> => {
  try {
    const [live, routes] = [await readLive(ask), await readRoutes(ask)];
    return {
      alive: true,
      version: live.version,
      configHash: `${live.configHash.slice(0, 32)}${(routes.get(HASH_KEY) ?? '').slice(0, 32)}`,
    };
  } catch (error) {
    if (isTransient(error)) return { alive: false, version: null, configHash: null };
    throw error;
  }
};

/** Certificates go to the running worker; when it does not take one, a reload reads them from the folder. */
const publishCertificates = async (options: HaproxyOptions, files: readonly CertificateFile[]): Promise<void> => {
  try {
    await syncCertificates(askWorker(options), files);
  } catch (error) {
    // Not running: it reads the folder when it starts.
    if (isTransient(error)) return;
    await reload(masterSocketOf(options));
  }
};

/** HAProxy 2.6 or newer behind the Proxy interface. One object per proxy and process. */
export const makeHaproxy = (options: HaproxyOptions): Haproxy => {
  const certificates = makeCertificates(options.folder, options.ca);
  const ask = askWorker(options);
  // One lane for the process: neither routes nor certificates change during a reload.
  const exclusive = makeExclusive();
  const apply = makeLane<Wanted, Applied>(
    (_, newer) => newer,
    (wanted) => exclusive(() => applyState(options, wanted)),
  );
  const ensure = makeLane<readonly string[], readonly CertificateFile[]>(
    (waiting, newer) => [...new Set([...waiting, ...newer])],
    (hosts) =>
      exclusive(async () => {
        const files = await certificates.ensure(hosts);
        await publishCertificates(options, files);
        return files;
      }),
  );
  return {
    name: 'haproxy',
    prepare: () => exclusive(() => layFoundation(options, certificates)),
    apply: async (state) => {
      // Judged before it waits: a newer state must not hide that this one is unusable.
      const { dashboard, outside = [], brand } = state;
      const wanted = { table: routeTable(state), dashboardSocket: dashboard?.socket ?? null, outside };
      return apply(brand === undefined ? wanted : { ...wanted, brand });
    },
    facts: () => factsOf(ask),
    traffic: async () =>
      sumTraffic([await readTraffic(ask), ...(await withOldWorkers(masterSocketOf(options), readTraffic))]),
    ensureCertificates: async (hosts) => endsOf(hosts, await ensure(hosts)),
    keepCertificates: (wanted, hosts) =>
      exclusive(async () => {
        const { files, failed } = await certificates.keep(wanted, hosts);
        await publishCertificates(options, files);
        if (failed !== null) throw failed;
      }),
    answerChallenges: (thumbprint) => exclusive(() => answerChallenges(options, thumbprint)),
    caCertificate: () => options.ca.certificate(),
  };
};

const makeExclusive = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };
};
