import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logger';
import { isActive, type Deployment, type Lease, type Reason } from '../domain/deployment';
import {
  FORWARD_ONLY,
  PLAN_VERSION,
  type PlannedStep,
  type StepKind,
  type StepOutput,
  type StepRow,
} from '../domain/step';
import type { Transactor } from '../stores';
import type { StepContext, StepHandler, StepHandlers, StepResult } from './handler';
import { LEASE_SECONDS, LeaseKeeper } from './lease';
import type { Ledger } from './ledger';
import { asReason, isDatabaseAway, LeaseLost, Unmeasured } from './step-error';
import { endOrLeave, explain } from './step-signal';
import { makeStepLog } from './step-log';
import { whoOf } from './who';

export interface EngineDependencies {
  readonly workerId: string;
  readonly transact: Transactor;
  readonly ledger: Ledger;
  readonly handlers: StepHandlers;
  readonly logger: Logger;
  readonly shutdown: AbortSignal;
  /** Masks every known secret; fails closed. */
  readonly redact: (line: string) => string;
}
interface Run {
  readonly deployment: Deployment;
  readonly lease: Lease;
  readonly keeper: LeaseKeeper;
  readonly plan: readonly PlannedStep[];
}
/** A step that runs, and all as they stood when it began. */
interface Begun {
  readonly row: StepRow;
  readonly steps: readonly StepRow[];
}
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000, 30_000] as const;
const LONGEST_MS = 30_000;
const MEASURE_AGAIN_MS = 5000;
const PAUSE_AFTER_ERROR_MS = 2000;
const GIVE_BACK_EVERY_MS = 1000;
/** When traffic could not be switched back the route may still lead to what these made: it stays, the rest is undone. */
const ROUTE_MAY_NEED: ReadonlySet<StepKind> = new Set(['put_files', 'start_release']);
const CANCELLED: Reason = { code: 'cancelled', params: {} };

/**
 * Works on one deployment: claim → next pending step → check or apply → one transaction (output, state, event) → …
 * → settle. Every write is guarded by the lease's epoch, so an owner that was frozen or cut off cannot write.
 */
export class Engine {
  private readonly deps: EngineDependencies;
  constructor(deps: EngineDependencies) {
    this.deps = deps;
  }

  /** Returns when the deployment is settled, waits, or is somebody else's. Never throws for a failed step. */
  async work(id: string): Promise<void> {
    const claimed = await this.deps.ledger.claim(id, this.deps.workerId);
    if (claimed === null) return;
    const keeper = new LeaseKeeper(this.deps.transact, claimed.lease);
    try {
      const plan = await this.deps.transact.read.deployments.plan(id);
      const run: Run = { ...claimed, keeper, plan: plan.steps };
      if (plan.version !== PLAN_VERSION && claimed.deployment.state !== 'undoing')
        await this.deps.ledger.startUndo(run.lease, { code: 'plan_too_old', params: { version: plan.version } });
      while (await this.advance(run));
      await this.tellEnd(run).catch(() => undefined);
    } catch (error) {
      if (!(error instanceof LeaseLost)) {
        await this.letGo(claimed.lease);
        throw error;
      }
      this.deps.logger.info({ deployment: id }, 'lease lost; another worker goes on');
    } finally {
      keeper.stop();
    }
  }

  /**
   * What nobody works on any more must not look as if somebody did: this worker lives and holds its lock, so that the lease would keep
   * everybody away until its end. While the database is away it is tried again.
   */
  private async letGo(lease: Lease): Promise<void> {
    for (let tries = LEASE_SECONDS; tries > 0 && !this.deps.shutdown.aborted; tries -= 1)
      try {
        await this.deps.ledger.giveBack(lease, PAUSE_AFTER_ERROR_MS);
        return;
      } catch (error) {
        if (!isDatabaseAway(error)) return;
        await sleep(GIVE_BACK_EVERY_MS);
      }
  }

  /** The worker's log names whom it changed, and how it ended. */
  private async tellEnd({ deployment: { id } }: Run): Promise<void> {
    const { read } = this.deps.transact;
    const ended = await read.deployments.find(id);
    if (ended === null || isActive(ended.state)) return;
    const { kind, state, reason } = ended;
    const told = { deployment: id, ...(await whoOf(read, ended)), kind, state, reason: reason?.code ?? null };
    this.deps.logger[state === 'failed' ? 'warn' : 'info'](told, 'a change ended');
  }

  /** One step forward, or one step back while undoing. False = nothing more to do now. */
  private async advance(run: Run): Promise<boolean> {
    if (this.deps.shutdown.aborted) {
      await this.deps.ledger.giveBack(run.lease);
      return false;
    }
    const { state, steps, cancelRequested } = await this.deps.ledger.read(run.lease);
    if (state === 'undoing') return this.undoOne(run, steps);
    const next = steps.find((step) => step.state === 'pending' || step.state === 'running');
    if (next === undefined) {
      await this.deps.ledger.settle(run.lease, 'succeeded', null);
      return false;
    }
    if (cancelRequested && !FORWARD_ONLY.has(next.kind)) {
      await this.deps.ledger.startUndo(run.lease, CANCELLED);
      return true;
    }
    return this.perform(run, next, steps);
  }

  private async perform(run: Run, row: StepRow, steps: readonly StepRow[]): Promise<boolean> {
    if (!(await this.deps.ledger.beginStep(run.lease, row))) return false;
    for (let now: Begun = { row, steps }; ;) {
      const next = await this.performBegun(run, now);
      if (typeof next === 'boolean') return next;
      if (next === 'all_done') {
        await this.deps.ledger.settle(run.lease, 'succeeded', null);
        return false;
      }
      now = next;
    }
  }

  /** The step that has begun with its end, or that there is none left; true or false as `advance`. */
  private async performBegun(run: Run, { row, steps }: Begun): Promise<Begun | 'all_done' | boolean> {
    const log = makeStepLog(this.deps.transact, run.deployment.id, row.position, this.deps.redact);
    try {
      const result = await this.execute(run, plannedOf(run, row), row, steps, log.add).finally(log.flush);
      if (result.kind === 'done') return await this.record(run, { row, steps }, result);
      await this.deps.ledger.wait(run.lease, row, result);
      return false;
    } catch (error) {
      if (error instanceof NotRecorded) throw error.cause_;
      return this.failed(run, row, error);
    }
  }

  /** A step that worked did not fail because the database was away when that was to be written down: it runs again. */
  private async record(
    run: Run,
    { row, steps }: Begun,
    result: Extract<StepResult, { kind: 'done' }>,
  ): Promise<Begun | 'all_done' | true> {
    const following = steps[row.position + 1];
    const next = following?.state === 'pending' && !this.deps.shutdown.aborted ? following : null;
    try {
      const isBegun = await this.deps.ledger.finishStep(run.lease, row, result, next);
      if (following === undefined) return 'all_done';
      if (!isBegun || next === null) return true;
    } catch (error) {
      throw isDatabaseAway(error) ? new NotRecorded(error) : error;
    }
    // As it would be read back: later steps ask for nothing but outputs.
    const output = JSON.parse(JSON.stringify(result.output)) as StepOutput;
    return { row: next, steps: steps.map((one) => (one === row ? { ...one, state: 'done', output } : one)) };
  }

  private async execute(
    run: Run,
    planned: PlannedStep,
    row: StepRow,
    steps: readonly StepRow[],
    log: (line: string) => void,
  ): Promise<StepResult & { readonly skipped?: boolean }> {
    const handler = this.handler(planned.kind);
    const timeout = AbortSignal.timeout(handler.timeoutMs);
    const ends = [timeout, run.keeper.lost.signal, this.deps.shutdown];
    if (!FORWARD_ONLY.has(planned.kind)) ends.push(run.keeper.cancelled.signal);
    const context = this.context(run, row, steps, AbortSignal.any(ends), log);
    const work = async (): Promise<StepResult & { readonly skipped?: boolean }> => {
      const already = await handler.check?.(context, planned.args);
      if (already !== undefined && already !== null) return { kind: 'done', output: already, skipped: true };
      return handler.apply(context, planned.args);
    };
    return endOrLeave(work, context.signal).catch((error: unknown) => {
      throw explain(error, timeout, planned.kind, handler.timeoutMs);
    });
  }

  private context(
    run: Run,
    row: StepRow,
    steps: readonly StepRow[],
    signal: AbortSignal,
    log: (line: string) => void,
  ): StepContext {
    return {
      deployment: run.deployment,
      outputs: outputsOf(steps),
      signal,
      attempt: row.attempt,
      log,
      write: (work) => this.deps.ledger.rows(run.lease, work),
    };
  }

  private async failed(run: Run, row: StepRow, error: unknown): Promise<boolean> {
    if (run.keeper.lost.signal.aborted || error instanceof LeaseLost) throw new LeaseLost();
    if (this.deps.shutdown.aborted) {
      await this.deps.ledger.giveBack(run.lease);
      return false;
    }
    const forwardOnly = FORWARD_ONLY.has(row.kind);
    if (run.keeper.cancelled.signal.aborted && !forwardOnly) return this.startUndo(run, row, CANCELLED);
    if (error instanceof Unmeasured) {
      await this.deps.ledger.unmeasured(run.lease, row, error.reason, MEASURE_AGAIN_MS);
      return false;
    }
    const { reason, transient } = asReason(error);
    if (reason.code === 'unexpected')
      this.deps.logger.error(
        { err: error, deployment: run.deployment.id, ...(await this.who(run)), step: row.kind },
        'step failed in a way we did not foresee',
      );
    const delay = RETRY_MS[row.attempt] ?? (forwardOnly ? LONGEST_MS : undefined);
    if (transient && delay !== undefined) {
      await this.deps.ledger.retry(run.lease, row, reason, delay);
      return false;
    }
    if (!forwardOnly) return this.startUndo(run, row, reason);
    await this.deps.ledger.settle(run.lease, 'failed', reason, row);
    return false;
  }

  private who({ deployment }: Run): ReturnType<typeof whoOf> {
    return whoOf(this.deps.transact.read, deployment);
  }

  private async startUndo(run: Run, row: StepRow, reason: Reason): Promise<boolean> {
    await this.deps.ledger.startUndo(run.lease, reason, row);
    return true;
  }

  /** Undoes the newest step that was begun and has an undo; settles when none is left. */
  private async undoOne(run: Run, steps: readonly StepRow[]): Promise<boolean> {
    const stuck = steps.some((step) => step.kind === 'switch_traffic' && step.reason?.code === 'undo_failed');
    const row = steps.findLast((step) => wasBegun(step) && !(stuck && ROUTE_MAY_NEED.has(step.kind)));
    const planned = row === undefined ? undefined : run.plan[row.position];
    if (row === undefined || planned === undefined) {
      await this.deps.ledger.settleUndone(run.lease);
      return false;
    }
    const handler = this.handler(planned.kind);
    const log = makeStepLog(this.deps.transact, run.deployment.id, row.position, this.deps.redact);
    const timeout = AbortSignal.timeout(handler.timeoutMs);
    const context = this.context(
      run,
      row,
      steps,
      AbortSignal.any([timeout, run.keeper.lost.signal, this.deps.shutdown]),
      log.add,
    );
    try {
      await endOrLeave(async () => handler.undo?.(context, planned.args), context.signal).finally(log.flush);
    } catch (error) {
      return this.undoFailed(run, row, explain(error, timeout, planned.kind, handler.timeoutMs));
    }
    await this.deps.ledger.undone(run.lease, row, handler.undo !== undefined);
    return true;
  }

  private async undoFailed(run: Run, row: StepRow, error: unknown): Promise<boolean> {
    if (run.keeper.lost.signal.aborted || error instanceof LeaseLost) throw new LeaseLost();
    if (this.deps.shutdown.aborted) {
      await this.deps.ledger.giveBack(run.lease);
      return false;
    }
    const { reason } = asReason(error);
    const delay = RETRY_MS[row.attempt];
    const who = await this.who(run);
    this.deps.logger.warn({ err: error, deployment: run.deployment.id, ...who, step: row.kind }, 'undo failed');
    if (delay !== undefined) {
      await this.deps.ledger.retry(run.lease, row, reason, delay);
      return false;
    }
    const problem: Reason = { code: 'undo_failed', params: { step: row.kind, cause: reason.code } };
    await this.deps.ledger.undone(run.lease, row, true, problem);
    return true;
  }

  /** The map type of handlers guarantees that kind and arguments fit. */
  private handler(kind: StepKind): StepHandler<StepKind> {
    return this.deps.handlers[kind];
  }
}

const plannedOf = (run: Run, { position }: StepRow): PlannedStep => {
  const planned = run.plan[position];
  if (planned === undefined) throw new Error(`plan of ${run.deployment.id} has no step ${position}`);
  return planned;
};

class NotRecorded extends Error {
  readonly cause_: unknown;
  constructor(cause: unknown) {
    super('the result of a step could not be written down');
    this.cause_ = cause;
  }
}
/** Also one that waits for its next try: its last one may have been half done. */
const wasBegun = (step: StepRow): boolean =>
  ['done', 'failed', 'running'].includes(step.state) || (step.state === 'pending' && step.startedAt !== null);
const outputsOf = (steps: readonly StepRow[]): Readonly<Partial<Record<StepKind, StepOutput>>> =>
  Object.fromEntries(steps.filter((step) => step.output !== null).map((step) => [step.kind, step.output ?? {}]));
