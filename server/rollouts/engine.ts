import type { Logger } from '../logger';
import type { Deployment, Lease, Reason } from '../domain/deployment';
import { PLAN_VERSION, type PlannedStep, type StepKind, type StepOutput, type StepRow } from '../domain/step';
import type { Transactor } from '../stores';
import type { StepContext, StepHandler, StepHandlers, StepResult } from './handler';
import { LeaseKeeper } from './lease';
import type { Ledger } from './ledger';
import { asReason, LeaseLost, Unmeasured } from './step-error';

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
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000, 30_000] as const;
const MEASURE_AGAIN_MS = 5000;

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
    const plan = await this.deps.transact.read.deployments.plan(id);
    const keeper = new LeaseKeeper(this.deps.transact, claimed.lease);
    const run: Run = { ...claimed, keeper, plan: plan.steps };
    try {
      if (plan.version !== PLAN_VERSION)
        await this.deps.ledger.startUndo(run.lease, { code: 'plan_too_old', params: { version: plan.version } });
      while (await this.advance(run));
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      this.deps.logger.info({ deployment: id }, 'lease lost; another worker goes on');
    } finally {
      keeper.stop();
    }
  }

  /** One step forward, or one step back while undoing. False = nothing more to do now. */
  private async advance(run: Run): Promise<boolean> {
    if (this.deps.shutdown.aborted) {
      await this.deps.ledger.giveBack(run.lease);
      return false;
    }
    const { state, steps } = await this.deps.ledger.read(run.lease);
    if (state === 'undoing') return this.undoOne(run, steps);
    const next = steps.find((step) => step.state === 'pending' || step.state === 'running');
    if (next === undefined) {
      await this.deps.ledger.settle(run.lease, 'succeeded', null);
      return false;
    }
    if (run.keeper.cancelled.signal.aborted) {
      await this.deps.ledger.startUndo(run.lease, { code: 'cancelled', params: {} });
      return true;
    }
    return this.perform(run, next, steps);
  }

  private async perform(run: Run, row: StepRow, steps: readonly StepRow[]): Promise<boolean> {
    const planned = run.plan[row.position];
    if (planned === undefined) throw new Error(`plan of ${run.deployment.id} has no step ${row.position}`);
    if (!(await this.deps.ledger.beginStep(run.lease, row, planned.kind))) return false;
    const log = this.deps.ledger.stepLog(run.deployment.id, row.position, this.deps.redact);
    try {
      const result = await this.execute(run, planned, row, steps, log.add);
      await log.flush();
      if (result.kind === 'wait') {
        await this.deps.ledger.wait(run.lease, row, result.ms, result.waitingFor);
        return false;
      }
      await this.deps.ledger.finishStep(run.lease, row, result);
      return true;
    } catch (error) {
      await log.flush();
      return this.failed(run, row, error);
    }
  }

  private async execute(
    run: Run,
    planned: PlannedStep,
    row: StepRow,
    steps: readonly StepRow[],
    log: (line: string) => void,
  ): Promise<StepResult & { readonly skipped?: boolean }> {
    const handler = this.handler(planned.kind);
    const signal = AbortSignal.any([
      AbortSignal.timeout(handler.timeoutMs),
      run.keeper.lost.signal,
      run.keeper.cancelled.signal,
      this.deps.shutdown,
    ]);
    const context: StepContext = {
      deployment: run.deployment,
      outputs: outputsOf(steps),
      signal,
      attempt: row.attempt,
      log,
    };
    const already = await handler.check?.(context, planned.args);
    if (already !== undefined && already !== null) return { kind: 'done', output: already, skipped: true };
    return handler.apply(context, planned.args);
  }

  private async failed(run: Run, row: StepRow, error: unknown): Promise<boolean> {
    if (run.keeper.lost.signal.aborted || error instanceof LeaseLost) throw new LeaseLost();
    if (this.deps.shutdown.aborted) {
      await this.deps.ledger.giveBack(run.lease);
      return false;
    }
    if (run.keeper.cancelled.signal.aborted) return this.startUndo(run, row, { code: 'cancelled', params: {} });
    if (error instanceof Unmeasured) {
      await this.deps.ledger.unmeasured(run.lease, row, error.reason, MEASURE_AGAIN_MS);
      return false;
    }
    const { reason, transient } = asReason(error);
    if (reason.code === 'unexpected')
      this.deps.logger.error(
        { err: error, deployment: run.deployment.id, step: row.kind },
        'step failed in a way we did not foresee',
      );
    const delay = RETRY_MS[row.attempt];
    if (transient && delay !== undefined) {
      await this.deps.ledger.retry(run.lease, row, reason, delay);
      return false;
    }
    return this.startUndo(run, row, reason);
  }

  private async startUndo(run: Run, row: StepRow, reason: Reason): Promise<boolean> {
    await this.deps.ledger.startUndo(run.lease, reason, row);
    return true;
  }

  /** Undoes the newest finished step that has an undo; settles when none is left. */
  private async undoOne(run: Run, steps: readonly StepRow[]): Promise<boolean> {
    const row = [...steps].reverse().find((step) => ['done', 'failed', 'running'].includes(step.state));
    const planned = row === undefined ? undefined : run.plan[row.position];
    if (row === undefined || planned === undefined) {
      await this.deps.ledger.settleUndone(run.lease);
      return false;
    }
    const handler = this.handler(planned.kind);
    const log = this.deps.ledger.stepLog(run.deployment.id, row.position, this.deps.redact);
    const signal = AbortSignal.any([
      AbortSignal.timeout(handler.timeoutMs),
      run.keeper.lost.signal,
      this.deps.shutdown,
    ]);
    try {
      await handler.undo?.(
        { deployment: run.deployment, outputs: outputsOf(steps), signal, attempt: row.attempt, log: log.add },
        planned.args,
      );
      await this.deps.ledger.undone(run.lease, row, handler.undo !== undefined);
      return true;
    } catch (error) {
      if (run.keeper.lost.signal.aborted) throw new LeaseLost();
      const { reason } = asReason(error);
      const delay = RETRY_MS[row.attempt];
      this.deps.logger.warn({ err: error, deployment: run.deployment.id, step: row.kind }, 'undo failed');
      if (delay === undefined)
        await this.deps.ledger.undone(run.lease, row, true, {
          code: 'undo_failed',
          params: { step: row.kind, cause: reason.code },
        });
      else await this.deps.ledger.retry(run.lease, row, reason, delay);
      return delay === undefined;
    } finally {
      await log.flush();
    }
  }

  /** The map type of handlers guarantees that kind and arguments fit. */
  private handler(kind: StepKind): StepHandler<StepKind> {
    return this.deps.handlers[kind] as StepHandler<StepKind>;
  }
}

const outputsOf = (steps: readonly StepRow[]): Readonly<Partial<Record<StepKind, StepOutput>>> =>
  Object.fromEntries(steps.filter((step) => step.output !== null).map((step) => [step.kind, step.output ?? {}]));
