import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ulid } from 'ulid';
import { makeInternalCa } from '../../provisioners/lib/internal-ca';
import { createReleaseSources, importRelease } from '../../provisioners/releases';
import { loadApps } from '../../provisioners/registry';
import { openSecretBox } from '../../server/auth/secret-box';
import type { Config } from '../../server/config';
import { TERMINAL } from '../../server/domain/actor';
import { isRolloutActive } from '../../server/domain/rollout';
import { Secret } from '../../server/domain/secret';
import { openApiDocument } from '../../server/http/api/openapi';
import { ensureInstallation } from '../../server/installation';
import { Coordinator } from '../../server/rollouts/coordinator';
import type { Operation } from '../../server/services/operations/operation';
import { AuthService } from '../../server/services/auth-service';
import { HostService } from '../../server/services/host-service';
import { ReleaseImporter } from '../../server/services/release-service';
import { SettingService } from '../../server/services/setting-service';
import { SetupService } from '../../server/services/setup-service';
import { TokenService } from '../../server/services/token-service';
import { wrongIn, type ApiDocument } from './api-client';
import { CommandLine } from './command-line';
import { tokensBy } from './fake-tokens';
import { serveRepositories, type GitServer } from './git-over-https';
import { fakePretended } from './pretended-apps';
import { readTree, writeRepository, writeTree, zipEntries, zipOf } from './release-fixtures';
import { openBench, type RolloutBench } from './rollout-bench';
import { freePort } from './private-server';
import { DATASET, regionSource, SMALL_REGIONS } from './small-region';
import { startRedis } from './redis';

const SAMPLE = path.join(__dirname, '../../deploy-templates/samples/opensid-2410.0.0');
const LOGO = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const [KABUPATEN, PATTERN] = ['33.05', '{desa}.kec-{kec}.kebumenkab.go.id'];
export const ADMIN = 'admin@kebumenkab.go.id';
/** bare: as after the first `up`. ready: set up, releases there. installed: two desa serve the older release. */
export type Scene = 'bare' | 'ready' | 'installed';
export const INSTALLED = ['33.05.05.2011', '33.05.12.1026'] as const;

export interface DocsWorld {
  readonly bench: RolloutBench;
  readonly line: CommandLine;
  /** With the addresses of the database and of Redis. */
  readonly config: Config;
  /** Holds everything of this world that lies on the disk. */
  readonly folder: string;
  /** What an answer has against the document of REST. */
  wrong(operation: Operation, answer: unknown): readonly string[];
  /** What a person would have on a USB disk. */
  readonly usb: string;
  readonly repository: string;
  /** The installation as it is in that scene; made anew when it was left otherwise. */
  enter(scene: Scene): Promise<void>;
  /** What follows begins with a fresh scene. */
  spoil(): void;
  /** Works on whatever is started from now on; off = it only stands. */
  attend(how: 'on' | 'off'): Promise<void>;
  /** Starts a rollout and brings it so far that its desa wait for their turn; nobody works on it. */
  begin(...argv: readonly string[]): Promise<string>;
  /** Waits until a rollout is over, or stands still. */
  settled(id: string): Promise<string>;
  close(): Promise<void>;
}

const layDisk = async (folder: string): Promise<GitServer> => {
  const usb = path.join(folder, 'usb');
  const tree = await readTree(SAMPLE);
  mkdirSync(usb, { recursive: true });
  writeFileSync(path.join(usb, 'opensid-2410.0.0.zip'), zipOf(zipEntries(tree, 'OpenSID-2410.0.0/')));
  writeFileSync(path.join(usb, 'logo.png'), Buffer.from(LOGO, 'base64'));
  const named = SMALL_REGIONS.map((one) => [one.kode, one.kode === '33.05.05.2012' ? 'Tambakprogaten Baru' : one.nama]);
  const { regulation, source } = DATASET;
  const list = { regulation, source, date: '2027-01-01', regions: Object.fromEntries(named) as unknown };
  writeFileSync(path.join(usb, 'wilayah.json'), JSON.stringify(list));
  const ca = makeInternalCa(path.join(folder, 'ca'), 'CA kantor');
  const own = await ca.issue(['klirong.kec-klirong.kebumenkab.go.id']);
  const pems = [await ca.certificate(), own.certificate, own.key];
  for (const [at, name] of ['akar.pem', 'kebumenkab.pem', 'kunci.pem'].entries())
    writeFileSync(path.join(usb, name), pems[at]!, { mode: 0o600 });
  const root = path.join(folder, 'git');
  await writeTree(root, {});
  await writeRepository(root, tree, 'v2410.0.0');
  return serveRepositories({ root, login: null });
};

const importerOf = async (bench: RolloutBench, config: Config, shutdown: AbortSignal, caFile: string) => {
  const sources = createReleaseSources(undefined, { GIT_SSL_CAINFO: caFile });
  const { releases } = config.paths;
  return new ReleaseImporter({
    transact: bench.bench.transact,
    apps: await loadApps(),
    box: openSecretBox(config.paths.masterKeys),
    shutdown,
    tools: {
      fetch: async ({ app, location, tag }, onProgress, signal) => {
        const work = { storeDir: releases, workDir: path.join(releases, '.kerja') };
        const request = { app, sources, location, ...(tag === null ? {} : { tag }) };
        return importRelease({ ...request, ...work, onProgress, signal });
      },
      buildImage: async ({ app, version }) => ({ tag: `${app}:${version}`, id: `sha256:${version}` }),
      lint: async () => [],
      discard: async ({ treePath }) => {
        if (treePath !== null) rmSync(treePath, { force: true });
      },
    },
  });
};

/** The real command line, coordinator, engine and importer; containers, proxy and shared database are pretended. */
export const openDocsWorld = async (): Promise<DocsWorld> => {
  const folder = mkdtempSync(path.join(tmpdir(), 't-docs-'));
  const [redis, repositories] = await Promise.all([startRedis(), layDisk(folder)]);
  const [httpPort, httpsPort, dashboardPort] = [await freePort(), await freePort(), await freePort()];
  const environment = {
    ...{ home: path.join(folder, 'home'), name: 't', httpPort, httpsPort, dashboardPort },
    ...{
      databaseUrl: null,
      tenantDatabaseUrl: null,
      redisUrl: new Secret(redis.url),
      dockerHost: null,
      language: null,
    },
  };
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const config = ensureInstallation(environment, 'production', own);
  const bench = await openBench(fakePretended, {
    policy: {},
    secrets: { box: openSecretBox(config.paths.masterKeys), remove: () => undefined },
    tokensOf: (transactor, box) => tokensBy(new TokenService({ transactor, box, httpsPort })),
  });
  const { url } = bench.bench.control;
  const port = Number(new URL(url).port);
  const document = JSON.parse(JSON.stringify(openApiDocument('0'))) as ApiDocument;
  const line = new CommandLine(
    { config, redis, mariadb: { url: url.replace(/\/control$/, ''), port } },
    { wrong: (...given) => wrongIn(document, ...given) },
  );
  const shutdown = new AbortController();
  const importer = await importerOf(bench, config, shutdown.signal, repositories.caFile);
  const importing = (async () => {
    while (!shutdown.signal.aborted) {
      await importer.sweep(async (_name, work) => work());
      await sleep(50);
    }
  })();

  const transactor = bench.bench.transact;
  const setUp = async (): Promise<void> => {
    const auth = new AuthService(transactor);
    const setup = new SetupService({
      ...{ transactor, regions: regionSource(), auth },
      previewHosts: new HostService().preview,
    });
    const admin = { adminEmail: ADMIN, adminName: 'Ani', adminPassword: 'Sawah-Padi-2026' };
    await setup.run(TERMINAL, { kabupaten: KABUPATEN, domainPattern: PATTERN, ...admin });
    await new SettingService(transactor).change(TERMINAL, { soakSeconds: 0 });
    // What a person is to bring by the documented commands is not there yet.
    await bench.bench.control.db('releases').where({ app: 'opensid', version: '2410.0.0' }).delete();
  };
  const coordinator = new Coordinator(transactor, fakePretended.apps);
  let stop: (() => Promise<void>) | null = null;
  let scene: Scene | null = null;
  const world: DocsWorld = {
    ...{ bench, line, folder, usb: path.join(folder, 'usb') },
    config: { ...config, databaseUrl: new Secret(url) },
    wrong: ({ name, status }, answer) => wrongIn(document, name, status ?? 200, answer),
    repository: `${repositories.origin}/repository.git`,
    async enter(wanted) {
      if (scene === wanted) return world.attend('on');
      await world.attend('off');
      await bench.reset();
      scene = wanted;
      if (wanted !== 'bare') await setUp();
      await world.attend('on');
      if (wanted !== 'installed') return;
      const releases = ['opensid', 'api', 'pbb'].flatMap((app) => ['--release', `${app}@2409.0.0`]);
      const { code, said } = await line.tell(['desa', 'install', ...INSTALLED, ...releases, '--wait', '--json']);
      if (code !== 0) throw new Error(said);
      const image = { id: ulid(), version: '2410.0.0', channel: 'umum', state: 'ready', image: 'opensid:2410.0.0' };
      await bench.bench.control
        .db('releases')
        .insert({ ...image, app: 'opensid', source: 's', requested_by: 't', ready_at: new Date() });
    },
    spoil() {
      scene = null;
    },
    async attend(how) {
      if (how === 'on') stop ??= await bench.attend();
      else {
        await stop?.();
        stop = null;
      }
    },
    async begin(...argv) {
      await world.attend('off');
      const { code, out, said } = await line.tell([...argv, '--json']);
      if (code !== 0) throw new Error(said);
      const { rolloutId } = JSON.parse(out) as { readonly rolloutId: string };
      while (await coordinator.tick(rolloutId));
      return rolloutId;
    },
    async settled(id) {
      const until = Date.now() + 30_000;
      for (;;) {
        const state = (await transactor.read.rollouts.find(id))?.state ?? 'failed';
        if (!isRolloutActive(state) || state === 'halted' || state === 'paused') return state;
        if (Date.now() > until) throw new Error(`${id} is ${state}`);
        await sleep(50);
      }
    },
    async close() {
      shutdown.abort();
      await importing;
      await world.attend('off');
      await Promise.all([bench.close(), redis.stop(), repositories.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
};
