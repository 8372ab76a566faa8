import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { loadRegions } from '../../provisioners/regions';
import { NETWORK_CONTAINERS } from '../../server/domain/host-limits';
import { readHostLimits } from '../../server/parts/host-limits';
import type { Installation } from '../../test/helpers/e2e-installation';
import { docker, villageContainers } from '../../test/helpers/e2e-world';
import { KABUPATEN } from '../fleet/plan';
import { processes } from './use';

const DESA = 852;
const APPS = 3;
/** How many desa the largest kecamatan of the kabupaten with 852 has: they share a network. */
const largestKecamatan = async (): Promise<number> => {
  const counts = new Map<string, number>();
  for (const { level, parent } of (await loadRegions()).within(KABUPATEN))
    if (level === 'desa' && parent !== null) counts.set(parent, (counts.get(parent) ?? 0) + 1);
  return Math.max(...counts.values());
};

/** MiB of one line of /proc/meminfo. */
export const memInfo = (name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? NaN) / 1024;

/** What so many village containers cost at rest. MiB, milliseconds, counts. */
export interface Weight {
  readonly villages: number;
  readonly availableMiB: number;
  readonly engineMiB: number;
  readonly shimMiB: number;
  readonly processes: number;
  readonly threads: number;
  /** Instances of root, whose limit the kernel counts by user. */
  readonly inotify: number;
  /** Entries of the table all network namespaces share. */
  readonly neighbours: number;
  readonly listMs: number;
  readonly routeBytes: number;
}
const threadsOf = (pid: number): number => {
  try {
    return Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};
const linkOf = (file: string): string => {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
};
const inotifyOf = (pid: number): number => {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).filter((fd) => linkOf(path.join(folder, fd)) === 'anon_inode:inotify').length;
  } catch {
    return 0;
  }
};
/** One process of each network namespace tells the neighbours of all in it. */
const neighboursOf = (pids: readonly number[]): number => {
  const one = new Map(pids.map((pid) => [linkOf(`/proc/${pid}/ns/net`), pid]));
  const lines = [...one.values()].map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/net/arp`, 'utf8').trim().split('\n').length - 1;
    } catch {
      return 0;
    }
  });
  return lines.reduce((sum, count) => sum + count, 0);
};
const LISTS = 7;
/** The shortest of some: what the engine itself takes. */
const listTime = async (): Promise<number> => {
  const times: number[] = [];
  for (let turn = 0; turn < LISTS; turn += 1) {
    const began = performance.now();
    await docker.listContainers({ all: true });
    times.push(performance.now() - began);
  }
  return Math.min(...times);
};
export const weigh = async (installation: Installation): Promise<Weight> => {
  const all = processes();
  const memory = (name: RegExp): number =>
    all.filter((one) => name.test(one.name)).reduce((sum, one) => sum + one.rssKib, 0) / 1024;
  return {
    villages: (await villageContainers(installation)).length,
    availableMiB: memInfo('MemAvailable'),
    engineMiB: memory(/^(dockerd|containerd)$/),
    shimMiB: memory(/^containerd-shim/),
    processes: all.length,
    threads: all.reduce((sum, one) => sum + threadsOf(one.pid), 0),
    inotify: all.reduce((sum, one) => sum + inotifyOf(one.pid), 0),
    neighbours: neighboursOf(all.map((one) => one.pid)),
    listMs: await listTime(),
    routeBytes: statSync(path.join(installation.config.paths.proxy, 'routes.map')).size,
  };
};

export interface Limit {
  readonly what: string;
  /** Containers at which it is reached; villages have three. */
  readonly containers: number;
  readonly formula: string;
}
const round = (value: number): number => Math.round(value * 100) / 100;

/** From two weighings: what one container costs, how many fit, and what ends first. */
export const limitsOf = async (before: Weight, after: Weight): Promise<readonly Limit[]> => {
  const more = after.villages - before.villages;
  const each = (of: (one: Weight) => number): number => (of(after) - of(before)) / more;
  const memory = -each((one) => one.availableMiB);
  const [host, largest] = await Promise.all([readHostLimits(), largestKecamatan()]);
  const free = memInfo('MemTotal') * 0.9 - (memInfo('MemTotal') - before.availableMiB) + before.villages * memory;
  /** A limit of the kernel, and what one container takes of it; none when it takes nothing. */
  const kernel = (what: string, limit: number | null, of: (one: Weight) => number, name: string): readonly Limit[] =>
    each(of) <= 0 || limit === null
      ? []
      : [
          {
            what,
            containers: Math.floor((limit - of(before)) / each(of)) + before.villages,
            formula: `${name} ${limit}, ${of(before)} in use without villages; ${round(each(of))} each at rest`,
          },
        ];
  return [
    {
      what: 'memory',
      containers: Math.floor(free / memory),
      formula: `90 % of ${Math.round(memInfo('MemTotal'))} MiB less what runs without villages = ${Math.round(free)} MiB; ${round(memory)} MiB of MemAvailable each (its processes, ${round(each((one) => one.shimMiB))} MiB RSS of its shim, ${round(each((one) => one.engineMiB))} of the engine)`,
    },
    ...kernel('processes and threads', host.processIds, (one) => one.threads, 'pid_max'),
    ...kernel('neighbours', host.neighbours, (one) => one.neighbours, 'gc_thresh3'),
    ...kernel('inotify instances', host.inotifyInstances, (one) => one.inotify, 'max_user_instances'),
    {
      what: 'ports of one bridge',
      containers: Math.floor((NETWORK_CONTAINERS / (largest * APPS)) * DESA * APPS),
      formula: `${NETWORK_CONTAINERS} a network; the largest kecamatan has ${largest} desa of three apps`,
    },
  ];
};

/** What 852 desa with three apps would come to, each thing growing as it grew between two weighings. */
export const grown = (before: Weight, after: Weight): Readonly<Record<string, number>> => {
  const more = after.villages - before.villages;
  const at = (of: (one: Weight) => number): number =>
    Math.round(of(after) + (Math.max(0, of(after) - of(before)) / more) * (DESA * APPS - after.villages));
  return {
    containers: DESA * APPS,
    usedMemoryMiB: at((one) => memInfo('MemTotal') - one.availableMiB),
    threads: at((one) => one.threads),
    inotify: at((one) => one.inotify),
    listMs: at((one) => one.listMs),
    routeBytes: at((one) => one.routeBytes),
  };
};
