import { AsyncLocalStorage } from 'node:async_hooks';
import type { Ledger } from '../../server/rollouts/ledger';
import type { StepHandler, StepHandlers } from '../../server/rollouts/handler';
import type { StepKind } from '../../server/domain/step';
import type { ReleaseTools } from '../../server/services/release-service';
import type { World } from '../../server/steps/world';
import type { Transactor } from '../../server/stores';

/**
 * before = written down as begun, nothing done · inside = after one act of it · after = all of it done, not written down ·
 * committed = written down, nobody told yet.
 */
export type Moment = 'before' | 'inside' | 'after' | 'committed';
/** Where a worker stands. `work` = kind of its deployment, or `import`; `act` = which act of the step it was, 1 = the first. */
export interface Spot {
  readonly work: string;
  readonly step: string;
  readonly moment: Moment;
  readonly act: number;
}
/** Called at every spot; the worker goes on when it resolves. */
export type Reach = (spot: Spot) => Promise<void>;

interface Standing {
  readonly work: string;
  readonly step: string;
  begun: boolean;
  acts: number;
}
const standing = new AsyncLocalStorage<Standing>();
interface Recording {
  readonly work: string;
  readonly step: string;
  told: boolean;
}
const recording = new AsyncLocalStorage<Recording>();
const works = new Map<string, string>();

const act = async (reach: Reach): Promise<void> => {
  const at = standing.getStore();
  if (at === undefined) return;
  at.acts += 1;
  await reach({ work: at.work, step: at.step, moment: 'inside', act: at.acts });
};
/** What only looks is no act, unless a step does nothing else. */
const LOOKS: ReadonlySet<string> = new Set([
  ...['facts', 'readFile', 'findImage', 'listImages', 'inspect', 'find', 'logs', 'stats', 'usage', 'events', 'close'],
  ...['version', 'schemaExists', 'userExists', 'fingerprint', 'structure', 'tenantCounts', 'rowChecksums', 'lock'],
  ...['sizeBytes', 'connections', 'caCertificate'],
]);
/** Steps that only look or wait: there the looks count. */
const LOOKERS: ReadonlySet<string> = new Set(['await_healthy', 'verify_public', 'soak', 'await_follow_up']);
const counts = (name: string): boolean => {
  const step = standing.getStore()?.step ?? '';
  if (name === 'query') return step === 'tenant_defaults';
  return !LOOKS.has(name) || LOOKERS.has(step);
};

const acting = <T extends object>(own: T, reach: Reach): T =>
  new Proxy(own, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      return (...given: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(value, target, given);
        if (!(answer instanceof Promise) || !counts(name)) return answer;
        return answer.then(async (result: unknown) => {
          await act(reach);
          return result;
        });
      };
    },
  });

/** A world whose acts are told. */
const actingWorld = (world: World, reach: Reach): World => ({
  ...world,
  session: acting(world.session, reach),
  databaseServer: acting(world.databaseServer, reach),
  routes: acting(world.routes, reach),
  probe: acting(world.probe, reach),
  privateGet: async (request) => {
    const answer = await world.privateGet(request);
    if (counts('look')) await act(reach);
    return answer;
  },
});

const hooked = <K extends StepKind>(kind: K, own: StepHandler<K>, reach: Reach): StepHandler<K> => {
  const stand = async <T>(
    context: Parameters<StepHandler<K>['apply']>[0],
    work: (at: Standing) => Promise<T>,
  ): Promise<T> => {
    const at = standing.getStore() ?? { work: context.deployment.kind, step: kind, begun: false, acts: 0 };
    works.set(context.deployment.id, at.work);
    return standing.run(at, () => work(at));
  };
  const begin = async (at: Standing): Promise<void> => {
    if (!at.begun) await reach({ ...at, moment: 'before', act: 0 });
    at.begun = true;
  };
  return {
    ...own,
    ...(own.check === undefined
      ? {}
      : { check: (context, args) => stand(context, async () => (await own.check?.(context, args)) ?? null) }),
    apply: (context, args) =>
      stand(context, async (at) => {
        await begin(at);
        const write: typeof context.write = async (work) => {
          const result = await context.write(work);
          await act(reach);
          return result;
        };
        const result = await own.apply({ ...context, write }, args);
        if (result.kind === 'done') await reach({ ...at, moment: 'after', act: 0 });
        return result;
      }),
  };
};

/** `makeHandlers` of the product, telling where it stands. */
export const hookHandlers =
  (make: (world: World) => StepHandlers, reach: Reach) =>
  (world: World): StepHandlers => {
    const own = make(actingWorld(world, reach));
    return Object.fromEntries(
      Object.entries(own).map(([kind, one]) => [kind, hooked(kind as StepKind, one as StepHandler<StepKind>, reach)]),
    ) as StepHandlers;
  };

/** The product's ledger; which step it writes down is known while it does. */
export const hookLedger = (Own: typeof Ledger): typeof Ledger =>
  class extends Own {
    override async finishStep(...[lease, row, result, next]: Parameters<Ledger['finishStep']>): Promise<boolean> {
      const at = { work: works.get(lease.deploymentId) ?? '', step: row.kind, told: false };
      return recording.run(at, () => super.finishStep(lease, row, result, next));
    }
  };

let imported: string | null = null;
/** A transactor that tells when what a step did has been committed, before anybody hears of it. */
export const hookTransactor = (own: Transactor, reach: Reach): Transactor => ({
  read: own.read,
  changes: own.changes,
  async run(work) {
    const result = await own.run(work);
    const at = recording.getStore();
    if (at !== undefined && !at.told) {
      at.told = true;
      await reach({ work: at.work, step: at.step, moment: 'committed', act: 0 });
    } else if (imported !== null && at === undefined && standing.getStore() === undefined) {
      const step = imported;
      imported = null;
      await reach({ work: 'import', step, moment: 'committed', act: 0 });
    }
    return result;
  },
});

/** The tools of the release importer. `fetch` and `lint` are followed by a commit, `build` by `lint`. */
export const hookTools = (own: ReleaseTools, reach: Reach): ReleaseTools => {
  const told = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    imported = null;
    const at = { work: 'import', step, begun: true, acts: 0 };
    await reach({ ...at, moment: 'before', act: 0 });
    const result = await standing.run(at, work);
    await reach({ ...at, moment: 'after', act: 0 });
    if (step !== 'build') imported = step;
    return result;
  };
  return {
    fetch: (...given) => told('fetch', () => own.fetch(...given)),
    buildImage: (...given) => told('build', () => own.buildImage(...given)),
    lint: (...given) => told('lint', () => own.lint(...given)),
    discard: (release) => own.discard(release),
  };
};
/** One act of an import: sources and engine call it. */
export const actOfImport = act;
