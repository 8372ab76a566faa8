/**
 * Updates a real OpenSID and proves it from outside:
 * `npx tsx bench/real-update.ts --from DIR@TAG --to DIR@TAG --out FOLDER [--desa N] [--kills] [--soak SECONDS] [--keep]`.
 * See bench/README.md. Exit 1 when an expectation is not met, 2 when it was called wrongly.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SHARED_OWNER } from '../server/domain/names';
import { sourceOf } from '../server/cli/demo';
import type { DesaDocument } from '../server/services/read-models/desa-model';
import type { RolloutDocument } from '../server/services/read-models/rollout-model';
import type { LoggedStatement } from '../test/helpers/general-log';
import { killWhile, victimsOf, type Kill } from './real-update-kills';
import { openPages, type Pages } from './real-update-pages';
import { makePlace, type Place } from './real-update-place';
import { probeSites, readable, visitor, type Probed, type Site, type Visit } from './real-update-probes';
import { judge, written, type Measured, type SiteReport } from './real-update-report';
import { openRows, type Rows } from './real-update-rows';
import { say, timed } from './rollout/say';

const HOME = '33.05.05.2011';
/** Of all sites together: a visit costs OpenSID a seventh of a second of processor. */
const HERTZ = 5;
const HEAD_SECONDS = 5;

interface Options {
  readonly from: string;
  readonly to: string;
  readonly out: string;
  readonly soak: string;
  readonly desa: number;
  readonly kills: boolean;
  readonly keep: boolean;
}
const optionsOf = (argv: readonly string[]): Options | null => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...{ from: text, to: text, out: text, soak: text, desa: text },
      ...{ kills: { type: 'boolean' }, keep: { type: 'boolean' } },
    },
  });
  const { from, to, out, soak = '60', desa = '3', kills = false, keep = false } = values;
  if (from === undefined || to === undefined || out === undefined) return null;
  if (!/^\d+$/.test(soak) || !/^[1-9]\d*$/.test(desa)) return null;
  return { from, to, out: path.resolve(out), soak, desa: Number(desa), kills, keep };
};

/** The theme's own version has a `v` in front. */
const versionsOn = (html: string): readonly string[] => [
  ...new Set(html.match(/\b2[4-9](?:0[1-9]|1[0-2])\.\d+\.\d+\b/g)),
];
const front = async (visit: Visit, { host, title }: Site): Promise<SiteReport['before']> => {
  const { status, body } = await visit(host, '/');
  return { status, ownTitle: readable(body).includes(title), versions: versionsOn(body) };
};
const eachSite = async <T>(sites: readonly Site[], work: (site: Site) => Promise<T>): Promise<Record<string, T>> => {
  const found: Record<string, T> = {};
  for (const site of sites) found[site.kode] = await work(site);
  return found;
};

interface Bench {
  readonly options: Options;
  readonly place: Place;
  /** Installed first. */
  readonly version: string;
  readonly sites: readonly Site[];
  readonly visit: Visit;
  readonly rows: Rows;
  readonly pages: Pages;
  readonly seconds: Record<string, number | null>;
}
const ENDED = ['completed', 'halted', 'paused', 'failed', 'cancelled', 'rolled_back'];
const LETTER = 'Surat di tengah pembaruan';
/** Watched from the database alone: what follows a rollout for people ends with the database that is killed. */
const updateUnderKills = async (bench: Bench, target: string, ddl: LoggedStatement[]) => {
  const { place, rows, sites, pages } = bench;
  const { rolloutId } = await place.run<{ readonly rolloutId: string }>('desa', 'update', target, '--all');
  const isEnd = (state: string): boolean => ENDED.includes(state);
  let isOver = false;
  const heard = async (kill: Kill): Promise<void> => {
    say(`${kill.victim} killed (${kill.during}), back after ${kill.backAfter} s`);
    if (kill.victim === 'database') await rows.logOn();
  };
  const before = async (): Promise<void> => void ddl.push(...(await rows.logOff()));
  const killing = killWhile({
    victims: victimsOf(place.config(), place.name, rows),
    rows,
    isOver: () => isOver,
    before,
    heard,
  });
  const home = sites.find((one) => one.kode === HOME);
  while ((await rows.progress())?.state !== 'rolling') await sleep(500);
  if (home !== undefined) await pages.sendLetter(home.host, LETTER);
  say('a letter was sent');
  for (let now = await rows.progress(); now === null || !isEnd(now.state); now = await rows.progress())
    await sleep(1000);
  isOver = true;
  const kills = await killing;
  return { kills, rollout: await place.run<RolloutDocument>('rollout', 'show', rolloutId) };
};
const updatePlainly = async ({ place }: Bench, target: string) => ({
  kills: [],
  rollout: await place.run<RolloutDocument>('desa', 'update', target, '--all', '--wait'),
});
const update = async (bench: Bench) => {
  const { options, place, rows, sites, visit, seconds } = bench;
  await rows.logOn();
  const probes = probeSites(visit, sites, Math.min(2, HERTZ / sites.length));
  const known = await rows.migrations();
  await sleep(HEAD_SECONDS * 1000);
  const { location, tag } = sourceOf(options.to);
  const release = await timed(seconds, 'bring the new release', () =>
    place.run<{ readonly version: string }>(
      'release',
      'import',
      'opensid',
      location,
      ...(tag === null ? [] : ['--tag', tag]),
    ),
  );
  const target = `opensid@${release.version}`;
  const ddl: LoggedStatement[] = [];
  const { rollout, kills } = await timed(seconds, 'update', () =>
    options.kills ? updateUnderKills(bench, target, ddl) : updatePlainly(bench, target),
  );
  await sleep(HEAD_SECONDS * 1000);
  const probed = await probes.stop();
  ddl.push(...(await rows.logOff()));
  const newMigrations = (await rows.migrations()).filter((one) => !known.includes(one));
  return { version: release.version, rollout, kills, probed, ddl, newMigrations };
};
const lookAfter = async (
  bench: Bench,
  before: Record<string, SiteReport['before']>,
  probed: ReadonlyMap<string, Probed>,
) => {
  const { place, sites, visit, rows, pages } = bench;
  const installed = await rows.tokensReadBack();
  const reports: SiteReport[] = [];
  for (const site of sites) {
    const { kode, host, title } = site;
    const { password } = await place.run<{ readonly password: string }>('desa', 'password', kode);
    await pages.picture(host, `sesudah-${kode}`);
    const none = { status: 0, ownTitle: false, versions: [] };
    reports.push({
      kode,
      title,
      before: before[kode] ?? none,
      after: await front(visit, site),
      probes: probed.get(kode) ?? { sent: 0, failed: [], slowestMs: 0 },
      layananMandiri: (await visit(host, '/layanan-mandiri/masuk')).status,
      residentEnters: await pages.residentEnters(host),
      subscription: await pages.subscription(host, password, `layanan-pelanggan-${kode}`),
      tokenReadBack: installed.includes(kode),
    });
  }
  return reports;
};

const measure = async (bench: Bench): Promise<Measured> => {
  const { sites, visit, rows, pages, seconds } = bench;
  await rows.addResident(HOME);
  const residentBefore = await rows.desaOfResident();
  const before = await eachSite(sites, (site) => front(visit, site));
  for (const { host, kode } of sites) await pages.picture(host, `sebelum-${kode}`);
  const { version, rollout, kills, probed, ddl, newMigrations } = await update(bench);
  for (const stage of rollout.stages) seconds[`stage ${stage.stage}`] = stage.seconds;
  return {
    from: bench.version,
    to: version,
    rollout: { state: rollout.state, counts: rollout.counts },
    sites: await timed(seconds, 'look at every site', () => lookAfter(bench, before, probed)),
    residentOf: { before: residentBefore, after: await rows.desaOfResident() },
    home: HOME.replaceAll('.', ''),
    letters: bench.options.kills ? { sent: LETTER, found: await rows.lettersOfResident() } : null,
    kills,
    newMigrations,
    ddl,
    owner: SHARED_OWNER,
    seconds,
    steps: await rows.stepTimes(rollout.id),
  };
};

const siteOf = ({ kode, nama, kecamatan, host }: DesaDocument): Site => ({
  kode,
  host: host ?? '',
  title: `${nama} Kecamatan ${kecamatan}`,
});
/** The demo's three, among them the twins, and then as many as wanted. */
const install = async (place: Place, { from, desa: count }: Options): Promise<readonly DesaDocument[]> => {
  await place.run('demo', '--yes', '--opensid', from, '--desa', String(Math.min(count, 3)));
  const all = await place.run<readonly DesaDocument[]>('desa', 'list', '--all');
  const there = all.filter((one) => one.instances.some((instance) => instance.health !== 'not_installed')).length;
  const more = all.filter((one) => one.status === 'not_installed').slice(0, count - there);
  if (more.length > 0) await place.run('desa', 'install', ...more.map((one) => one.kode), '--app', 'opensid', '--wait');
  return place.run<readonly DesaDocument[]>('desa', 'list');
};
const prove = async (options: Options, place: Place): Promise<boolean> => {
  const seconds: Record<string, number | null> = {};
  const desa = await timed(seconds, 'install', () => install(place, options));
  await place.run('settings', 'set', 'soakSeconds', options.soak);
  const { httpsPort } = place.config();
  const rows = await openRows(place.config());
  const pages = await openPages(httpsPort, options.out);
  try {
    const visit = visitor(httpsPort, await place.ca());
    const version = desa[0]?.instances[0]?.observedRelease ?? '';
    const measured = await measure({ options, place, version, sites: desa.map(siteOf), visit, rows, pages, seconds });
    const expectations = judge(measured);
    const met = expectations.every((one) => one.met);
    writeFileSync(
      path.join(options.out, 'report.json'),
      `${JSON.stringify({ met, ...measured, expectations }, null, 2)}\n`,
    );
    writeFileSync(path.join(options.out, 'report.txt'), written(measured, expectations));
    console.error(written(measured, expectations));
    console.log(JSON.stringify({ met, ...measured, expectations }));
    return met;
  } finally {
    await pages.close();
    await rows.close();
  }
};

const main = async (): Promise<number> => {
  const options = optionsOf(process.argv.slice(2));
  if (options === null) {
    console.error(
      'real-update --from DIR@TAG --to DIR@TAG --out FOLDER [--desa N] [--kills] [--soak SECONDS] [--keep]',
    );
    return 2;
  }
  mkdirSync(options.out, { recursive: true });
  const place = await makePlace(path.join(options.out, 'commands.log'));
  say(`installation ${place.name} in ${place.folder}`);
  try {
    return (await prove(options, place)) ? 0 : 1;
  } finally {
    if (options.keep) say(`kept: ${place.name}, ${place.folder}`);
    else await place.leave();
  }
};
void main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
