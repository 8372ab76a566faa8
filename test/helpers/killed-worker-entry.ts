/** The worker's engine, coordinator and importer in a process of its own; what is outside is its parent's. It stops where it is told to. */
import path from 'node:path';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { ulid } from 'ulid';
import { z } from 'zod';
import type { DatabaseServer, Proxy, TargetSession } from '../../provisioners/contracts';
import { createReleaseSources, importRelease } from '../../provisioners/releases';
import { openSecretBox } from '../../server/auth/secret-box';
import { kodeKabupatenSchema } from '../../server/domain/kode-wilayah';
import { DEFAULT_SETTINGS } from '../../server/domain/settings';
import { Dispatcher } from '../../server/jobs/dispatcher';
import { listen, makeDoorbell } from '../../server/jobs/doorbell';
import { holdWorkerLock } from '../../server/jobs/worker-lock';
import { Coordinator } from '../../server/rollouts/coordinator';
import { Engine } from '../../server/rollouts/engine';
import { Ledger } from '../../server/rollouts/ledger';
import { Observer } from '../../server/rollouts/observer';
import { ReleaseImporter, type ReleaseTools } from '../../server/services/release-service';
import { makeHandlers } from '../../server/steps';
import { makeRouteTable } from '../../server/steps/route-table';
import type { World } from '../../server/steps/world';
import { makeTransactor } from '../../server/stores';
import { connectDatabase } from '../../server/stores/connect';
import { exclusiveIn } from '../../server/wiring/exclusive';
import {
  actOfImport,
  hookHandlers,
  hookLedger,
  hookTools,
  hookTransactor,
  type Reach,
  type Spot,
} from '../kills/hooks';
import { wireToParent, type Stop, type ToWorker } from '../kills/wire';
import { noTokens } from './fake-tokens';
import { samplePretended } from './pretended-samples';

const facts = z
  .object({ name: z.string(), url: z.string(), redis: z.string(), keys: z.string(), folder: z.string() })
  .parse(JSON.parse(process.argv[2] ?? ''));
const PREFIX = `sp:${facts.name}:worker:`;
const logger = pino({ level: 'silent' });
const shutdown = new AbortController().signal;
const wire = wireToParent((message) => void process.send?.(message));

let stop: Stop | null = null;
let turns = 0;
let goOn = (): void => undefined;
const isAt = (at: Stop, spot: Spot): boolean =>
  at.work === spot.work && at.step === spot.step && at.moment === spot.moment && (at.act === 0 || at.act === spot.act);
const reach: Reach = async ({ work, step, moment, act }) => {
  const spot = { work, step, moment, act };
  wire.send({ say: 'passed', spot });
  if (stop === null || !isAt(stop, spot)) return;
  turns += 1;
  if (turns !== stop.turn) return;
  stop = null;
  const going = new Promise<void>((resolve) => (goOn = resolve));
  wire.send({ say: 'stopped', spot });
  await going;
};

const connect = (): Redis => {
  const redis = new Redis(facts.redis, { maxRetriesPerRequest: null, retryStrategy: () => 1000 });
  redis.on('error', () => undefined);
  return redis;
};
const db = connectDatabase(facts.url, 12);
const transact = hookTransactor(
  makeTransactor(db, () => undefined),
  reach,
);
const { apps } = samplePretended;
const box = openSecretBox(facts.keys);
const proxy = wire.remote<Proxy>('proxy', { name: 'fake' });
const outside = wire.remote<Pick<World, 'privateGet' | 'readRelease'>>('world');
const world: World = {
  installation: { name: facts.name, id: facts.name, httpsPort: 443, dashboardPort: 8700 },
  folders: { dumps: facts.folder, archives: facts.folder },
  transact,
  apps,
  session: wire.remote<TargetSession>('session', { installation: facts.name }),
  databaseServer: wire.remote<DatabaseServer>('databaseServer', { name: 'fake', endpoint: { port: 3306 } }),
  proxy,
  routes: makeRouteTable({ transact, apps, proxy, shown: async () => ({ dashboard: null }) }),
  box,
  probe: wire.remote<World['probe']>('probe'),
  privateGet: outside.privateGet,
  settings: async () => ({
    ...DEFAULT_SETTINGS,
    kabupaten: { kode: kodeKabupatenSchema.parse('33.05'), nama: 'Kebumen' },
  }),
  tokens: noTokens(transact, box),
  ensureReleaseImage: async (release) => release.image ?? '',
  readRelease: outside.readRelease,
  rememberSecret: () => undefined,
};

const built = wire.remote<Pick<ReleaseTools, 'buildImage' | 'lint' | 'discard'>>('importer');
const tools: ReleaseTools = {
  async fetch({ app, location }, onProgress, signal) {
    const sources = createReleaseSources().map((source) => ({
      ...source,
      accepts: (where: string) => source.accepts(where),
      fetch: async (...given: Parameters<typeof source.fetch>) => {
        const label = await source.fetch(...given);
        await actOfImport(reach);
        return label;
      },
    }));
    const places = { storeDir: path.join(facts.folder, 'rilis'), workDir: path.join(facts.folder, 'rilis', '.kerja') };
    return importRelease({ app, sources, location, ...places, onProgress, signal });
  },
  async buildImage(release, log, signal) {
    const image = await built.buildImage(release, log, signal);
    await actOfImport(reach);
    return image;
  },
  async lint(release, image, signal) {
    const found = await built.lint(release, image, signal);
    await actOfImport(reach);
    return found;
  },
  discard: (release) => built.discard(release),
};

let busy = 0;
class CountedEngine extends Engine {
  override async work(id: string): Promise<void> {
    busy += 1;
    await super.work(id).finally(() => (busy -= 1));
  }
}

/** As `runWorker` does it, with the outside at the other end of the wire. */
const begin = async (): Promise<void> => {
  const id = ulid();
  const lock = holdWorkerLock(facts.url, `${PREFIX}${id}`, logger);
  const HookedLedger = hookLedger(Ledger);
  const ring = (rollout: string | null): void => dispatcher.ring(rollout);
  const ledger = new HookedLedger({ transact, lockPrefix: PREFIX, slots: 4, ring });
  const handlers = hookHandlers(makeHandlers, reach)(world);
  const engine = new CountedEngine({
    ...{ workerId: id, transact, ledger, handlers, logger, shutdown },
    redact: (line) => line,
  });
  const bell = makeDoorbell(connect(), `sp-${facts.name}`, logger);
  const coordinator = new Coordinator(transact, apps);
  const dispatcher = new Dispatcher({
    ...{ engine, coordinator, transact, lockPrefix: PREFIX, slots: 4, logger },
    doorbell: () => bell,
  });
  listen(connect(), `sp-${facts.name}`, (one) => dispatcher.work(one), logger);
  const subscriber = connect();
  subscriber.on('message', (_channel: string, rollout: string) => dispatcher.ring(rollout === '' ? null : rollout));
  void subscriber.subscribe(`sp:${facts.name}:ring`).catch(() => undefined);
  await new Observer(world, logger, shutdown).reconcileAtBoot().catch(() => undefined);
  await lock.ready;
  dispatcher.start();
  const importer = new ReleaseImporter({ transact, apps, box, shutdown, tools: hookTools(tools, reach) });
  const exclusively = exclusiveIn({ db, config: { id: facts.name } });
  const sweep = (): void => void importer.sweep(exclusively).catch(() => undefined);
  sweep();
  setInterval(sweep, 1000);
  wire.send({ say: 'ready' });
};

process.on('disconnect', () => process.exit(0));
process.on('message', (given: unknown) => {
  const message = given as ToWorker;
  if (wire.hear(message)) return;
  if (message.say === 'begin') void begin();
  if (message.say === 'go') goOn();
  if (message.say === 'how_busy') wire.send({ say: 'busy', count: busy });
  if (message.say === 'stop') {
    stop = message.at;
    turns = 0;
  }
});
