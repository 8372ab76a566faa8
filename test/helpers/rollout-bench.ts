import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ulid } from 'ulid';
import { kodeKabupatenSchema } from '../../server/domain/kode-wilayah';
import { DEFAULT_SETTINGS } from '../../server/domain/settings';
import { TERMINAL } from '../../server/domain/actor';
import { isRolloutActive, type Rollout, type RolloutPolicy } from '../../server/domain/rollout';
import type { RolloutRequest } from '../../server/domain/rollout-plan';
import { Coordinator } from '../../server/rollouts/coordinator';
import { RolloutService, type Command } from '../../server/services/rollout-service';
import { makeHandlers } from '../../server/steps';
import { ownerContext } from '../../server/steps/context';
import { makeRouteTable } from '../../server/steps/route-table';
import { NotMeasured, type ProbeAnswer, type ProbeRequest } from '../../server/steps/public-probe';
import type { World } from '../../server/steps/world';
import type { Transactor } from '../../server/stores';
import { hurried, LOCK_PREFIX, mortal, openEngineBench, type BenchWorker, type EngineBench } from './engine-bench';
import { planOnBench } from './bench-plan';
import { makeFakeDatabase, type FakeDatabase } from './fake-database';
import type { FakeEngine } from './fake-engine';
import { makeFakeProxy, type FakeProxy } from './fake-proxy';
import { fakeEngine, type FakeTarget } from './fake-target';
import { noTokens, type TokensOf } from './fake-tokens';
import type { TestMariadbOptions } from './mariadb';
import { makeSecretBox } from './installed-desa';
import { fakePretended, reply, type FakeFault, type PretendedApps } from './pretended-apps';
import { KODES, pictureOf, proxyWorkload } from './world-picture';

const NAME = 't';

export interface Death {
  readonly at: number;
  readonly moment: 'before' | 'after';
}
type Asked = Partial<RolloutRequest> & { readonly kind: RolloutRequest['kind'] };
export interface RolloutBench<Fault = FakeFault> {
  readonly bench: EngineBench;
  readonly engine: () => FakeEngine;
  readonly session: () => FakeTarget;
  readonly database: () => FakeDatabase;
  readonly proxy: () => FakeProxy;
  /** The world steps and observer act on. */
  readonly world: () => World;
  /** A release misbehaves from now on. */
  break(release: string, fault: Fault): void;
  /** The outside world empty, the control rows fresh. */
  reset(): Promise<void>;
  /** Plans and starts; nobody works on it yet. */
  start(request: Asked): Promise<string>;
  /** Works on a rollout until it is over or stands still. */
  rest(id: string): Promise<Rollout>;
  /** Works on whatever is started until told to stop. */
  attend(): Promise<() => Promise<void>>;
  /** What a person presses. */
  command(id: string, command: Command, only?: string): Promise<Rollout>;
  /** Runs to the end; with a death, the first worker dies there and another one goes on. Returns the transactions of the first. */
  run(request: Asked, death?: Death): Promise<{ readonly rollout: Rollout; readonly transactions: number }>;
  /** What the world looks like, without names that differ from run to run. */
  picture(): Promise<unknown>;
  close(): Promise<void>;
}

/** Whole rollouts over a scripted engine, proxy and database server; the control database is real. */
export const openRolloutBench = (tokensOf: TokensOf = noTokens): Promise<RolloutBench> =>
  openBench(fakePretended, { tokensOf, policy: {} });

/** The same with other apps in the containers. */
export const openBench = async <Fault>(
  pretend: PretendedApps<Fault>,
  {
    tokensOf = noTokens,
    policy,
    secrets = makeSecretBox(),
    server = {},
  }: {
    readonly tokensOf?: TokensOf;
    readonly policy: Partial<RolloutPolicy>;
    readonly secrets?: Omit<ReturnType<typeof makeSecretBox>, 'file'>;
    readonly server?: TestMariadbOptions;
  },
): Promise<RolloutBench<Fault>> => {
  const bench = await openEngineBench(server);
  const folder = mkdtempSync(path.join(tmpdir(), 'rollout-'));
  let outside = fakeEngine();
  let session = outside.session(NAME);
  let database = makeFakeDatabase();
  let proxy = makeFakeProxy();
  let pretended = pretend.make({ engine: outside.engine, database });
  let releases = new Map<string, string>();

  const at = (address: string, request: ProbeRequest): ProbeAnswer => {
    const container = [...outside.engine.containers.values()].find(
      (one) => one.state === 'running' && [...one.addresses.values()].includes(address),
    );
    return container === undefined ? reply(0) : pretended.answer(container, request);
  };
  const worldOf = (transact: Transactor): World => ({
    installation: { name: NAME, id: NAME, httpsPort: 443, dashboardPort: 8700 },
    folders: { dumps: folder, archives: folder },
    transact,
    apps: pretend.apps,
    session,
    databaseServer: { ...database, query: pretended.query },
    proxy,
    routes: makeRouteTable({ transact, apps: pretend.apps, proxy, shown: async () => ({ dashboard: null }) }),
    box: secrets.box,
    probe: {
      get: async (request) => {
        if (!(await proxy.facts()).alive) throw new NotMeasured('ECONNREFUSED');
        const visit = proxy.visit(request.host, request.path);
        if (visit.kind === 'held') return reply(503, '', true);
        if (visit.kind !== 'app') return reply(visit.kind === 'unknown' ? 404 : 503);
        const headers = { ...request.headers, 'x-forwarded-for': '192.0.2.1' };
        return at(visit.address.replace(':8080', ''), { ...request, headers, path: visit.url });
      },
    },
    privateGet: async ({ address, ...request }) => at(address, request),
    settings: async () => ({
      ...DEFAULT_SETTINGS,
      kabupaten: { kode: kodeKabupatenSchema.parse('33.05'), nama: 'Kebumen' },
    }),
    tokens: tokensOf(bench.transact, secrets.box),
    ensureReleaseImage: async (release) => release.image ?? '',
    readRelease: pretended.readRelease,
    rememberSecret: () => undefined,
  });

  const prepare = async (): Promise<void> => {
    await outside.engine.close();
    outside = fakeEngine();
    session = outside.session(NAME);
    database = makeFakeDatabase();
    proxy = makeFakeProxy();
    pretended = pretend.make({ engine: outside.engine, database });
    outside.engine.script = pretended.script;
    releases = new Map();
    await bench.reset();
    await session.ensureNetwork({ name: `${NAME}-kontrol`, labels: {}, internal: true });
    await session.ensureWorkload(proxyWorkload(outside.image));
    await bench.control
      .db('databases')
      .update({ owner_password: secrets.box.encrypt('owner-owner-owner', ownerContext('gabungan')) });
    for (const app of pretend.apps.keys())
      for (const version of ['2409.0.0', '2410.0.0']) {
        const id = ulid();
        const image = `${app}:${version}`;
        releases.set(image, id);
        outside.engine.addImage(
          image,
          { 'id.siappakai.installation': NAME },
          { command: ['sleep', '3600'] },
          new Map(),
        );
        const row = { id, app, version, channel: 'umum', state: 'ready', image, source: 's', requested_by: 't' };
        await bench.control.db('releases').insert({ ...row, ...pretend.releaseRow(app, version) });
      }
  };

  const plan = (given: Asked): Promise<string> =>
    planOnBench(bench, pretend.apps, { kodes: KODES, apps: [], releases: {}, hosts: {}, ...given }, policy);

  /** Wakes whoever waits, and begins what is due. */
  const round = async (worker: BenchWorker, inflight: Set<string>): Promise<void> => {
    const { db } = bench.control;
    await hurried(() => db('deployments').whereIn('waiting_for', ['retry', 'measure']).update({ wake_at: null }));
    await hurried(() => db('deployments').where({ state: 'undoing' }).update({ wake_at: null }));
    for (const due of await bench.transact.read.deployments.due(LOCK_PREFIX, 60, Infinity)) {
      if (inflight.has(due)) continue;
      inflight.add(due);
      void worker.engine
        .work(due)
        .catch(() => undefined)
        .finally(() => inflight.delete(due));
    }
  };

  const attend = async (): Promise<() => Promise<void>> => {
    const worker = await bench.worker(makeHandlers(worldOf(bench.transact)), { slots: 4 });
    const coordinator = new Coordinator(bench.transact, pretend.apps);
    const inflight = new Set<string>();
    const shutdown = new AbortController();
    const working = (async () => {
      while (!shutdown.signal.aborted) {
        for (const { id } of await bench.transact.read.rollouts.active()) while (await coordinator.tick(id));
        await round(worker, inflight);
        await sleep(50);
      }
      while (inflight.size > 0) await sleep(20);
    })();
    return async () => {
      shutdown.abort();
      await working;
      await worker.die();
    };
  };

  const drive = async (
    id: string,
    first: BenchWorker,
    next: () => Promise<BenchWorker>,
    isDead: () => boolean,
  ): Promise<void> => {
    const coordinator = new Coordinator(bench.transact, pretend.apps);
    const inflight = new Set<string>();
    let worker = first;
    let replaced = false;
    // Not the clock: tests let it jump.
    const deadline = performance.now() + 90_000;
    for (;;) {
      if (performance.now() > deadline) throw new Error(`not over: ${JSON.stringify(await bench.states())}`);
      if (isDead() && !replaced) {
        worker = await next();
        replaced = true;
        inflight.clear();
      }
      while (await coordinator.tick(id));
      const { state } = (await bench.transact.read.rollouts.find(id)) ?? { state: 'failed' };
      const rests = !isRolloutActive(state) || state === 'halted' || state === 'paused';
      if (rests && (await bench.control.db('deployments').whereNotNull('active_subject').first('id')) === undefined)
        return;
      await round(worker, inflight);
      await sleep(50);
    }
  };

  const found = async (id: string): Promise<Rollout> => {
    const rollout = await bench.transact.read.rollouts.find(id);
    if (rollout === null) throw new Error('the rollout is gone');
    return rollout;
  };
  const service = new RolloutService({
    transact: bench.transact,
    apps: pretend.apps,
    installation: NAME,
    hostsFor: async () => new Map(),
    defaults: async () => ({ databaseId: bench.databaseId, serverId: '' }),
    ring: () => undefined,
  });

  await prepare();
  return {
    bench,
    engine: () => outside.engine,
    session: () => session,
    database: () => database,
    proxy: () => proxy,
    world: () => worldOf(bench.transact),
    break: (release, fault) => pretended.break(release, fault),
    reset: prepare,
    async run(given, death) {
      const id = await plan(given);
      let dead = false;
      let kill: () => void = () => undefined;
      const own = mortal(bench.transact, death?.at ?? Number.MAX_SAFE_INTEGER, death?.moment ?? 'before', () => {
        dead = true;
        kill();
      });
      const first = await bench.worker(makeHandlers(worldOf(own)), { slots: 4, transact: own });
      kill = () => void first.die();
      await drive(
        id,
        first,
        () => bench.worker(makeHandlers(worldOf(bench.transact)), { slots: 4 }),
        () => dead,
      );
      await first.die();
      return { rollout: await found(id), transactions: own.count() };
    },
    start: plan,
    async rest(id) {
      const next = (): Promise<BenchWorker> => bench.worker(makeHandlers(worldOf(bench.transact)), { slots: 4 });
      const worker = await next();
      await drive(id, worker, next, () => false);
      await worker.die();
      return found(id);
    },
    attend,
    command: (id, command, only) => service.command(TERMINAL, id, command, only ?? null),
    picture: () => pictureOf({ bench, engine: outside.engine, database, proxy, releases }),
    async close() {
      await outside.engine.close();
      await bench.close();
      secrets.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
