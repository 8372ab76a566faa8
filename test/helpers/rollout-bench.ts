import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ulid } from 'ulid';
import { kodeKabupatenSchema } from '../../server/domain/kode-wilayah';
import { DEFAULT_SETTINGS } from '../../server/domain/settings';
import { isRolloutActive, type Rollout, type RolloutKind } from '../../server/domain/rollout';
import { planRollout, type RolloutRequest } from '../../server/domain/rollout-plan';
import { Coordinator, freshStages } from '../../server/rollouts/coordinator';
import { makeHandlers } from '../../server/steps';
import { ownerContext } from '../../server/steps/context';
import { makeRouteTable } from '../../server/steps/route-table';
import type { ProbeAnswer } from '../../server/steps/public-probe';
import type { World } from '../../server/steps/world';
import type { Transactor } from '../../server/stores';
import { hurried, LOCK_PREFIX, mortal, openEngineBench, type BenchWorker, type EngineBench } from './engine-bench';
import { FAKE_APPS } from './fake-apps';
import { makeFakeDatabase, type FakeDatabase } from './fake-database';
import type { FakeContainer, FakeEngine } from './fake-engine';
import { makeFakeProxy, type FakeProxy } from './fake-proxy';
import { fakeEngine, type FakeTarget } from './fake-target';
import { noTokens, type TokensOf } from './fake-tokens';
import { makeSecretBox } from './installed-desa';
import { addDesa, hostOf, KODES, pictureOf, proxyWorkload } from './world-picture';

const NAME = 't';

export interface Death {
  readonly at: number;
  readonly moment: 'before' | 'after';
}
interface Answer {
  readonly key: string;
  readonly kode: string;
  readonly nama: string;
  readonly version: string;
  readonly instance: string;
}
export interface RolloutBench {
  readonly bench: EngineBench;
  readonly engine: () => FakeEngine;
  readonly session: () => FakeTarget;
  readonly database: () => FakeDatabase;
  readonly proxy: () => FakeProxy;
  /** The world steps and observer act on. */
  readonly world: () => World;
  /** Answers of containers of this version are replaced; null = they end at once. */
  break(version: string, answer: Partial<Answer> | null): void;
  /** The outside world empty, the control rows fresh. */
  reset(): Promise<void>;
  /** Runs to the end; with a death, the first worker dies there and another one goes on. Returns the transactions of the first. */
  run(
    request: Partial<RolloutRequest> & { readonly kind: RolloutRequest['kind'] },
    death?: Death,
  ): Promise<{ readonly rollout: Rollout; readonly transactions: number }>;
  /** What the world looks like, without names that differ from run to run. */
  picture(): Promise<unknown>;
  close(): Promise<void>;
}

const REPLY = (status: number, body = '', held = false): ProbeAnswer => ({ status, body, ms: 1, held });

/** Whole rollouts over a scripted engine, proxy and database server; the control database is real. */
export const openRolloutBench = async (tokensOf: TokensOf = noTokens): Promise<RolloutBench> => {
  const bench = await openEngineBench();
  const folder = mkdtempSync(path.join(tmpdir(), 'rollout-'));
  const secrets = makeSecretBox();
  let outside = fakeEngine();
  let session = outside.session(NAME);
  let database = makeFakeDatabase();
  let proxy = makeFakeProxy();
  let broken = new Map<string, Partial<Answer> | null>();
  let releases = new Map<string, string>();

  const script: FakeEngine['script'] = (argv, spec) => {
    if (argv[0] === 'sleep' && broken.get(spec.image.split(':')[1] ?? '') === null) return { exitCode: 255 };
    const [tool, what, schema = '', version = '', kode = ''] = argv;
    if (tool !== 'tugas') return null;
    const found = database.schemas.get(schema);
    if (found === undefined) return { exitCode: 9, stderr: `no schema ${schema}` };
    if (what === 'migrate' || (what === 'provision' && kode !== '' && !schema.startsWith('opensid')))
      found.version = version;
    const tenantId = [...found.tenants].find(([, known]) => known === kode)?.[0] ?? found.tenants.size + 1;
    if (what === 'provision') found.tenants.set(tenantId, kode);
    return { exitCode: 0, stdout: JSON.stringify({ tenantId }) };
  };
  const answerOf = (container: FakeContainer): Answer | null => {
    const volume = container.spec.mounts.find((one) => one.type === 'volume' && one.target === '/konfig');
    const files = volume?.type === 'volume' ? outside.engine.volumes.get(volume.source)?.files : undefined;
    const content = files?.get('/jawaban')?.content;
    if (content === undefined || content === null) return null;
    const answer = JSON.parse(content.toString()) as Answer;
    const other = broken.get(answer.version);
    return other === null ? null : { ...answer, ...other };
  };
  const at = (address: string, url: string, key: string | undefined): ProbeAnswer => {
    const container = [...outside.engine.containers.values()].find(
      (one) => one.state === 'running' && [...one.addresses.values()].includes(address),
    );
    const said = container === undefined ? null : answerOf(container);
    if (said === null) return REPLY(0);
    const { kode, version, nama, instance } = said;
    if (!url.startsWith('/siappakai/')) return REPLY(200, `<h1>${nama}</h1> ${version}`);
    if (key !== said.key) return REPLY(404);
    return url.endsWith('/sehat')
      ? REPLY(200, JSON.stringify({ kode, version, ready: true, faults: [] }))
      : REPLY(200, JSON.stringify({ kode, instance, release: version }));
  };
  const worldOf = (transact: Transactor): World => ({
    installation: { name: NAME, id: NAME, httpsPort: 443, dashboardPort: 8700 },
    folders: { dumps: folder, archives: folder },
    transact,
    apps: FAKE_APPS,
    session,
    databaseServer: database,
    proxy,
    routes: makeRouteTable({ transact, apps: FAKE_APPS, proxy, dashboard: async () => null }),
    box: secrets.box,
    probe: {
      get: async ({ host, path: url, headers }) => {
        const visit = proxy.visit(host, url);
        if (visit.kind === 'held') return REPLY(503, '', true);
        if (visit.kind !== 'app') return REPLY(visit.kind === 'unknown' ? 404 : 503);
        return at(visit.address.replace(':8080', ''), visit.url, headers?.['x-siappakai-key']);
      },
    },
    privateGet: async ({ address, path: url, headers }) => at(address, url, headers?.['x-siappakai-key']),
    settings: async () => ({
      ...DEFAULT_SETTINGS,
      kabupaten: { kode: kodeKabupatenSchema.parse('33.05'), nama: 'Kebumen' },
    }),
    tokens: tokensOf(bench.transact, secrets.box),
    ensureReleaseImage: async (release) => release.image ?? '',
    readRelease: async () => null,
    rememberSecret: () => undefined,
  });

  const prepare = async (): Promise<void> => {
    await outside.engine.close();
    outside = fakeEngine();
    session = outside.session(NAME);
    outside.engine.script = script;
    database = makeFakeDatabase();
    proxy = makeFakeProxy();
    broken = new Map();
    releases = new Map();
    await bench.reset();
    await session.ensureNetwork({ name: `${NAME}-kontrol`, labels: {}, internal: true });
    await session.ensureWorkload(proxyWorkload(outside.image));
    await bench.control
      .db('databases')
      .update({ owner_password: secrets.box.encrypt('owner-owner-owner', ownerContext('gabungan')) });
    for (const app of FAKE_APPS.keys())
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
        await bench.control
          .db('releases')
          .insert({ id, app, version, channel: 'umum', state: 'ready', image, source: 's', requested_by: 't' });
      }
  };

  const plan = async (request: RolloutRequest): Promise<string> =>
    bench.transact.run(async (stores) => {
      for (const kode of request.kodes)
        if ((await stores.desa.find(kode)) === null && request.kind === 'install') await addDesa(bench, kode);
      const databases = await stores.databases.list();
      const facts = {
        desa: request.kodes.map((kode) => ({
          kode,
          kecamatanKode: kode.slice(0, 8),
          nama: `Desa ${kode}`,
          host: hostOf(kode),
        })),
        kecamatan: {},
        instances: await stores.instances.all(),
        releases: await stores.releases.list(),
        apps: [...FAKE_APPS.values()],
        schemaRelease: Object.fromEntries(databases.map((one) => [one.app, one.schemaReleaseId])),
        busy: Object.fromEntries(await stores.rollouts.busyDesa()),
        updating: new Set<string>(),
        takenHosts: {},
      };
      const planned = planRollout(facts, request, { waves: [] });
      if (planned.blocked.length > 0 || planned.members.length === 0)
        throw new Error(JSON.stringify([planned.blocked, planned.leftOut]));
      const id = ulid();
      await stores.rollouts.create({
        id,
        kind: request.kind as RolloutKind,
        state: 'checking',
        stage: 'check',
        title: '',
        policy: { waves: [], parallel: 4, soakSeconds: 0, haltAt: 2, acknowledged: [], hosts: request.hosts },
        releases: planned.releases,
        stages: freshStages(),
        planHash: 'x'.repeat(64),
        requestedBy: 'test',
      });
      const members = await Promise.all(
        planned.members.map(async (one) => ({
          ...one,
          rolloutId: id,
          instanceId: one.instanceId ?? (await addInstance(stores, one.kode, one.app)),
        })),
      );
      await stores.rollouts.addMembers(members);
      return id;
    });
  const addInstance = async (stores: Transactor['read'], kode: string, app: string): Promise<string> => {
    const [server] = (await bench.control.db('servers').select('id')) as { id: string }[];
    const databaseId = FAKE_APPS.get(app)?.database === 'own' ? null : bench.databaseId;
    const made = await stores.instances.ensure({
      id: ulid(),
      wilayahKode: kode,
      serverId: server?.id ?? '',
      databaseId,
      app,
      wanted: 'running',
    });
    return made.id;
  };

  const drive = async (
    id: string,
    first: BenchWorker,
    next: () => Promise<BenchWorker>,
    isDead: () => boolean,
  ): Promise<void> => {
    const coordinator = new Coordinator(bench.transact, FAKE_APPS);
    const inflight = new Set<string>();
    let worker = first;
    let replaced = false;
    const deadline = Date.now() + 30_000;
    for (;;) {
      if (Date.now() > deadline) throw new Error(`not over: ${JSON.stringify(await bench.states())}`);
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
      await hurried(() =>
        bench.control.db('deployments').whereIn('waiting_for', ['retry', 'measure']).update({ wake_at: null }),
      );
      await hurried(() => bench.control.db('deployments').where({ state: 'undoing' }).update({ wake_at: null }));
      for (const due of await bench.transact.read.deployments.due(LOCK_PREFIX, 60)) {
        if (inflight.has(due)) continue;
        inflight.add(due);
        void worker.engine
          .work(due)
          .catch(() => undefined)
          .finally(() => inflight.delete(due));
      }
      await sleep(8);
    }
  };

  await prepare();
  return {
    bench,
    engine: () => outside.engine,
    session: () => session,
    database: () => database,
    proxy: () => proxy,
    world: () => worldOf(bench.transact),
    break: (version, answer) => void broken.set(version, answer),
    reset: prepare,
    async run(given, death) {
      const request: RolloutRequest = { kodes: KODES, apps: [], releases: {}, hosts: {}, ...given };
      const id = await plan(request);
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
      const rollout = await bench.transact.read.rollouts.find(id);
      if (rollout === null) throw new Error('the rollout is gone');
      return { rollout, transactions: own.count() };
    },
    picture: () => pictureOf({ bench, engine: outside.engine, database, proxy, releases }),
    async close() {
      await outside.engine.close();
      await bench.close();
      secrets.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
