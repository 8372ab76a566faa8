import { createInterface } from 'node:readline';
import path from 'node:path';
import type { Site } from '../real-update-probes';
import { MACHINE_ADDRESS, type Machine } from './machine';

const INTERVAL_MS = 200;
interface Look {
  readonly kode: string;
  /** Sent and answered, milliseconds since 1970. */
  readonly at: number;
  readonly until: number;
  readonly status: number;
  readonly ok: boolean;
  /** What came instead of the page. */
  readonly said: string;
}
/** How long one desa did not answer with its own page. */
export interface Away {
  readonly kode: string;
  readonly looks: number;
  readonly failed: number;
  /** From the first look that failed, or from the event, to the first good answer after the last that failed; 0 = never away. */
  readonly seconds: number;
  /** The first that failed: seconds since the event, seconds it took, status, what was said. */
  readonly misses: readonly string[];
}
export type Since = 'event' | 'first_miss';
const MISSES = 12;
export interface Watch {
  /** Good answers of every desa since the last bad one, at least so many. */
  allWell(least: number): boolean;
  /** Since `from`, milliseconds since 1970. */
  stop(from: number, since: Since): readonly Away[];
}

/** Looks at every desa five times a second, from outside the machine through its proxy. */
export const watchSites = (machine: Machine, port: number, ca: string, sites: readonly Site[]): Watch => {
  const prober = path.join(__dirname, 'prober-entry.ts');
  const child = machine.outside([
    ...[process.execPath, ...process.execArgv, prober],
    ...[MACHINE_ADDRESS, String(port), ca, String(INTERVAL_MS), JSON.stringify(sites)],
  ]);
  const looks = new Map<string, Look[]>(sites.map(({ kode }) => [kode, []]));
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const look = JSON.parse(line) as Look;
      looks.get(look.kode)?.push(look);
    });
  const awayOf = (kode: string, from: number, since: Since): Away => {
    const seen = (looks.get(kode) ?? []).filter((one) => one.at >= from).sort((left, right) => left.at - right.at);
    const failed = seen.filter((one) => !one.ok);
    const began = since === 'event' ? from : (failed[0]?.at ?? from);
    const back = seen.find((one) => one.ok && one.at > (failed.at(-1)?.at ?? 0));
    const seconds = failed.length === 0 ? 0 : back === undefined ? Infinity : (back.until - began) / 1000;
    const misses = failed
      .slice(0, MISSES)
      .map((one) => `${(one.at - from) / 1000} s, ${one.until - one.at} ms: ${one.status} ${one.said}`);
    return { kode, looks: seen.length, failed: failed.length, seconds: Math.round(seconds * 10) / 10, misses };
  };
  return {
    allWell: (least) =>
      [...looks.values()].every((seen) => seen.length >= least && seen.slice(-least).every((one) => one.ok)),
    stop(from, since) {
      child.kill('SIGKILL');
      return sites.map(({ kode }) => awayOf(kode, from, since));
    },
  };
};
