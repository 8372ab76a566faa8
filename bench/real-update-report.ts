import type { LoggedStatement } from '../test/helpers/general-log';
import { perAccount } from '../test/helpers/general-log';
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

const ofSite = (site: SiteReport, { from, to }: Measured): readonly Expectation[] => {
  const { kode, title, before, after, probes } = site;
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
  const { sites, rollout, residentOf, home, newMigrations, ddl, owner } = measured;
  const foreign = ddl.filter((one) => one.account !== owner);
  const entering = sites.filter((one) => one.residentEnters).map((one) => one.kode.replaceAll('.', ''));
  return [
    expectation('the update completed', rollout.state === 'completed', { ...rollout }),
    ...sites.flatMap((site) => ofSite(site, measured)),
    expectation('the resident is a row of the own desa alone, before', String(residentOf.before) === home, residentOf),
    expectation('the resident is a row of the own desa alone, after', String(residentOf.after) === home, residentOf),
    expectation('NIK and PIN open Layanan Mandiri of the own desa alone', String(entering) === home, entering),
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
  const { from, to, sites, ddl, seconds, steps } = measured;
  const lines = [
    `OpenSID ${from} → ${to}, ${sites.length} desa in one database`,
    '',
    ...sites.map(
      ({ kode, title, before, after, probes, subscription }) =>
        `${kode}  ${padded(title, 34)} ${String(before.versions)} → ${String(after.versions)}  probes ${probes.sent}, failed ${probes.failed.length}, slowest ${probes.slowestMs} ms  ${subscription}`,
    ),
    '',
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
