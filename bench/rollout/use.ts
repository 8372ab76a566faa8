import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const PAGE_KIB = 4;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** Seconds of processor, children it waited for included. */
  readonly cpu: number;
  readonly rssKib: number;
}
const processOf = (pid: number): Process | null => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const field = (number: number): number => Number(fields[number - 3] ?? 0);
    return {
      pid,
      parent: field(4),
      name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
      cpu: (field(14) + field(15) + field(16) + field(17)) / TICKS_PER_SECOND,
      rssKib: field(24) * PAGE_KIB,
    };
  } catch {
    return null;
  }
};
/** Every process of the machine. */
export const processes = (): readonly Process[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => processOf(Number(entry)) ?? []);

/** What some processes used together with their children of now. */
export interface Use {
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}
const withChildren = (all: readonly Process[], root: number): readonly Process[] => {
  const own = all.filter((one) => one.pid === root);
  return [...own, ...all.filter((one) => one.parent === root).flatMap((one) => withChildren(all, one.pid))];
};
const useOf = (all: readonly Process[], pid: number): Use => {
  const tree = withChildren(all, pid);
  return {
    cpuSeconds: tree.reduce((sum, one) => sum + one.cpu, 0),
    rssMiB: tree.reduce((sum, one) => sum + one.rssKib, 0) / 1024,
  };
};

const SAMPLE_MS = 1000;
export interface Used {
  /** Seconds of processor between begin and end. */
  readonly cpuSeconds: number;
  /** MiB, the largest of a look a second; RSS, shared pages counted once per process. */
  readonly peakMiB: number;
}
/** Looks at processes and their children once a second until it is stopped. */
export const watchUse = (roots: Readonly<Record<string, number>>): { stop(): Readonly<Record<string, Used>> } => {
  const look = (): Readonly<Record<string, Use>> => {
    const all = processes();
    return Object.fromEntries(Object.entries(roots).map(([name, pid]) => [name, useOf(all, pid)]));
  };
  const first = look();
  const peak = new Map(Object.entries(first).map(([name, { rssMiB }]) => [name, rssMiB]));
  const keep = (now: Readonly<Record<string, Use>>): void => {
    for (const [name, { rssMiB }] of Object.entries(now)) peak.set(name, Math.max(peak.get(name) ?? 0, rssMiB));
  };
  const timer = setInterval(() => keep(look()), SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      const last = look();
      keep(last);
      return Object.fromEntries(
        Object.entries(last).map(([name, { cpuSeconds }]) => [
          name,
          {
            cpuSeconds: Math.round((cpuSeconds - (first[name]?.cpuSeconds ?? 0)) * 100) / 100,
            peakMiB: Math.round(peak.get(name) ?? 0),
          },
        ]),
      );
    },
  };
};
