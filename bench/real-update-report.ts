import type { LoggedStatement } from '../test/helpers/general-log';
import { interleaved, perAccount } from '../test/helpers/general-log';
import type { Kill } from './real-update-kills';
import type { StepTime } from './real-update-rows';

export interface SiteReport {
  readonly kode: string;
  readonly title: string;
  readonly before: { readonly status: number; readonly ownTitle: boolean; readonly versions: readonly string[] };
  readonly after: { readonly status: number; readonly ownTitle: boolean; readonly versions: readonly string[] };
  readonly probes: { readonly sent: number; readonly failed: readonly string[]; readonly slowestMs: number };
  readonly layananMandiri: number;
  readonly residentEnters: boolean;
  /** Words of the page Layanan Pelanggan. */
  readonly subscription: string;
  readonly tokenReadBack: boolean;
}
export interface Measured {
  readonly from: string;
  readonly to: string;
  readonly sites: readonly SiteReport[];
  readonly rollout: { readonly state: string; readonly counts: Readonly<Record<string, number>> };
  readonly residentOf: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** Code of the desa the resident was given to, in digits. */
  readonly home: string;
  /** Sent while it was updated, and what is there afterwards; null = none was sent. */
  readonly letters: { readonly sent: string; readonly found: readonly string[] } | null;
  readonly kills: readonly Kill[];
  readonly newMigrations: readonly string[];
  readonly ddl: readonly LoggedStatement[];
  readonly owner: string;
  readonly seconds: Readonly<Record<string, number | null>>;
  readonly steps: readonly StepTime[];
}
export interface Expectation {
  readonly what: string;
  readonly met: boolean;
  readonly seen: string;
}

const expectation = (what: string, met: boolean, seen: unknown): Expectation => ({
  what,
  met,
  seen: typeof seen === 'string' ? seen : JSON.stringify(seen),
});

const BACK_MS = 30_000;
/** While the shared database is away a site cannot answer, and for half a minute more it may come back. */
const isExcused = (failed: string, kills: readonly Kill[]): boolean => {
  const at = Date.parse(failed.split(' ')[0] ?? '');
  return kills.some(({ victim, at: killed, backAfter }) => {
    const from = Date.parse(killed);
    return victim === 'database' && at >= from - 1000 && at <= from + backAfter * 1000 + BACK_MS;
  });
};
const ofSite = (site: SiteReport, { from, to, kills }: Measured): readonly Expectation[] => {
  const { kode, title, before, after } = site;
  const failed = site.probes.failed.filter((one) => !isExcused(one, kills));
  const probes = { ...site.probes, failed, excused: site.probes.failed.length - failed.length };
  const shows = (page: SiteReport['before'], version: string, other: string): boolean =>
    page.status === 200 && page.ownTitle && page.versions.includes(version) && !page.versions.includes(other);
  return [
    expectation(`${kode} calls itself "${title}" at ${from} before`, shows(before, from, to), before),
    expectation(`${kode} calls itself "${title}" at ${to} after`, shows(after, to, from), after),
    expectation(`${kode}: no probe of / failed`, probes.sent > 0 && probes.failed.length === 0, {
      ...probes,
      failed: [probes.failed.length, ...probes.failed.slice(0, 3)],
    }),
    expectation(`${kode}: /layanan-mandiri/masuk answers 200`, site.layananMandiri === 200, site.layananMandiri),
    expectation(`${kode}: Layanan Pelanggan shows Terdaftar`, site.subscription === 'Terdaftar', site.subscription),
    expectation(`${kode}: its token was read back`, site.tokenReadBack, site.tokenReadBack),
  ];
};

/** Everything that must be so; the bench fails when one is not. */
export const judge = (measured: Measured): readonly Expectation[] => {
  const { sites, rollout, residentOf, home, newMigrations, ddl, owner, letters } = measured;
  const foreign = ddl.filter((one) => one.account !== owner);
  const entering = sites.filter((one) => one.residentEnters).map((one) => one.kode.replaceAll('.', ''));
  return [
    expectation('the update completed', rollout.state === 'completed', { ...rollout }),
    ...sites.flatMap((site) => ofSite(site, measured)),
    expectation('the resident is a row of the own desa alone, before', String(residentOf.before) === home, residentOf),
    expectation('the resident is a row of the own desa alone, after', String(residentOf.after) === home, residentOf),
    expectation('NIK and PIN open Layanan Mandiri of the own desa alone', String(entering) === home, entering),
    ...(letters === null
      ? []
      : [expectation('the letter sent in the middle is there, once', String(letters.found) === letters.sent, letters)]),
    expectation('never two migrate at the same time', interleaved(ddl).length === 0, interleaved(ddl)),
    expectation('the schema has a new row of migrasi', newMigrations.length > 0, newMigrations),
    expectation(`every change of structure is by ${owner}`, ddl.length > 0 && foreign.length === 0, {
      perAccount: perAccount(ddl),
      foreign: foreign.slice(0, 5).map((one) => `${one.account}: ${one.sql.slice(0, 160)}`),
    }),
  ];
};

const padded = (text: string, width: number): string => text.padEnd(width).slice(0, width);

/** For people. */
export const written = (measured: Measured, expectations: readonly Expectation[]): string => {
  const { from, to, sites, ddl, kills, seconds, steps } = measured;
  const lines = [
    `OpenSID ${from} → ${to}, ${sites.length} desa in one database`,
    '',
    ...sites.map(
      ({ kode, title, before, after, probes, subscription }) =>
        `${kode}  ${padded(title, 34)} ${String(before.versions)} → ${String(after.versions)}  probes ${probes.sent}, failed ${probes.failed.length}, slowest ${probes.slowestMs} ms  ${subscription}`,
    ),
    '',
    ...kills.map(
      ({ victim, during, at, backAfter }) => `${at} kill -9 ${victim} (${during}), back after ${backAfter} s`,
    ),
    `changes of structure: ${Object.entries(perAccount(ddl))
      .map(([account, count]) => `${account} ${count}`)
      .join(', ')}`,
    `seconds: ${Object.entries(seconds)
      .map(([what, value]) => `${what} ${value ?? '–'}`)
      .join(', ')}`,
    '',
    ...steps.map((one) => `  ${padded(one.of, 14)} ${padded(one.step, 18)} ${one.seconds ?? '–'} s  ${one.state}`),
    '',
    ...expectations.map(({ what, met, seen }) => `${met ? 'ok  ' : 'FAIL'} ${what}${met ? '' : `: ${seen}`}`),
  ];
  return `${lines.join('\n')}\n`;
};
