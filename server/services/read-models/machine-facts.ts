import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, loadavg, totalmem, freemem } from 'node:os';

/** The machine the dashboard runs on, now; sizes in bytes. */
export interface MachineFacts {
  readonly cpus: number;
  /** Waiting and running work per core, average of the last minute; above 1 = more than it can do. */
  readonly load: number;
  readonly memory: { readonly total: number; readonly used: number };
  readonly disk: { readonly total: number; readonly used: number } | null;
}

/** Free memory as Linux counts it (caches can be given up); elsewhere what the system says is free. */
const availableMemory = async (): Promise<number> => {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1]);
  return Number.isFinite(kib) && kib > 0 ? kib * 1024 : freemem();
};

const coresOf = (): number => Math.max(1, availableParallelism());
/** Waiting and running work per core, average of the last minute. */
export const loadPerCore = (): number => (loadavg()[0] ?? 0) / coresOf();

/** `folder` lies on the disk that fills with releases and dumps. */
export const machineFacts = async (folder: string): Promise<MachineFacts> => {
  const [available, disk] = await Promise.all([availableMemory(), statfs(folder).catch(() => null)]);
  const total = totalmem();
  return {
    cpus: coresOf(),
    load: loadPerCore(),
    memory: { total, used: Math.max(0, total - available) },
    disk:
      disk === null
        ? null
        : { total: disk.blocks * disk.bsize, used: Math.max(0, disk.blocks - disk.bavail) * disk.bsize },
  };
};
