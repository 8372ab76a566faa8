import { readFileSync } from 'node:fs';

/** KiB of one process, as the kernel counts them. */
interface Resident {
  readonly rss: number;
  /** What is shared counts by its share. */
  readonly pss: number;
  /** What no other process has. */
  readonly own: number;
  readonly shared: number;
}

/** From `/proc/PID/smaps_rollup`. */
const residentOf = (pid: number): Resident => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? NaN);
  return {
    rss: of('Rss'),
    pss: of('Pss'),
    own: of('Private_Clean') + of('Private_Dirty') + of('Private_Hugetlb'),
    shared: of('Shared_Clean') + of('Shared_Dirty') + of('Shared_Hugetlb'),
  };
};

const MIB = 1024;
const round = (kib: number): number => Math.round((kib / MIB) * 10) / 10;

export interface Together {
  /** MiB by process, RSS. */
  readonly each: Readonly<Record<string, number>>;
  /** MiB; pages of a program that several run count for each of them. */
  readonly rss: number;
  /** MiB; depends on what else runs the same program. */
  readonly pss: number;
  /** MiB; every page once: what each has alone, and the largest shared part of those with the same program. */
  readonly once: number;
}

/** What several processes hold together; those with the same `program` share its pages. */
export const residentTogether = (
  processes: Readonly<Record<string, { readonly pid: number; readonly program: string }>>,
): Together => {
  const seen = Object.entries(processes).map(([name, { pid, program }]) => ({ name, program, ...residentOf(pid) }));
  const sum = (of: (one: (typeof seen)[number]) => number): number => seen.reduce((total, one) => total + of(one), 0);
  const programs = [...new Set(seen.map((one) => one.program))];
  const shared = programs.map((program) =>
    Math.max(...seen.filter((one) => one.program === program).map((one) => one.shared)),
  );
  return {
    each: Object.fromEntries(seen.map((one) => [one.name, round(one.rss)])),
    rss: round(sum((one) => one.rss)),
    pss: round(sum((one) => one.pss)),
    once: round(sum((one) => one.own) + shared.reduce((total, one) => total + one, 0)),
  };
};
