import { readFile } from 'node:fs/promises';
import type { HostLimits } from '../domain/host-limits';

const limit = async (name: string): Promise<number | null> => {
  const text = await readFile(`/proc/sys/${name}`, 'utf8').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : null;
};

/** Limits of the kernel this process runs on. */
export const readHostLimits = async (): Promise<HostLimits> => {
  const [neighbours, inotifyInstances, inotifyWatches, processIds] = await Promise.all([
    limit('net/ipv4/neigh/default/gc_thresh3'),
    limit('fs/inotify/max_user_instances'),
    limit('fs/inotify/max_user_watches'),
    limit('kernel/pid_max'),
  ]);
  return { neighbours, inotifyInstances, inotifyWatches, processIds };
};
