/**
 * Kills an engine in the middle of an update, stops and starts it, and cuts the power of a machine with the dashboard off:
 * `npx tsx bench/boot.ts [--desa 6] [--apps opensid] [--out FOLDER]`.
 * See bench/README.md. Exit 1 when a desa was away in the first two or did not come back by itself in the third.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeInternalCa } from '../provisioners/lib/internal-ca';
import { readEnvironment } from '../server/config';
import { openInstallation } from '../server/installation';
import type { DesaDocument } from '../server/services/read-models/desa-model';
import type { RolloutDocument } from '../server/services/read-models/rollout-model';
import { makeMachine } from '../server/wiring/machine';
import { DOMAIN, layPlace, sampleOf, type Place } from '../test/helpers/e2e-installation';
import { watchSites, type Away, type Watch } from './boot/away';
import { startMachine, type Machine } from './boot/machine';
import { machineBefore, writeResult } from './fleet/results';
import type { Site } from './real-update-probes';
import { say, timed } from './rollout/say';

const IMAGES = [
  'base:bookworm',
  'base:trixie',
  'runtime:8.2',
  'runtime:8.4',
  'mariadb:10.11',
  'redis:7.0',
  'proxy:2.6',
];
const ALL_IMAGES = [...IMAGES, 'wall:1.0'].map((image) => `siappakai-uji/${image}`);
const SOCKET = 'unix:///var/run/docker.sock';
const PATIENCE_MS = 300_000;
const WELL_LOOKS = 15;

/** One installation in a machine that can lose its power. */
interface World {
  readonly place: Place;
  readonly dataRoot: string;
  machine: Machine;
}
const told = async <T>(world: World, ...argv: readonly string[]): Promise<T> => {
  const main = path.join(world.place.root, 'dist', 'server', 'main.js');
  const said = await world.machine.run([process.execPath, main, ...argv, '--json'], world.place.variables);
  if (said.code !== 0) throw new Error(`siappakai ${argv.join(' ')} ended with ${said.code}\n${said.stderr}`);
  return JSON.parse(said.stdout.trim() || 'null') as T;
};
const inside = async (world: World, ...argv: readonly string[]): Promise<string> => {
  const said = await world.machine.run(argv);
  if (said.code !== 0) throw new Error(`${argv.join(' ')} ended with ${said.code}\n${said.stderr}`);
  return said.stdout.trim();
};
const until = async (what: string, is: () => Promise<boolean> | boolean): Promise<number> => {
  const began = Date.now();
  while (!(await is())) {
    if (Date.now() - began > PATIENCE_MS) throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s`);
    await sleep(200);
  }
  return Math.round((Date.now() - began) / 100) / 10;
};

/** The engine as the product itself starts it, so that it is also the product that keeps it. */
const startOwnEngine = (world: World): Promise<string> => {
  const engine = path.join(world.place.root, 'dist', 'server', 'parts', 'engine.js');
  return inside(world, process.execPath, '-e', `require(process.argv[1]).ensureEngine('${SOCKET}')`, engine);
};
/** Made on the engine of this machine, where the mirror can be reached. */
const bringImages = async (world: World): Promise<void> => {
  await makeMachine(readEnvironment(world.place.variables)).testRun().ensureImages();
  const file = path.join(world.place.folder, 'images.tar');
  execFileSync('docker', ['save', '-o', file, ...ALL_IMAGES]);
  await inside(world, 'docker', 'load', '-i', file);
  await rm(file);
};
const install = async (world: World, count: number, apps: readonly string[]): Promise<readonly Site[]> => {
  const pattern = `{desa}.kec-{kec}.${DOMAIN}`;
  await told(world, 'up', '--yes');
  await told(
    world,
    ...['setup', '--kabupaten', '33.05', '--domain-pattern', pattern, '--admin-email', `mulai@${DOMAIN}`],
  );
  await told(world, 'settings', 'set', 'soakSeconds', '3');
  for (const version of ['2409.0.0', '2410.0.0'])
    for (const app of apps) await told(world, 'release', 'import', app, sampleOf(app, version));
  const regions = await told<readonly { readonly kode: string }[]>(world, 'wilayah', 'list', '--kecamatan', '33.05.05');
  const kodes = regions.slice(0, count).map((one) => one.kode);
  const releases = apps.flatMap((app) => ['--release', `${app}@2409.0.0`]);
  await told(world, 'desa', 'install', ...kodes, '--app', apps.join(','), ...releases, '--wait');
  const desa = await told<readonly DesaDocument[]>(world, 'desa', 'list');
  return desa.map(({ kode, nama, host }) => ({ kode, host: host ?? '', title: nama }));
};

const watch = async (world: World, sites: readonly Site[]): Promise<Watch> => {
  const config = openInstallation(readEnvironment(world.place.variables));
  const ca = path.join(world.place.folder, 'ca.pem');
  writeFileSync(
    ca,
    await makeInternalCa(path.join(config.paths.secrets, 'ca'), `SiapPakai ${config.name}`).certificate(),
  );
  return watchSites(world.machine, config.httpsPort, ca, sites);
};
const enginePid = (world: World): Promise<string> => inside(world, 'cat', '/run/docker.pid');
const engineAnswers = async ({ machine }: World): Promise<boolean> =>
  (await machine.run(['docker', 'version', '--format', '{{.Server.Version}}'])).code === 0;

interface Event {
  readonly what: string;
  /** Until the engine answered again. */
  readonly engineSeconds: number;
  readonly away: readonly Away[];
  readonly more: Readonly<Record<string, unknown>>;
}
const ENDED = new Set(['completed', 'failed', 'cancelled', 'halted', 'paused']);
const show = (world: World, id: string): Promise<RolloutDocument> =>
  told<RolloutDocument>(world, 'rollout', 'show', id);

/** SIGKILL while desa are being changed. */
const killedInUpdate = async (world: World, sites: readonly Site[], apps: readonly string[]): Promise<Event> => {
  const watched = await watch(world, sites);
  await until('every desa answers', () => watched.allWell(5));
  const [first = '', ...rest] = apps.map((app) => `${app}@2410.0.0`);
  const others = rest.flatMap((one) => ['--release', one]);
  const { rolloutId } = await told<{ rolloutId: string }>(world, 'desa', 'update', first, ...others, '--all');
  await until('the first desa is done', async () => (await show(world, rolloutId)).counts.done > 0);
  const pid = await enginePid(world);
  const from = Date.now();
  await inside(world, 'kill', '-KILL', pid);
  const engineSeconds = await until('the engine is back', () => engineAnswers(world));
  const rolloutSeconds = await until('the update ended', async () => ENDED.has((await show(world, rolloutId)).state));
  await sleep(2000);
  const { state, counts } = await show(world, rolloutId);
  return {
    what: 'engine SIGKILL in mid-update',
    engineSeconds,
    away: watched.stop(from, 'first_miss'),
    more: { state, counts, rolloutSeconds },
  };
};
const stoppedAndStarted = async (world: World, sites: readonly Site[]): Promise<Event> => {
  const watched = await watch(world, sites);
  await until('every desa answers', () => watched.allWell(5));
  const from = Date.now();
  const pid = await enginePid(world);
  await inside(world, 'kill', '-TERM', pid);
  await until('the engine is gone', async () => (await world.machine.run(['kill', '-0', pid])).code !== 0);
  const engineSeconds = await until('the engine is back', () => engineAnswers(world));
  await sleep(3000);
  return { what: 'engine stopped and started', engineSeconds, away: watched.stop(from, 'first_miss'), more: {} };
};
/** As the init of a machine starts it; the dashboard stays off. */
const ENGINE_AT_BOOT = ['dockerd', '--host', SOCKET, '--live-restore', '--userland-proxy=false'];
const powerCut = async (world: World, sites: readonly Site[]): Promise<Event> => {
  await told(world, 'down');
  const from = Date.now();
  await world.machine.cut();
  world.machine = await startMachine(world.dataRoot);
  const log = openSync(path.join(world.place.folder, 'engine-at-boot.log'), 'a');
  const started = (Date.now() - from) / 1000;
  world.machine.begin(ENGINE_AT_BOOT, log);
  closeSync(log);
  const watched = await watch(world, sites);
  await until('every desa answers', () => watched.allWell(WELL_LOOKS));
  const engineSeconds = await until('the engine answers', () => engineAnswers(world));
  const away = watched.stop(from, 'event');
  const parts = await inside(world, 'docker', 'ps', '--format', '{{.Names}}');
  await told(world, 'up', '--yes');
  const healthy = async (): Promise<boolean> =>
    (await told<readonly DesaDocument[]>(world, 'desa', 'list')).every((one) => one.status === 'healthy');
  const healthySeconds = await until('the dashboard finds all well', healthy);
  return {
    what: 'power cut, dashboard off',
    engineSeconds,
    away,
    more: { started, containers: parts.split('\n').length, healthySeconds },
  };
};

const line = ({ what, engineSeconds, away, more }: Event): string => {
  const seconds = away.map((one) => one.seconds).sort((left, right) => left - right);
  const looks = away.reduce((sum, one) => sum + one.looks, 0);
  const failed = away.reduce((sum, one) => sum + one.failed, 0);
  return `${what}: engine ${engineSeconds} s; ${looks} looks, ${failed} without the desa's own page; away ${seconds.join(' ')} s; ${JSON.stringify(more)}`;
};
const isAsExpected = ([killed, stopped, cut]: readonly Event[]): boolean =>
  [...(killed?.away ?? []), ...(stopped?.away ?? [])].every((one) => one.seconds === 0 && one.looks > 0) &&
  killed?.more['state'] === 'completed' &&
  (cut?.away ?? []).every((one) => Number.isFinite(one.seconds));

const main = async (): Promise<number> => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { desa: text, apps: text, out: text } });
  const [count, apps] = [Number(values.desa ?? 6), (values.apps ?? 'opensid').split(',')];
  const before = machineBefore();
  const place = await layPlace('m');
  // Builds what is not built.
  execFileSync('bash', [path.join(place.root, 'siappakai'), 'help'], { env: { ...place.variables }, stdio: 'ignore' });
  const dataRoot = path.join(place.folder, 'engine');
  const world: World = { place, dataRoot, machine: await startMachine(dataRoot) };
  const seconds: Record<string, number | null> = {};
  try {
    await timed(seconds, 'engine', () => startOwnEngine(world));
    await timed(seconds, 'images', () => bringImages(world));
    const sites = await timed(seconds, `install ${count} desa`, () => install(world, count, apps));
    const events: Event[] = [];
    for (const act of [
      () => killedInUpdate(world, sites, apps),
      () => stoppedAndStarted(world, sites),
      () => powerCut(world, sites),
    ]) {
      const event = await act();
      events.push(event);
      say(line(event));
    }
    const out = values.out === undefined ? null : path.resolve(values.out);
    if (out !== null) mkdirSync(out, { recursive: true });
    writeResult('boot', before, { desa: count, apps, seconds, events }, out);
    process.stdout.write(`${events.map(line).join('\n')}\n`);
    return isAsExpected(events) ? 0 : 1;
  } finally {
    await world.machine.cut();
    await rm(place.folder, { recursive: true, force: true });
  }
};
void main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
