import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { ulid } from 'ulid';
import { LABEL } from '../../provisioners/contracts';
import { createReleaseSources, importRelease, lintInImage } from '../../provisioners/releases';
import type { Config } from '../config';
import { taskContainer } from '../domain/names';
import type { Logger } from '../logger';
import { Dispatcher } from '../jobs/dispatcher';
import { listen, makeDoorbell } from '../jobs/doorbell';
import { holdWorkerLock } from '../jobs/worker-lock';
import { LogTails } from '../jobs/log-tails';
import { controlUrl } from '../parts/addresses';
import { Coordinator } from '../rollouts/coordinator';
import { Engine } from '../rollouts/engine';
import { Ledger } from '../rollouts/ledger';
import { Observer } from '../rollouts/observer';
import { makeRedactor } from '../rollouts/redactor';
import { ReleaseImporter, type ReleaseTools } from '../services/release-service';
import { loadSettings } from '../services/setting-service';
import { makeHandlers } from '../steps';
import type { World } from '../steps/world';
import { connectRedis, openControl, randomPassword, type Control } from './control';
import { buildReleaseImage, makeWorld, openProxy, openTarget } from './engine';

const BEAT_MS = 3000;

const releaseTools = (control: Control, world: World): ReleaseTools => {
  const { config } = control;
  const sources = createReleaseSources();
  return {
    async fetch(request, onProgress, signal) {
      const { app, location, tag, credential, channel } = request;
      const optional = {
        ...(tag === null ? {} : { tag }),
        ...(credential === null ? {} : { credential }),
        ...(channel === null ? {} : { channel }),
      };
      return importRelease({
        app,
        sources,
        location,
        ...optional,
        storeDir: config.paths.releases,
        workDir: path.join(config.paths.releases, '.kerja'),
        onProgress,
        signal,
      });
    },
    buildImage: (release, log, signal) => buildReleaseImage(config, world.session, release, log, signal),
    async lint(release, image, signal) {
      const name = taskContainer({ installation: config.name }, release.id, 'lint');
      const report = await lintInImage(
        world.session,
        { tag: image, containerName: name, labels: { [LABEL.role]: 'oneshot', [LABEL.app]: release.app } },
        signal,
      );
      return report.errors.map(({ file, line, message }) => ({ path: file, line, message }));
    },
    async discard(release) {
      if (release.image !== null) await world.session.removeImage(release.image);
      if (release.treePath !== null) await rm(release.treePath, { force: true });
    },
  };
};

/** The worker: engine, coordinator, sweeps, observer. Runs until the signal; leases are given back on the way out. */
export const runWorker = async (config: Config, logger: Logger, shutdown: AbortSignal): Promise<void> => {
  const control = await openControl(config, logger, { pool: 24, randomPassword });
  const redactor = makeRedactor();
  const session = await openTarget(config);
  const proxy = openProxy(config, session);
  const world = makeWorld(control, session, proxy, redactor.remember);
  const workerId = ulid();
  const lockPrefix = `sp:${config.id}:worker:`;
  const lock = holdWorkerLock(controlUrl(config), `${lockPrefix}${workerId}`, logger);
  const settings = await loadSettings(control.transact.read);
  const ledger = new Ledger({
    transact: control.transact,
    lockPrefix,
    slots: settings.parallel,
    ring: (id) => control.ringer.ring(id),
  });
  const engine = new Engine({
    workerId,
    transact: control.transact,
    ledger,
    handlers: makeHandlers(world),
    logger,
    shutdown,
    redact: redactor.redact,
  });
  const coordinator = new Coordinator(control.transact, control.apps);
  const prefix = `sp-${config.id}`;
  const bell = makeDoorbell(connectRedis(config, logger), prefix, logger);
  const dispatcher = new Dispatcher({
    engine,
    coordinator,
    transact: control.transact,
    lockPrefix,
    logger,
    doorbell: () => bell,
  });
  control.ringer.ring = (id) => dispatcher.ring(id);
  const bellListener = listen(connectRedis(config, logger), prefix, (id) => dispatcher.work(id), logger);
  const subscriber = await hearRings(config, logger, (id) => dispatcher.ring(id));
  const tails = new LogTails({
    world,
    publisher: control.redis,
    subscriber: connectRedis(config, logger),
    installation: config.id,
    redact: redactor.redact,
    logger,
  });
  await tails.start();
  const observer = new Observer(world, logger, shutdown);
  await observer
    .reconcileAtBoot()
    .catch((error: unknown) => logger.error({ err: error }, 'routes could not be brought in line at boot'));
  dispatcher.start();
  observer.start();
  const importer = new ReleaseImporter({
    transact: control.transact,
    apps: control.apps,
    box: control.box,
    tools: releaseTools(control, world),
    shutdown,
  });
  const beats = startBeats(control, workerId, importer, logger);
  logger.info({ worker: workerId }, 'worker is ready');
  await new Promise<void>((resolve) => shutdown.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(beats);
  observer.stop();
  tails.stop();
  await dispatcher.stop();
  subscriber.disconnect();
  await bellListener.close().catch(() => undefined);
  await lock.close();
  await control.close();
};

const hearRings = async (config: Config, logger: Logger, ring: (id: string | null) => void): Promise<Redis> => {
  const subscriber = connectRedis(config, logger);
  subscriber.on('message', (_channel: string, id: string) => ring(id === '' ? null : id));
  await subscriber.subscribe(`sp:${config.id}:ring`);
  return subscriber;
};

/** Heartbeat for the screens, and imports that wait. A lock of the database keeps two workers from the same import. */
const startBeats = (control: Control, workerId: string, importer: ReleaseImporter, logger: Logger): NodeJS.Timeout => {
  const startedAt = new Date();
  const exclusively = async <T>(name: string, work: () => Promise<T>): Promise<T | null> =>
    control.db.transaction(async (trx) => {
      const key = `sp:${control.config.id}:${name}`;
      const [[row]] = (await trx.raw('SELECT GET_LOCK(?, 0) AS got', [key])) as [[{ got: number }]];
      if (row.got !== 1) return null;
      try {
        return await work();
      } finally {
        await trx.raw('SELECT RELEASE_LOCK(?)', [key]);
      }
    });
  const beat = (): void => {
    control.transact.read.workers
      .beat(workerId, process.pid, startedAt)
      .catch((error: unknown) => logger.warn({ err: error }, 'heartbeat'));
    importer.sweep(exclusively).catch((error: unknown) => logger.error({ err: error }, 'imports'));
  };
  beat();
  return setInterval(beat, BEAT_MS);
};
