import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { loadApps } from '../../provisioners/registry';
import { openSecretBox } from '../../server/auth/secret-box';
import type { Config } from '../../server/config';
import { TERMINAL } from '../../server/domain/actor';
import { Secret } from '../../server/domain/secret';
import { ensureInstallation } from '../../server/installation';
import { ensurePartSecrets, webSocketFile } from '../../server/parts/addresses';
import { FRUGAL, partArguments, type PartName } from '../../server/parts/part-spec';
import { AuthService } from '../../server/services/auth-service';
import { connectDatabase, migrateDatabase, type Db } from '../../server/stores/connect';
import { makeTransactor, type Transactor } from '../../server/stores';
import { startMariadb, type TestMariadb } from '../../test/helpers/mariadb';
import { freePort, makeServerFolder } from '../../test/helpers/private-server';
import { startRedis, type TestRedis } from '../../test/helpers/redis';
import { buildProduct } from './build';
import { seedFleet, type Seeded, type SeedWish } from './seed';

export interface FleetWorld {
  readonly origin: string;
  readonly config: Config;
  readonly db: Db;
  /** What is written here is told to the web process like the writes of the worker. */
  readonly transact: Transactor;
  readonly seeded: Seeded;
  readonly redis: TestRedis;
  readonly mariadb: TestMariadb;
  readonly webPid: number;
  /** Address that signs the admin in, once. */
  signInLink(): Promise<string>;
  /** Starts one more part of the installation, e.g. the worker. */
  startPart(name: PartName, environment?: Readonly<Record<string, string>>): Promise<ChildProcess>;
  stop(): Promise<void>;
}
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const STOP_MS = 8000;

const ended = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', resolve));
const endPart = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended(child);
  clearTimeout(late);
};

const openConfig = async (home: string, databaseUrl: string, redisUrl: string): Promise<Config> => {
  const [dashboardPort, httpPort, httpsPort] = [await freePort(), await freePort(), await freePort()];
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const urls = { databaseUrl: new Secret(databaseUrl), redisUrl: new Secret(redisUrl), tenantDatabaseUrl: null };
  const config = ensureInstallation(
    { home, name: 'bench', httpPort, httpsPort, dashboardPort, ...urls, dockerHost: null, language: null },
    'production',
    owner,
  );
  ensurePartSecrets(config, owner.gid);
  mkdirSync(path.dirname(webSocketFile(config)), { recursive: true });
  return config;
};

const awaitAnswer = async (origin: string, child: ChildProcess): Promise<void> => {
  for (;;) {
    const answer = await fetch(`${origin}/healthz`).catch(() => null);
    if (answer?.ok === true) return;
    if (child.exitCode !== null) throw new Error(`web ended with ${child.exitCode}`);
    await sleep(100);
  }
};

/** What a failed start left behind is taken away. */
const orClean = async <T>(home: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
};

/**
 * The built web process on a MariaDB and a Redis of its own, before a seeded fleet. Nothing outlives this process. `built` = a product of
 * `buildProduct`, for who starts several.
 */
export const startFleet = async (wish: SeedWish, built: string | null = null): Promise<FleetWorld> => {
  const home = makeServerFolder('sp-bench-');
  return orClean(home, async () => {
    if (built === null) say('building');
    return open(home, wish, built ?? (await buildProduct(path.join(home, 'product'))));
  });
};

const open = async (home: string, wish: SeedWish, product: string): Promise<FleetWorld> => {
  const [mariadb, redis] = await Promise.all([startMariadb(), startRedis()]);
  const admin = connectDatabase(`${mariadb.url}/mysql`, 1);
  await admin.raw('CREATE DATABASE control CHARACTER SET utf8mb4');
  await admin.destroy();
  const config = await openConfig(path.join(home, 'home'), `${mariadb.url}/control`, redis.url);
  const db = connectDatabase(`${mariadb.url}/control`, 8);
  await migrateDatabase(db);
  const publisher = new Redis(redis.url, { maxRetriesPerRequest: 1 });
  publisher.on('error', () => undefined);
  const transact = makeTransactor(db, (touched) => {
    for (const [stream, seq] of touched)
      publisher.publish(`sp:${config.id}:events`, `${stream} ${seq}`).catch(() => undefined);
  });
  say(`seeding ${wish.state}`);
  const seeded = await seedFleet(transact, openSecretBox(config.paths.masterKeys), await loadApps(), wish);
  const children: ChildProcess[] = [];
  const startPart = async (name: PartName, more: Readonly<Record<string, string>> = {}): Promise<ChildProcess> => {
    const entry = path.join(product, 'dist', 'server', 'main.js');
    const env = { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', HOME: home, SIAPPAKAI_HOME: config.home };
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, entry, ...partArguments(config, name)], {
      env: { ...FRUGAL, ...env, ...more },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.push(child);
    return child;
  };
  const web = await startPart('web');
  const origin = `http://127.0.0.1:${config.dashboardPort}`;
  await awaitAnswer(origin, web);
  return {
    origin,
    config,
    db,
    transact,
    seeded,
    redis,
    mariadb,
    webPid: web.pid ?? -1,
    async signInLink() {
      const { token } = await new AuthService(transact).createSignInLink(TERMINAL, null);
      return `${origin}/masuk/${token}`;
    },
    startPart,
    async stop() {
      await Promise.all(children.map(endPart));
      publisher.disconnect();
      await db.destroy();
      await Promise.all([mariadb.stop(), redis.stop()]);
      rmSync(home, { recursive: true, force: true });
    },
  };
};

const HERTZ = 100;
/** Processor time a process has used since it began, in ms; what else the machine does changes it little. */
export const usedCpuMs = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / HERTZ;
};
