import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { ulid } from 'ulid';
import { openAcme } from '../../provisioners/authorities/acme';
import { LABEL } from '../../provisioners/contracts';
import { createReleaseSources, importRelease, lintInImage } from '../../provisioners/releases';
import type { Config } from '../config';
import { taskContainer } from '../domain/names';
import type { Logger } from '../logger';
import { keepCertificates } from '../jobs/certificate-rounds';
import { Dispatcher } from '../jobs/dispatcher';
import { listen, makeDoorbell } from '../jobs/doorbell';
import { holdWorkerLock } from '../jobs/worker-lock';
import { LogTails } from '../jobs/log-tails';
import { Meter } from '../jobs/meter';
import { TokenRenewal } from '../jobs/token-renewal';
import { controlUrl } from '../parts/addresses';
import { Coordinator } from '../rollouts/coordinator';
import { Engine } from '../rollouts/engine';
import { Ledger } from '../rollouts/ledger';
import { Observer } from '../rollouts/observer';
import { makeRedactor } from '../rollouts/redactor';
import { CertificateKeeper } from '../services/certificate-keeper';
import { ReleaseImporter, type ReleaseTools } from '../services/release-service';
import { loadSettings } from '../services/setting-service';
import { makeHandlers } from '../steps';
import type { World } from '../steps/world';
import { connectRedis, openControl, randomPassword, type Control } from './control';
import { doChores } from './chores';
import { exclusiveIn } from './exclusive';
import { buildReleaseImage, makeWorld, openProxy, openTarget } from './engine';
import { watchMachine } from './watch-machine';

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
      const uploaded = path.dirname(location) === config.paths.uploads;
      const work = { storeDir: config.paths.releases, workDir: path.join(config.paths.releases, '.kerja') };
      try {
        return await importRelease({ app, sources, location, ...optional, ...work, onProgress, signal });
      } finally {
        // What a browser brought is needed once; after a crash the import begins with it again.
        if (uploaded && !signal.aborted) await rm(location, { force: true });
      }
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

interface Core {
  readonly control: Control;
  readonly world: World;
  readonly redact: (line: string) => string;
  readonly logger: Logger;
  readonly shutdown: AbortSignal;
  readonly workerId: string;
  readonly lockPrefix: string;
}

/** Engine and coordinator behind one dispatcher; the doorbell is a shortcut, the sweep the guarantee. */
const makeDispatcher = async (core: Core): Promise<{ readonly dispatcher: Dispatcher; close(): Promise<void> }> => {
  const { control, logger, lockPrefix, workerId, shutdown, redact } = core;
  const { transact, config } = control;
  const slots = (await loadSettings(transact.read)).parallel;
  const ledger = new Ledger({ transact, lockPrefix, slots, ring: (id) => control.ringer.ring(id) });
  const handlers = makeHandlers(core.world);
  const engine = new Engine({ workerId, transact, ledger, handlers, logger, shutdown, redact });
  const prefix = `sp-${config.id}`;
  const [ringing, hearing] = [connectRedis(config, logger), connectRedis(config, logger)];
  const bell = makeDoorbell(ringing, prefix, logger);
  const coordinator = new Coordinator(transact, control.apps);
  const dispatcher = new Dispatcher({ engine, coordinator, transact, lockPrefix, slots, logger, doorbell: () => bell });
  control.ringer.ring = (id) => dispatcher.ring(id);
  const listener = listen(hearing, prefix, (id) => dispatcher.work(id), logger);
  const subscriber = hearRings(config, logger, (id) => dispatcher.ring(id));
  return {
    dispatcher,
    async close() {
      await dispatcher.stop();
      subscriber.disconnect();
      await Promise.allSettled([listener.close(), bell.close()]);
      // They are ours, not the queue's: one left open keeps the process alive until it is killed.
      for (const one of [ringing, hearing]) one.disconnect();
    },
  };
};

const openCore = async (config: Config, logger: Logger, shutdown: AbortSignal): Promise<Core> => {
  const control = await openControl(config, logger, { pool: 24, randomPassword });
  const redactor = makeRedactor();
  const session = await openTarget(config);
  const world = makeWorld(control, session, openProxy(config, session), redactor.remember);
  return {
    control,
    world,
    redact: redactor.redact,
    logger,
    shutdown,
    workerId: ulid(),
    lockPrefix: `sp:${config.id}:worker:`,
  };
};

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

/**
 * The worker: engine, coordinator, sweeps, observer. Runs until the signal; leases are given back on the way out. It
 * begins when its lock is held: work claimed without it would look like a dead worker's to every other one.
 */
export const runWorker = async (config: Config, logger: Logger, shutdown: AbortSignal): Promise<void> => {
  const core = await openCore(config, logger, shutdown);
  const { control, world, workerId } = core;
  const lock = holdWorkerLock(controlUrl(config), `${core.lockPrefix}${workerId}`, logger);
  const work = await makeDispatcher(core);
  const tails = startTails(core);
  const observer = new Observer(world, logger, shutdown);
  await observer
    .reconcileAtBoot()
    .catch((error: unknown) => logger.error({ err: error }, 'routes could not be brought in line at boot'));
  await Promise.race([lock.ready, ended(shutdown)]);
  work.dispatcher.start();
  observer.start();
  new Meter(world, logger, shutdown).start();
  const importer = new ReleaseImporter({
    transact: control.transact,
    apps: control.apps,
    box: control.box,
    tools: releaseTools(control, world),
    shutdown,
  });
  const beats = startBeats(control, workerId, importer, logger);
  const renewal = startRenewal(core);
  watchMachine(control, logger, shutdown);
  doChores(core, exclusiveIn(control));
  startCertificates(core);
  logger.info({ worker: workerId }, 'worker is ready');
  await ended(shutdown);
  clearInterval(beats);
  observer.stop();
  renewal.stop();
  tails.stop();
  await work.close();
  await lock.close();
  await Promise.allSettled([world.databaseServer.close(), world.session.close()]);
  await control.close();
};

const startTails = ({ control, world, redact, logger }: Core): LogTails => {
  const { config, redis: publisher } = control;
  const subscriber = connectRedis(config, logger);
  const tails = new LogTails({ world, publisher, subscriber, installation: config.id, redact, logger });
  tails.start();
  return tails;
};

/** Redis may be away at the start: the subscription is made when it comes, nobody waits for it. */
const hearRings = (config: Config, logger: Logger, ring: (id: string | null) => void): Redis => {
  const subscriber = connectRedis(config, logger);
  subscriber.on('message', (_channel: string, id: string) => ring(id === '' ? null : id));
  subscriber
    .subscribe(`sp:${config.id}:ring`)
    .catch((error: unknown) => logger.warn({ err: error }, 'rings are not heard; sweeps go on'));
  return subscriber;
};

const startRenewal = ({ control, world, logger }: Core): TokenRenewal => {
  const { tokens, rollouts } = control.services;
  const renewal = new TokenRenewal({ world, tokens, rollouts, exclusively: exclusiveIn(control), logger });
  renewal.start();
  return renewal;
};

const startCertificates = ({ control, world, logger, shutdown }: Core): void => {
  const { transact, box, proxy } = world;
  const now = (): Date => new Date();
  const keeper = new CertificateKeeper({ transact, box, proxy, openAuthority: openAcme, logger, shutdown, now });
  keepCertificates({ keeper, exclusively: exclusiveIn(control), logger, shutdown });
};

/** Heartbeat for the screens, and imports that wait. */
const startBeats = (control: Control, workerId: string, importer: ReleaseImporter, logger: Logger): NodeJS.Timeout => {
  const startedAt = new Date();
  const exclusively = exclusiveIn(control);
  const beat = (): void => {
    control.transact.read.workers
      .beat(workerId, process.pid, startedAt)
      .catch((error: unknown) => logger.warn({ err: error }, 'heartbeat'));
    importer.sweep(exclusively).catch((error: unknown) => logger.error({ err: error }, 'imports'));
  };
  beat();
  return setInterval(beat, BEAT_MS);
};
