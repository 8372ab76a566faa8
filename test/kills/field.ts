import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { TERMINAL } from '../../server/domain/actor';
import { isRolloutActive } from '../../server/domain/rollout';
import { isDatabaseAway } from '../../server/rollouts/step-error';
import { ReleaseService } from '../../server/services/release-service';
import { layTree } from '../faults/lay-tree';
import { makeSecretBox } from '../helpers/installed-desa';
import { samplePretended, type SampleFault } from '../helpers/pretended-samples';
import { startRedis } from '../helpers/redis';
import { openBench, type RolloutBench } from '../helpers/rollout-bench';
import { KODES } from '../helpers/world-picture';
import type { Operation } from './cell';
import { openEffects, type EffectBook } from './effects';
import type { Spot } from './hooks';
import { wholePicture } from './picture';
import { spawnWorker, type KilledWorker } from './worker';

const NAME = 't';
const [KODE] = KODES;
const APPS = { opensid: '2409.0.0', api: '2409.0.0', pbb: '2409.0.0' };
const NEWER = { opensid: '2410.0.0', api: '2410.0.0', pbb: '2410.0.0' };
export const IMPORTED = '2412.0.0';

/** Reads again while the control database is away. */
export const patiently = async <T>(read: () => Promise<T>): Promise<T> => {
  for (let tries = 0; ; tries += 1)
    try {
      return await read();
    } catch (error) {
      if (!isDatabaseAway(error) || tries > 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
};

/** A scripted target behind a wire, a real MariaDB and a real Redis; workers are processes. */
export interface Field {
  readonly world: RolloutBench<SampleFault>;
  readonly redis: Awaited<ReturnType<typeof startRedis>>;
  readonly client: Redis;
  /** The outside things that answer nobody now. */
  readonly away: Set<string>;
  /** Where workers came by since it was emptied. */
  readonly passed: Spot[];
  spawn(): KilledWorker;
  /** Empties everything; the next operation is the first. */
  reset(): Promise<void>;
  /** Asks for an operation as web does; returns what tells whether it is over. */
  ask(operation: Operation): Promise<() => Promise<string | null>>;
  /** How far everything is, in a word that changes with every step. */
  progress(): Promise<string>;
  effects(): EffectBook;
  picture(): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

const REQUESTS = {
  install: { kind: 'install', kodes: [KODE], releases: APPS },
  update: { kind: 'update', kodes: [KODE], releases: NEWER },
  domain: { kind: 'domain', kodes: [KODE], hosts: { [KODE]: 'baru.localhost' } },
  remove: { kind: 'remove', kodes: [KODE] },
} as const;

const askImport = async (
  world: RolloutBench<SampleFault>,
  box: ReturnType<typeof makeSecretBox>['box'],
  tree: string,
) => {
  const { transact } = world.bench;
  const service = new ReleaseService({ transact, apps: samplePretended.apps, box });
  const request = { app: 'opensid', location: tree, tag: null, channel: null, credential: null };
  const id = await service.import(TERMINAL, request);
  return async () => {
    const state = (await transact.read.releases.find(id))?.state ?? 'gone';
    return ['ready', 'refused', 'gone'].includes(state) ? state : null;
  };
};
const askRollout = async (world: RolloutBench<SampleFault>, operation: Exclude<Operation, 'import'>) => {
  const { read } = world.bench.transact;
  const id = await world.start(REQUESTS[operation]);
  return async () => {
    const { state } = (await read.rollouts.find(id)) ?? { state: 'failed' as const };
    if (isRolloutActive(state)) return null;
    const [busy] = (await world.bench.control.db('deployments').whereNotNull('active_subject').limit(1)) as unknown[];
    return busy === undefined ? state : null;
  };
};
const progressOf = async ({ bench: { control } }: RolloutBench<SampleFault>): Promise<string> =>
  JSON.stringify([
    await control.db('deployments').orderBy('id').select('id', 'state', 'lease_epoch', 'position'),
    await control.db('deployment_steps').orderBy(['deployment_id', 'position']).select('state', 'attempt'),
    await control.db('releases').orderBy('id').select('state', 'image'),
    await control.db('rollouts').orderBy('id').select('state', 'stage'),
  ]);

export const openField = async (bundle: string): Promise<Field> => {
  const folder = mkdtempSync(path.join(tmpdir(), 't-kills-'));
  const [redis, tree] = await Promise.all([
    startRedis(),
    layTree(folder, { app: 'opensid', version: IMPORTED, habit: {}, schema: '' }),
  ]);
  const secrets = makeSecretBox();
  // What was committed must be there after a SIGKILL of the server, as with the product's own image.
  const server = { arguments: ['--innodb-flush-log-at-trx-commit=2'] };
  const world = await openBench(samplePretended, { policy: { soakSeconds: 1 }, secrets, server });
  const client = new Redis(redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 200 });
  client.on('error', () => undefined);
  const [away, passed] = [new Set<string>(), [] as Spot[]];
  let book = openEffects(world.engine(), 0);
  const importer = {
    async buildImage({ app, version }: { readonly app: string; readonly version: string }) {
      book.built();
      world.engine().addImage(`${app}:${version}`, { 'id.siappakai.installation': NAME }, {}, new Map());
      return { tag: `${app}:${version}`, id: `sha256:${version}` };
    },
    lint: async () => [],
    discard: async ({ treePath }: { readonly treePath: string | null }) => {
      if (treePath !== null) rmSync(treePath, { force: true });
    },
  };
  const facts = { name: NAME, url: world.bench.control.url, redis: redis.url, keys: secrets.file, folder };
  return {
    ...{ world, redis, client, away, passed },
    spawn: () =>
      spawnWorker({
        bundle,
        facts,
        things: () => {
          const outside = world.world();
          const { session, databaseServer, proxy, probe } = outside;
          return { session, databaseServer, proxy, probe, importer, world: outside };
        },
        isAway: (on) => away.has(on),
        passed: (spot) => void passed.push(spot),
      }),
    async reset() {
      await patiently(() => world.reset());
      rmSync(path.join(folder, 'rilis'), { recursive: true, force: true });
    },
    async ask(operation) {
      const isOver =
        operation === 'import' ? await askImport(world, secrets.box, tree) : await askRollout(world, operation);
      if (client.status === 'ready') await client.publish(`sp:${NAME}:ring`, '');
      return () => patiently(isOver);
    },
    progress: () => patiently(() => progressOf(world)),
    effects() {
      book = openEffects(world.engine(), world.proxy().applied.length);
      return book;
    },
    picture: () => patiently(() => wholePicture(world, folder)),
    async close() {
      client.disconnect();
      await world.close();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
