import { isDatabaseAway } from '../../server/rollouts/step-error';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { ulid } from 'ulid';
import type { Deployment, DeploymentKind, DeploymentState } from '../../server/domain/deployment';
import { step, type PlannedStep, type StepKind } from '../../server/domain/step';
import { holdWorkerLock, type WorkerLock } from '../../server/jobs/worker-lock';
import { Engine } from '../../server/rollouts/engine';
import { done, type StepContext, type StepHandler, type StepHandlers } from '../../server/rollouts/handler';
import { Ledger } from '../../server/rollouts/ledger';
import type { Transactor } from '../../server/stores';
import { startControlDatabase, type ControlDatabase } from './control-database';
import type { TestMariadbOptions } from './mariadb';

/** The hurry itself may meet the engine in a circle of locks; the next round hurries again. */
export const hurried = async (work: () => PromiseLike<unknown>): Promise<void> => {
  await Promise.resolve(work()).catch((error: unknown) => {
    if (!isDatabaseAway(error)) throw error;
  });
};

export const LOCK_PREFIX = 'sp:test:worker:';
const DEFAULTS: Readonly<Record<StepKind, true>> = {
  ensure_image: true,
  ensure_network: true,
  ensure_storage: true,
  ensure_tenant_user: true,
  ensure_own_schema: true,
  provision_tenant: true,
  await_follow_up: true,
  tenant_defaults: true,
  put_files: true,
  hold_traffic: true,
  dump_own: true,
  migrate_own: true,
  start_release: true,
  await_healthy: true,
  switch_traffic: true,
  verify_public: true,
  soak: true,
  retire_release: true,
  close_route: true,
  stop_instance: true,
  start_instance: true,
  open_route: true,
  archive_instance: true,
  remove_containers: true,
  remove_tenant: true,
  remove_own_schema: true,
  remove_storage: true,
  prepare_schema: true,
  dump_schema: true,
  migrate_schema: true,
  follow_up_schema: true,
};
export const logger = pino({ level: 'silent' });

/** Handlers that do nothing but what the test scripts. */
export const scripted = (
  acts: Partial<StepHandlers>,
  seen: (kind: StepKind, what: 'apply' | 'undo', context: StepContext) => void = () => undefined,
): StepHandlers => {
  const handlers = Object.fromEntries(
    (Object.keys(DEFAULTS) as StepKind[]).map((kind): [StepKind, StepHandler<StepKind>] => {
      const act = acts[kind] as StepHandler<StepKind> | undefined;
      return [
        kind,
        {
          timeoutMs: 60_000,
          ...act,
          apply: async (context, args) => {
            seen(kind, 'apply', context);
            return act === undefined ? done() : act.apply(context, args);
          },
          undo: async (context, args) => {
            seen(kind, 'undo', context);
            await act?.undo?.(context, args);
          },
        },
      ];
    }),
  );
  return handlers as StepHandlers;
};
export const handler = <K extends StepKind>(apply: StepHandler<K>['apply'], timeoutMs = 60_000): StepHandler<K> => ({
  timeoutMs,
  apply,
});

export const STEPS = {
  image: step('ensure_image', { releaseId: 'r' }),
  network: step('ensure_network', {}),
  storage: step('ensure_storage', {}),
  provision: step('provision_tenant', { releaseId: 'r' }),
  barrier: step('await_follow_up', {}),
  start: step('start_release', { releaseId: 'r', slot: 'a' }),
  healthy: step('await_healthy', { releaseId: 'r', slot: 'a', host: 'h' }),
  switch: step('switch_traffic', { releaseId: 'r', slot: 'a', host: 'h' }),
  verify: step('verify_public', { releaseId: 'r' }),
  soak: step('soak', { releaseId: 'r', seconds: 1 }),
  retire: step('retire_release', {}),
} as const;

export interface BenchWorker {
  readonly id: string;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly shutdown: AbortController;
  readonly rings: (string | null)[];
  /** Begins, and nobody hears how it ends: what a killed or frozen worker does later is its own. */
  begin(id: string): void;
  /** As SIGKILL: the lock is free at once, nothing is given back. */
  die(): Promise<void>;
}
export interface EngineBench {
  readonly control: ControlDatabase;
  readonly transact: Transactor;
  readonly databaseId: string;
  reset(): Promise<void>;
  instance(kode: string, app?: string): Promise<string>;
  deployment(fresh: {
    readonly steps: readonly PlannedStep[];
    readonly subjectId: string;
    readonly subjectKind?: 'instance' | 'database';
    readonly kind?: DeploymentKind;
    readonly rolloutId?: string;
    readonly planVersion?: number;
  }): Promise<string>;
  worker(
    handlers: StepHandlers,
    options?: { readonly slots?: number; readonly transact?: Transactor },
  ): Promise<BenchWorker>;
  find(id: string): Promise<Deployment>;
  states(): Promise<Readonly<Partial<Record<DeploymentState, number>>>>;
  /** Works on what is due with these workers until nothing is active, or `until` says so. Sleepers are not woken early. */
  drain(
    workers: readonly BenchWorker[],
    options?: { readonly until?: () => Promise<boolean>; readonly hurry?: boolean },
  ): Promise<void>;
  close(): Promise<void>;
}

const isBusy = async (transact: Transactor): Promise<boolean> =>
  (await transact.read.knex('deployments').whereNotNull('active_subject').first('id')) !== undefined;

/** Engines on a real database with scripted steps. */
export const openEngineBench = async (options: TestMariadbOptions = {}): Promise<EngineBench> => {
  const control = await startControlDatabase(options);
  const transact = control.transactor;
  const databaseId = ulid();
  const serverId = ulid();
  const locks = new Set<WorkerLock>();
  const bench: EngineBench = {
    control,
    transact,
    databaseId,
    async reset() {
      await control.clear();
      await control.db('servers').insert({ id: serverId, name: 'local', target: 'docker', state: 'ready' });
      await transact.read.databases.ensure({
        id: databaseId,
        name: 'gabungan',
        schemaName: 'opensid',
        app: 'opensid',
        channel: 'umum',
        ownerPassword: null,
      });
    },
    async instance(kode, app = 'opensid') {
      const id = ulid();
      await transact.read.desa.ensure({
        kode,
        kecamatanKode: kode.slice(0, 8),
        nama: `Desa ${kode}`,
        jenis: 'desa',
        host: `d${kode.replaceAll('.', '')}.localhost`,
        network: 't-kec',
        databaseId,
      });
      await transact.read.instances.ensure({ id, wilayahKode: kode, serverId, databaseId, app, wanted: 'running' });
      return id;
    },
    async deployment(fresh) {
      const id = ulid();
      await transact.run((stores) =>
        stores.deployments.create({
          id,
          subjectKind: fresh.subjectKind ?? 'instance',
          subjectId: fresh.subjectId,
          rolloutId: fresh.rolloutId ?? ulid(),
          kind: fresh.kind ?? 'update',
          fromReleaseId: null,
          toReleaseId: null,
          plan: fresh.steps,
          planHash: 'x'.repeat(64),
          planVersion: fresh.planVersion ?? 1,
        }),
      );
      return id;
    },
    async worker(handlers, { slots = 100, transact: own = transact } = {}) {
      const id = ulid();
      const shutdown = new AbortController();
      const rings: (string | null)[] = [];
      const lock = holdWorkerLock(control.url, LOCK_PREFIX + id, logger);
      locks.add(lock);
      await lock.ready;
      const ledger = new Ledger({
        transact: own,
        lockPrefix: LOCK_PREFIX,
        slots,
        ring: (rollout) => void rings.push(rollout),
      });
      const engine = new Engine({
        workerId: id,
        transact: own,
        ledger,
        handlers,
        logger,
        shutdown: shutdown.signal,
        redact: (line) => line,
      });
      const begin = (deployment: string): void => void engine.work(deployment).catch(() => undefined);
      return { id, engine, ledger, shutdown, rings, begin, die: () => lock.close() };
    },
    async find(id) {
      const found = await transact.read.deployments.find(id);
      if (found === null) throw new Error(`no deployment ${id}`);
      return found;
    },
    async states() {
      const rows = (await control.db('deployments').groupBy('state').select('state').count({ n: '*' })) as {
        state: DeploymentState;
        n: number;
      }[];
      return Object.fromEntries(rows.map((row) => [row.state, row.n]));
    },
    async drain(workers, { until, hurry = true } = {}) {
      const isOver = until ?? (async () => !(await isBusy(transact)));
      const deadline = Date.now() + 40_000;
      const inflight = new Map<string, Promise<void>>();
      while (!(await isOver())) {
        if (Date.now() > deadline) throw new Error(`not over: ${JSON.stringify(await bench.states())}`);
        if (hurry)
          await hurried(() =>
            control.db('deployments').whereIn('waiting_for', ['retry', 'measure']).update({ wake_at: null }),
          );
        if (hurry) await hurried(() => control.db('deployments').where({ state: 'undoing' }).update({ wake_at: null }));
        for (const id of await transact.read.deployments.due(LOCK_PREFIX, 60, Infinity))
          for (const worker of workers) {
            const key = `${worker.id} ${id}`;
            if (inflight.has(key)) continue;
            inflight.set(
              key,
              worker.engine
                .work(id)
                .catch(() => undefined)
                .finally(() => inflight.delete(key)),
            );
          }
        await sleep(15);
      }
      await Promise.all(inflight.values());
    },
    async close() {
      for (const lock of locks) await lock.close();
      await control.stop();
    },
  };
  await bench.reset();
  return bench;
};

/** A transactor that dies with its process: the n-th transaction, and everything after it, never comes back. */
export const mortal = (
  transact: Transactor,
  at: number,
  moment: 'before' | 'after',
  onDeath: () => void,
): Transactor & { readonly count: () => number } => {
  let count = 0;
  let dead = false;
  const never = (): Promise<never> => new Promise(() => undefined);
  return {
    read: transact.read,
    changes: transact.changes,
    count: () => count,
    async run(work) {
      if (dead) return never();
      count += 1;
      const mine = count === at;
      if (mine && moment === 'before') {
        dead = true;
        onDeath();
        return never();
      }
      const result = await transact.run(work);
      if (!mine) return result;
      dead = true;
      onDeath();
      return never();
    },
  };
};
