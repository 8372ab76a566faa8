import { rm } from 'node:fs/promises';
import path from 'node:path';
import { LABEL, type TargetSession } from '../../provisioners/contracts';
import { ensureRuntimeImage, ensureServiceImage } from '../../provisioners/lib/images';
import type { ImageOptions } from '../../provisioners/lib/image-recipe';
import type { Machine, PartDocument, Started, StatusDocument } from '../cli/context';
import { openSecretBox } from '../auth/secret-box';
import type { Config, Environment, Preset } from '../config';
import { AppError } from '../domain/errors';
import { ensureInstallation, foreseeInstallation, openInstallation } from '../installation';
import { ensurePartSecrets } from '../parts/addresses';
import { ensureEngine } from '../parts/engine';
import { followLog } from '../parts/follow-log';
import { portsOf, requireForeignServices, requireFreePorts, type Port } from '../parts/ground';
import { logFile } from '../parts/log-files';
import { codeRoot, productVersion } from '../parts/part-spec';
import { ensureServiceUser } from '../parts/service-user';
import { removeWalls, startWalls } from '../parts/walls';
import { awaitWeb } from '../parts/web-answer';
import { serviceContainers, startServices } from '../parts/services';
import { forgetParts, partsStatus, startParts, stopParts } from '../supervisor';
import { makeTransactor } from '../stores';
import { ownerPasswords } from '../steps/owners';
import { connectDatabase, migrateDatabase } from '../stores/connect';
import { controlUrl } from '../parts/addresses';
import { doctor } from './doctor';
import { imageOptions, openProxy, openTarget, openTenantDatabase, templatesRoot } from './engine';

const SCHEMA = 'db_gabungan';
const LOCAL_ENGINE = 'unix:///var/run/docker.sock';
/** On a slow disk with cold caches; usually it is a second or two. */
const WEB_MS = 60_000;
const TEST_NAME = 'siappakai-uji';

const withSession = async <T>(
  config: Pick<Config, 'dockerHost' | 'id'>,
  work: (session: TargetSession) => Promise<T>,
): Promise<T> => {
  const session = await openTarget(config);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
};
/** Every image this installation runs on; resolves with the seconds until the last one was there. */
const makeImages = async (session: TargetSession, options: ImageOptions): Promise<number> => {
  const began = Date.now();
  await Promise.all([
    ...(['mariadb', 'redis', 'proxy', 'wall'] as const).map((service) => ensureServiceImage(session, service, options)),
    ensureRuntimeImage(session, '8.2', options).then(() => ensureRuntimeImage(session, '8.4', options)),
  ]);
  return (Date.now() - began) / 1000;
};

/** Tests begin with the images an installation begins with; they stay, and belong to nobody who could be removed. */
const testImages = async (dockerHost: string): Promise<number> => {
  const ground = { name: TEST_NAME, id: TEST_NAME, dockerHost };
  const options = imageOptions(ground, () => undefined, new AbortController().signal);
  return withSession(ground, (session) => makeImages(session, options));
};

const AT_REST: ReadonlySet<string> = new Set(['stopped', 'exited', 'created', 'dead']);
/** Ports that nobody of ours holds: those of an installation that is down, and those it is to move to. */
const portsToTake = async (there: Config, wanted: Config): Promise<readonly Port[]> => {
  const parts = await partsOf(there);
  const rests = (name: string): boolean => parts.some((one) => one.name === name && AT_REST.has(one.state));
  const [now, holders] = [portsOf(there), ['proxy', 'proxy', 'web']];
  return portsOf(wanted).filter(({ port }, at) => port !== now[at]?.port || rests(holders[at] ?? ''));
};

/** Everything that can be said before anything is made; the engine is there afterwards. */
const prepareGround = async (
  environment: Environment,
  preset: Preset,
  progress: (line: string) => void,
): Promise<void> => {
  const { there, wanted } = foreseeInstallation(environment, preset);
  if (there === null) await requireFreePorts(portsOf(wanted));
  await requireForeignServices(wanted);
  progress(`== engine (${await ensureEngine(wanted.dockerHost)})`);
  if (there !== null) await requireFreePorts(await portsToTake(there, wanted));
};

const up = async (environment: Environment, preset: Preset, progress: (line: string) => void): Promise<Started> => {
  await prepareGround(environment, preset, progress);
  const user = await ensureServiceUser();
  const config = ensureInstallation(environment, preset, { uid: user.uid, gid: user.gid });
  ensurePartSecrets(config, user.gid);
  const imageSeconds = await withSession(config, async (session) => {
    const proxy = openProxy(config, session);
    const options = imageOptions(config, quiet(progress), new AbortController().signal);
    // Images are made beside the services that wait for theirs: a fresh machine spends its time on Debian's mirror.
    const [seconds] = await Promise.all([
      makeImages(session, options),
      startServices(config, session, options, user, () => proxy.prepare()),
      startWalls(config, session, options),
    ]);
    return seconds;
  });
  progress(`== services ready, images in ${imageSeconds.toFixed(1)} s`);
  const db = connectDatabase(controlUrl(config), 2);
  await migrateDatabase(db).finally(() => db.destroy());
  await startParts(config);
  await awaitWeb({ dashboardPort: config.dashboardPort, log: logFile(config, 'web'), forMs: WEB_MS });
  progress('== web and worker run');
  return { config, imageSeconds };
};
/** Package managers talk a lot; one line per image and step is enough. */
const quiet = (progress: (line: string) => void): ((line: string) => void) => {
  let last = '';
  return (line) => {
    const step = /^(\S+: (?:Setting up|Retrieving|Get:1|I: Base)|== )/.exec(line)?.[1] ?? '';
    if (step === '' || step === last) return;
    last = step;
    progress(`   ${line.slice(0, 120)}`);
  };
};

const partsOf = async (config: Config): Promise<readonly PartDocument[]> => {
  const processes = (await partsStatus(config)).map((one) => ({ ...one, container: null }));
  const session = await openTarget(config).catch(() => null);
  const containers = await Promise.all(
    serviceContainers(config).map(async ({ name, container }): Promise<PartDocument> => {
      const facts = session === null ? null : await session.inspect(container).catch(() => null);
      return {
        name,
        state: session === null ? 'unknown' : (facts?.state ?? 'stopped'),
        pid: facts?.pid ?? null,
        container,
        since: facts?.startedAt ?? null,
      };
    }),
  );
  await session?.close();
  return [...processes, ...containers];
};

const stopContainers = async (session: TargetSession, roles: readonly string[], seconds: number): Promise<void> => {
  for (const role of roles) {
    const found = await session.find({ [LABEL.role]: role });
    await Promise.all(found.map((one) => session.stop(one.name, seconds)));
  }
};
const down = async (config: Config, what: 'parts' | 'all'): Promise<void> => {
  await stopParts(config);
  await withSession(config, async (session) => {
    await stopContainers(session, ['redis'], 20);
    if (what === 'parts') return;
    await stopContainers(session, ['oneshot', 'village'], 10);
    await stopContainers(session, ['proxy'], 10);
    await stopContainers(session, ['mariadb'], 300);
    await stopContainers(session, ['wall'], 5);
  });
};

/** Everything that carries the label of this installation, then its home. */
const destroy = async (config: Config): Promise<void> => {
  await forgetParts(config);
  await withSession(config, async (session) => {
    await removeWalls(config, session);
    const everything = await session.find({});
    await Promise.all(
      everything.map(async (one) => {
        await session.stop(one.name, 10);
        await session.remove(one.name);
      }),
    );
    await session.removeEverything(config.name);
  });
  await rm(config.home, { recursive: true, force: true });
};

/** As the schema's owner, whose rows tell its password. */
const databaseShell = (config: Config, sql: string | null): Promise<number> =>
  withSession(config, async (session) => {
    if (sql === null) throw new AppError('invalid_input', { problem: 'sql_missing' }, { field: 'execute' });
    const db = connectDatabase(controlUrl(config), 1);
    const { read } = makeTransactor(db, () => undefined);
    const owners = ownerPasswords(read, openSecretBox(config.paths.masterKeys));
    const database = openTenantDatabase(config, session, owners);
    try {
      const rows = await database.query(SCHEMA, sql, []);
      process.stdout.write(`${JSON.stringify(rows)}\n`);
      return 0;
    } finally {
      await database.close();
      await db.destroy();
    }
  });

const printContainer = (
  config: Config,
  container: string,
  follow: 'follow' | 'once',
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> =>
  withSession(config, async (session) => {
    for await (const line of session.logs(container, { tail: 200, follow: follow === 'follow', signal }))
      print(`${line.at} ${line.text}`);
  });

const statusOf = async (config: Config): Promise<StatusDocument> => ({
  installation: { name: config.name, id: config.id, home: config.home, version: productVersion() },
  urls: { dashboard: `http://127.0.0.1:${config.dashboardPort}/`, loginLink: null },
  parts: await partsOf(config),
});

/** Everything the command line does to this machine outside the services. */
export const makeMachine = (environment: Environment): Machine => {
  const config = (): Config => openInstallation(environment);
  return {
    samples: path.join(templatesRoot(), 'samples'),
    up: (preset, progress) => up(environment, preset, progress),
    down: (what) => down(config(), what),
    destroy: () => destroy(config()),
    status: () => statusOf(config()),
    doctor: () => doctor(config(), () => partsOf(config())),
    async partLog(part, follow, print, signal) {
      const service = serviceContainers(config()).find((one) => one.name === part);
      if (service !== undefined) return printContainer(config(), service.container, follow, print, signal);
      if (part !== 'web' && part !== 'worker' && part !== 'supervisor')
        throw new AppError('invalid_input', { problem: 'part_unknown', part }, { field: 'part' });
      return followLog(logFile(config(), part), follow, print, signal);
    },
    containerLog: (container, follow, print, signal) => printContainer(config(), container, follow, print, signal),
    databaseShell: (sql) => databaseShell(config(), sql),
    databaseDump: (file, signal) =>
      withSession(config(), async (session) => {
        const database = openTenantDatabase(config(), session);
        const dump = await database.dump(SCHEMA, path.resolve(file), signal).finally(() => database.close());
        return { bytes: dump.bytes, sha256: dump.sha256, tables: dump.tables };
      }),
    testRun: () => ({
      root: codeRoot(),
      ensureEngine: async () => ensureEngine(environment.dockerHost ?? LOCAL_ENGINE),
      ensureImages: async () => testImages(environment.dockerHost ?? LOCAL_ENGINE),
      say: (line) => void process.stdout.write(`${line}\n`),
    }),
  };
};
