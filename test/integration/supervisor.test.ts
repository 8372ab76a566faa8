import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readEnvironment, type Config } from '../../server/config';
import { ensureInstallation } from '../../server/installation';
import { livingState } from '../../server/parts/part-state';
import { identify } from '../../server/parts/process-identity';
import { ensureServiceUser } from '../../server/parts/service-user';
import { restartDelay } from '../../server/parts/supervisor';
import { partsStatus, startParts, stopParts } from '../../server/supervisor';

const ENTRY = [
  process.execPath,
  '--require',
  require.resolve('tsx/cjs'),
  path.join(__dirname, '..', 'helpers', 'part-entry.ts'),
];
const factsSchema = z.object({
  pid: z.number(),
  uid: z.number(),
  gid: z.number(),
  groups: z.array(z.number()),
  capabilities: z.string(),
  bounding: z.string(),
  engine: z.boolean(),
  keys: z.boolean(),
  tenantUrl: z.string().nullable(),
  uploads: z.boolean(),
  releases: z.boolean(),
  dockerHost: z.string().nullable(),
});

/** mkdtemp makes folders only root may enter: the hard case for web. */
const folders: string[] = [];
const configs: Config[] = [];
const install = async (name: string): Promise<Config> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'supervisor test '));
  folders.push(folder);
  const environment = readEnvironment({
    SIAPPAKAI_HOME: path.join(folder, 'home'),
    SIAPPAKAI_NAME: name,
    SIAPPAKAI_TENANT_DATABASE_URL: 'mysql://root:p4ss@127.0.0.1/',
  });
  const config = ensureInstallation(environment, 'demo', await ensureServiceUser());
  configs.push(config);
  return config;
};

const pidOf = async (config: Config, name: string): Promise<number | null> =>
  (await partsStatus(config)).find((part) => part.name === name)?.pid ?? null;
const factsOf = (config: Config, name: string) =>
  factsSchema.parse(JSON.parse(readFileSync(path.join(config.paths.webRun, `run-${name}.txt`), 'utf8')));

/** Waits until `found` is true. How long that takes on a quiet machine is for benches, a test only knows that it comes. */
const until = async (found: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> => {
  const from = Date.now();
  while (!(await found())) {
    if (Date.now() - from > limitMs) throw new Error(`not within ${limitMs} ms`);
    await sleep(20);
  }
};
const told = (config: Config, name: string, pid: number | null): boolean =>
  existsSync(path.join(config.paths.webRun, `run-${name}.txt`)) && factsOf(config, name).pid === pid;
const ready = (config: Config, name: string): Promise<void> =>
  until(async () => told(config, name, await pidOf(config, name)));

/** Kills one process for good and waits until its successor has really started. */
const killed = async (config: Config, name: string): Promise<void> => {
  const before = await pidOf(config, name);
  process.kill(before ?? 0, 'SIGKILL');
  return until(async () => {
    const now = await pidOf(config, name);
    return now !== null && now !== before && told(config, name, now);
  });
};

let config: Config;
beforeAll(async () => {
  config = await install('t-supervisor');
  await startParts(config, ENTRY);
  await Promise.all([ready(config, 'web'), ready(config, 'worker')]);
}, 30_000);
afterAll(async () => {
  for (const one of configs) await stopParts(one);
  for (const folder of folders) rmSync(folder, { recursive: true });
}, 60_000);

it('runs web without rights and the worker as root', async () => {
  const { uid, gid } = await ensureServiceUser();
  expect(factsOf(config, 'web')).toMatchObject({
    uid,
    gid,
    groups: [gid],
    capabilities: '0000000000000000',
    bounding: '0000000000000000',
    engine: false,
    keys: true,
    tenantUrl: null,
    uploads: true,
    releases: false,
    dockerHost: null,
  });
  expect(factsOf(config, 'worker')).toMatchObject({
    uid: 0,
    keys: true,
    tenantUrl: 'mysql://root:p4ss@127.0.0.1/',
    dockerHost: config.dockerHost,
  });
});

it('brings web back, ten times, and the worker', async () => {
  for (let round = 0; round < 10; round += 1) await killed(config, 'web');
  await killed(config, 'worker');
}, 90_000);

it('survives the end of the supervisor: the same parts, watched again', async () => {
  const before = await partsStatus(config);
  const supervisor = livingState(config, 'supervisor')?.pid ?? 0;
  process.kill(supervisor, 'SIGKILL');
  await until(() => (livingState(config, 'supervisor')?.pid ?? supervisor) !== supervisor);
  expect(await partsStatus(config)).toEqual(before);
  await killed(config, 'web');
}, 90_000);

it('takes over a part whose state file is lost, and starts it only once', async () => {
  const before = await pidOf(config, 'web');
  rmSync(path.join(config.paths.run, 'web.json'));
  await until(async () => (await pidOf(config, 'web')) !== null);
  expect(await pidOf(config, 'web')).toBe(before);
}, 10_000);

it('is not fooled by a reused process number', async () => {
  const other = await install('t-supervisor-reuse');
  const own = identify(process.pid);
  const state = { ...own, startTime: (own?.startTime ?? 0) - 1, since: new Date().toISOString(), build: '' };
  writeFileSync(path.join(other.paths.run, 'web.json'), JSON.stringify(state));
  expect(await partsStatus(other)).toEqual([
    { name: 'web', state: 'stopped', pid: null, since: null },
    { name: 'worker', state: 'stopped', pid: null, since: null },
  ]);
  await stopParts(other);
  expect(identify(process.pid)).toEqual(own);
});

it('starts nothing twice when asked twice at once', async () => {
  const before = await partsStatus(config);
  await Promise.all([startParts(config, ENTRY), startParts(config, ENTRY)]);
  expect(await partsStatus(config)).toEqual(before);
}, 30_000);

it('tries a crashing part again at most 5 s later, and leaves the others alone', async () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(restartDelay)).toEqual([0, 250, 500, 1000, 2000, 2000, 2000]);
  const worker = await pidOf(config, 'worker');
  const flag = path.join(config.paths.webRun, 'run-web.crash');
  writeFileSync(flag, '');
  chmodSync(flag, 0o644);
  process.kill((await pidOf(config, 'web')) ?? 0, 'SIGKILL');
  await sleep(6_000);
  rmSync(flag);
  await ready(config, 'web');
  expect(await pidOf(config, 'worker')).toBe(worker);
}, 30_000);

it('stops web before the worker, leaves another installation alone, and starts again', async () => {
  const other = await install('t-supervisor-other');
  await startParts(other, ENTRY);
  await Promise.all([ready(other, 'web'), ready(other, 'worker')]);
  const others = await partsStatus(other);
  const started = Date.now();
  await stopParts(config);
  // Nobody had to be killed: that takes fifteen seconds.
  expect(Date.now() - started).toBeLessThan(14_000);
  expect((await partsStatus(config)).map((part) => part.state)).toEqual(['stopped', 'stopped']);
  const [web, worker] = ['web', 'worker'].map((name) =>
    Number(readFileSync(path.join(config.paths.webRun, `run-${name}.ended`), 'utf8')),
  );
  expect(web).toBeLessThanOrEqual(worker ?? 0);
  await sleep(2_500);
  expect((await partsStatus(config)).map((part) => part.state)).toEqual(['stopped', 'stopped']);
  expect(await partsStatus(other)).toEqual(others);
  await startParts(config, ENTRY);
  await ready(config, 'web');
}, 40_000);

it('ends what does not end by itself, and keeps logs in the home', async () => {
  writeFileSync(path.join(config.paths.webRun, 'run-worker.stubborn'), '');
  await ready(config, 'worker');
  const started = Date.now();
  await stopParts(config);
  expect(Date.now() - started).toBeGreaterThan(15_000);
  expect(Date.now() - started).toBeLessThan(60_000);
  expect((await partsStatus(config)).map((part) => part.state)).toEqual(['stopped', 'stopped']);
  for (const name of ['web', 'worker', 'supervisor']) {
    expect(statSync(path.join(config.paths.logs, `${name}.log`)).mode & 0o777).toBe(0o640);
  }
}, 40_000);
