/**
 * Every screen × 1280 and 390 px × light and dark × empty, 852 desa and failing, five of them in both languages, and the board in
 * mid-update as a film strip: `npx tsx bench/gallery.ts --out FOLDER [--state empty|852|failing|fixture] [--only TEXT,…] [--axe]`. Real web
 * processes before seeded installations; fixtures only for what no seeded one has. Exit 1 when a page of the route table or the menu is
 * missing, or a picture shows a fault.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { ROUTES } from '../server/http/app';
import { buildProduct } from './fleet/build';
import { keepFresh } from './fleet/observe';
import { FLEET_STATES, type FleetState } from './fleet/plan';
import { usualRollout } from './fleet/seed';
import { startFleet, type FleetWorld } from './fleet/world';
import { Camera, lensesOf, signIn, type Lens, type Picture, type Signed } from './gallery/camera';
import { filmBoard } from './gallery/film';
import { serveFixtures } from './gallery/fixture-server';
import { findGround, type Ground } from './gallery/ground';
import { loseContact, loseDatabase, type Post } from './gallery/scenes';
import { FIXTURE_SCREENS, forgotten, SCREENS, type Screen } from './gallery/screens';
import { writeSheet, type Skipped } from './gallery/sheet';
import { makeBusy, makeFailing } from './gallery/weather';

const AT_ONCE = 2;
const LOWEST = 19;
const LATEST_MS = 30 * 60_000;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    only: { type: 'string', default: '' },
    state: { type: 'string', default: '' },
    axe: { type: 'boolean', default: false },
  },
});
interface Studio {
  readonly browser: Browser;
  readonly out: string;
  readonly product: string;
  readonly pictures: Picture[];
  readonly skipped: Skipped[];
  film: string | null;
}
const isWanted = (name: string): boolean => values.only.split(',').some((part) => name.includes(part));
const cameraAt = (studio: Studio, origin: string): Camera =>
  new Camera(studio.browser, { origin, out: studio.out, axe: values.axe ? 'axe' : 'plain' });

/** Runs the work of every lens, two at once. */
const eachLens = async (lenses: readonly Lens[], work: (lens: Lens, place: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < lenses.length) {
      const place = next++;
      const lens = lenses[place];
      if (lens !== undefined) await work(lens, place);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
};
const LENSES: readonly Lens[] = [...lensesOf('id'), ...lensesOf('en')];

interface Place {
  readonly studio: Studio;
  readonly world: FleetWorld;
  readonly state: FleetState;
  readonly signed: Signed;
}
const takeScreens = async ({ studio, world, state, signed }: Place, screens: readonly Screen[]): Promise<void> => {
  await eachLens(LENSES, async (lens, place) => {
    const own = screens.filter((one) => one.languages.includes(lens.locale));
    if (own.length === 0) return;
    const camera = cameraAt(studio, world.origin);
    const [admin, visitor] = [await camera.open(lens, signed), await camera.open(lens, null)];
    const ground: Ground = await findGround(world, state, place);
    for (const one of own) {
      const address = one.address(ground);
      const page = one.who === 'admin' ? admin : visitor;
      const picture = address === null ? null : await camera.take(page, lens, { ...one, state, address });
      if (picture !== null) studio.pictures.push(picture);
      else if (!studio.skipped.some((left) => left.state === state && left.name === one.name))
        studio.skipped.push({ state, name: one.name, why: address === null ? 'nothing there' : 'nothing to press' });
    }
    await Promise.all([admin, visitor].map((page) => page.context().close()));
  });
};

/** Pictures while the newest rollout is in another state than it was seeded in. */
const takeWhile = async (
  place: Place,
  rollout: Exclude<Screen['rollout'], 'as_seeded'>,
  all: readonly Screen[],
): Promise<void> => {
  const { knex } = place.world.transact.read;
  const { rolloutId } = place.world.seeded;
  const screens = all.filter((one) => one.rollout === rollout);
  if (screens.length === 0 || rolloutId === null) return takeScreens(place, screens);
  const [state] = await knex('rollouts').where({ id: rolloutId }).pluck<string[]>('state');
  await knex('rollouts').where({ id: rolloutId }).update({ state: rollout });
  await takeScreens(place, screens);
  await knex('rollouts').where({ id: rolloutId }).update({ state });
};

const withPosts = async (
  { studio, world, signed }: Place,
  work: (posts: readonly Post[]) => Promise<readonly Picture[]>,
): Promise<void> => {
  const posts: Post[] = [];
  for (const lens of lensesOf('id')) {
    const camera = cameraAt(studio, world.origin);
    posts.push({ lens, camera, page: await camera.open(lens, signed) });
  }
  studio.pictures.push(...(await work(posts)));
  for (const { page } of posts) await page.context().close();
};
const film = async ({ studio, world, signed }: Place): Promise<void> => {
  const lens: Lens = { width: 1280, theme: 'light', locale: 'id' };
  const page = await cameraAt(studio, world.origin).open(lens, signed);
  const rolloutId = world.seeded.rolloutId ?? '';
  await page.goto(`${world.origin}/pembaruan/${rolloutId}`, { waitUntil: 'load' });
  await page.waitForSelector('[data-live-mark]:not([hidden])', { state: 'attached' });
  studio.film = await filmBoard(studio.browser, page, { transact: world.transact, rolloutId }, studio.out);
  await page.context().close();
};

const wantedOf = (state: FleetState): readonly Screen[] =>
  SCREENS.filter((one) => isWanted(one.name) && one.states.includes(state));

const takeState = async (studio: Studio, state: FleetState): Promise<void> => {
  const world = await startFleet({ state, rollout: usualRollout(state) }, studio.product);
  if (state === '852') await makeBusy(world.transact);
  if (state === 'failing') await makeFailing(world.transact);
  const observer = keepFresh(world.transact, state === 'failing' ? 'worker_away' : 'worker_here');
  let observing = true;
  const rest = async (): Promise<void> => {
    if (observing) await observer.stop();
    observing = false;
  };
  try {
    const place = {
      studio,
      world,
      state,
      signed: await signIn(studio.browser, world.origin, await world.signInLink()),
    };
    say(`${state}: ${Math.round(performance.now() / 1000)} s`);
    const screens = wantedOf(state);
    for (const rollout of ['cancelled', 'paused', 'rolling'] as const) await takeWhile(place, rollout, screens);
    await takeScreens(
      place,
      screens.filter((one) => one.rollout === 'as_seeded'),
    );
    if (state === '852' && isWanted('papan-terputus'))
      await withPosts(place, (posts) => loseContact(world, posts, state));
    if (state === '852' && isWanted('papan-film')) await film(place);
    await rest();
    if (state === 'failing' && isWanted('tanpa-basis-data'))
      await withPosts(place, (posts) => loseDatabase(world, posts, state));
  } finally {
    await rest();
    await world.stop();
  }
};

const takeFixtures = async (studio: Studio): Promise<void> => {
  const names = Object.keys(FIXTURE_SCREENS).filter(isWanted);
  const server = await serveFixtures(path.join(studio.product, 'dist', 'assets'));
  say(`fixture: ${Math.round(performance.now() / 1000)} s`);
  await eachLens(lensesOf('id'), async (lens) => {
    const camera = cameraAt(studio, server.origin);
    const page = await camera.open(lens, null);
    for (const name of names) {
      const wish = {
        state: 'fixture',
        name,
        address: `/${name}?locale=${lens.locale}`,
        part: 'page',
        status: 200,
        act: null,
      } as const;
      const picture = await camera.take(page, lens, wish);
      if (picture !== null) studio.pictures.push(picture);
    }
    await page.context().close();
  });
  await server.stop();
};

const report = ({ pictures, skipped, film: strip }: Studio): number => {
  const faults = pictures.filter((one) => one.wrong.length > 0);
  for (const one of faults) console.log(`fault  ${one.file}: ${one.wrong.join(' | ')}`);
  for (const one of skipped) console.log(`skipped  ${one.state}/${one.name}: ${one.why}`);
  const screens = new Set(pictures.map((one) => `${one.state === 'fixture' ? 'fixture ' : ''}${one.name}`)).size;
  for (const state of new Set(pictures.map((one) => one.state)))
    console.log(`${state}: ${pictures.filter((one) => one.state === state).length} pictures`);
  console.log(
    `${screens} screens, ${pictures.length} pictures${strip === null ? '' : ' and a film strip'}, ${skipped.length} skipped, ${faults.length} with faults, ${Math.round(performance.now() / 1000)} s`,
  );
  return faults.length > 0 ? 1 : 0;
};

const main = async (): Promise<number> => {
  const missing = forgotten(ROUTES);
  for (const route of missing) console.error(`no picture shows ${route}: add it to bench/gallery/screens.ts`);
  if (values.out === undefined || missing.length > 0) {
    if (values.out === undefined)
      console.error('usage: npx tsx bench/gallery.ts --out FOLDER [--state STATE] [--only TEXT,…] [--axe]');
    return 2;
  }
  setPriority(LOWEST);
  setTimeout(() => process.exit(3), LATEST_MS).unref();
  const out = path.resolve(values.out);
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(path.join(tmpdir(), 'sp-gallery-'));
  try {
    say('building');
    const product = await buildProduct(path.join(folder, 'product'));
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    const studio: Studio = { browser, out, product, pictures: [], skipped: [], film: null };
    const states = values.state === '' ? [...FLEET_STATES, 'fixture'] : [values.state];
    for (const state of FLEET_STATES) if (states.includes(state)) await takeState(studio, state);
    if (states.includes('fixture')) await takeFixtures(studio);
    await browser.close();
    writeSheet(out, studio);
    return report(studio);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
void main().then((code) => process.exit(code));
