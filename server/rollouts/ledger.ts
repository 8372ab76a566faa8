import { FORWARD_ONLY, LANE_STEPS, type StepKind, type StepRow } from '../domain/step';
import {
  isActive,
  needsSlot,
  type Deployment,
  type DeploymentState,
  type Lease,
  type Reason,
} from '../domain/deployment';
import type { Member, MemberState } from '../domain/rollout';
import type { NewEvent } from '../stores/event-store';
import type { Stores, Transactor } from '../stores';
import type { StepResult } from './handler';
import { SchemaLane } from './lane';
import { LEASE_SECONDS } from './lease';
import { deploymentStream, memberChange, memberStateEvent, memberStepEvent, stepEvent } from './member-events';
import type { MemberChange } from '../stores/rollout-store';
import { LeaseLost } from './step-error';

/** The old release still stands by while these run, and they cost next to nothing: they hold no slot. */
const AFTER_SWITCH: ReadonlySet<StepKind> = new Set(['soak', 'retire_release']);
const workingState = (deployment: Deployment, kind: StepKind): MemberState => {
  if (deployment.kind === 'rollback') return 'rolling_back';
  return kind === 'soak' ? 'soaking' : 'running';
};
const standsAt = ({ position, kind }: StepRow): { readonly state: DeploymentState; readonly position: number } => ({
  state: AFTER_SWITCH.has(kind) ? 'soaking' : 'running',
  position,
});
const WORKING: readonly DeploymentState[] = ['running', 'soaking'];
const OWNED: readonly DeploymentState[] = [...WORKING, 'undoing'];
const asColumns = (reason: Reason): { readonly reason_code: string; readonly reason: string } => ({
  reason_code: reason.code,
  reason: JSON.stringify(reason.params),
});
type Change = Readonly<Record<string, unknown>> & { readonly state?: DeploymentState };
interface Told {
  readonly deployment: Deployment;
  readonly member: Member | null;
}
export const followUpOf = (rolloutId: string): string => `follow_up:${rolloutId}`;

/**
 * Every persisted transition of a deployment: a guarded update (id, owner, epoch, state) in one transaction with its
 * step row, its member row and its events. Zero matched rows means that the lease is gone.
 */
export class Ledger {
  private readonly transact: Transactor;
  private readonly lane: SchemaLane;
  private readonly lockPrefix: string;
  /** Called after a deployment settled or a lane became free: something else may be due. */
  private readonly ring: (rolloutId: string | null) => void;
  private readonly slots: number;

  constructor(options: {
    readonly transact: Transactor;
    readonly lockPrefix: string;
    readonly slots: number;
    readonly ring: (rolloutId: string | null) => void;
  }) {
    this.transact = options.transact;
    this.lane = new SchemaLane(options.transact);
    this.lockPrefix = options.lockPrefix;
    this.ring = options.ring;
    this.slots = options.slots;
  }

  /** Takes the lease; who needs a slot, when one is free. */
  async claim(id: string, owner: string): Promise<{ readonly deployment: Deployment; readonly lease: Lease } | null> {
    return this.transact.run(async (stores) => {
      const seen = await stores.deployments.find(id);
      if (seen === null || !isActive(seen.state)) return null;
      if (needsSlot(seen)) {
        await stores.knex('servers').orderBy('id').forUpdate().select('id');
        if ((await stores.deployments.slotsInUse()) >= this.slots) return null;
      }
      return stores.deployments.claim(id, owner, LEASE_SECONDS, this.lockPrefix);
    });
  }

  async read(lease: Lease): Promise<{
    readonly state: DeploymentState;
    readonly cancelRequested: boolean;
    readonly steps: readonly StepRow[];
  }> {
    const deployment = await this.transact.read.deployments.find(lease.deploymentId);
    if (deployment?.leaseOwner !== lease.owner || deployment.leaseEpoch !== lease.epoch) throw new LeaseLost();
    return {
      state: deployment.state,
      cancelRequested: deployment.cancelRequestedAt !== null,
      steps: await this.transact.read.steps.list(lease.deploymentId),
    };
  }

  /** Rows a step changes itself, fenced like everything else. */
  async rows<T>(lease: Lease, work: (stores: Stores) => Promise<T>): Promise<T> {
    return this.fenced(lease, OWNED, {}, work);
  }

  /** Marks a step as running; a lane step first takes the schema lane or goes to sleep. False = sleeps. */
  async beginStep(lease: Lease, row: StepRow): Promise<boolean> {
    const busy = await this.write(lease, WORKING, standsAt(row), async (stores, deployment, member) => {
      const held = LANE_STEPS.has(row.kind) ? await this.lane.take(stores, deployment) : null;
      if (held === null) await this.begin(stores, { deployment, member }, row, []);
      return held;
    });
    if ((busy !== null && (await this.lane.lookAgain(busy))) || AFTER_SWITCH.has(row.kind)) this.ring(null);
    return busy === null;
  }

  private async begin(stores: Stores, told: Told, row: StepRow, before: readonly NewEvent[]): Promise<void> {
    const { deployment } = told;
    const { position, kind, attempt, reason } = row;
    const started = row.startedAt ?? new Date();
    await stores.steps.set(deployment.id, position, { state: 'running', attempt, started, reason: null });
    // What is measured again stays "not measured" until it has passed.
    const again = typeof reason?.params['tries'] === 'number';
    await this.tell(
      stores,
      told,
      { ...(again ? {} : { state: workingState(deployment, kind), reason: null }), step: position + 1 },
      [...before, stepEvent(deployment, position, kind, 'running', null)],
      kind,
    );
  }

  /**
   * Writes down what a step gave, and with it that `next` runs, when it needs no lane and nobody has asked to stop. Whoever dies between two
   * steps has then begun the second and done nothing of it. True = `next` runs.
   */
  async finishStep(
    lease: Lease,
    row: StepRow,
    result: Extract<StepResult, { kind: 'done' }> & { readonly skipped?: boolean },
    next: StepRow | null,
  ): Promise<boolean> {
    const follows = next === null || LANE_STEPS.has(next.kind) ? null : next;
    const change = follows === null ? {} : standsAt(follows);
    const { freed, begun } = await this.write(lease, WORKING, change, async (stores, deployment, member) => {
      const extra = (await result.record?.(stores)) ?? [];
      const state = result.skipped === true ? 'skipped' : 'done';
      await stores.steps.set(lease.deploymentId, row.position, {
        state,
        output: result.output,
        ended: new Date(),
        reason: null,
      });
      const events = [stepEvent(deployment, row.position, row.kind, state, null), ...extra];
      const mayBegin = follows !== null && (deployment.cancelRequestedAt === null || FORWARD_ONLY.has(follows.kind));
      if (mayBegin) await this.begin(stores, { deployment, member }, follows, events);
      else await stores.events.append(events);
      return {
        freed: LANE_STEPS.has(row.kind) ? await stores.databases.releaseLane(deployment.id) : [],
        begun: mayBegin ? follows.kind : null,
      };
    });
    await this.freed(freed);
    // What stands behind the switch has given its slot back already.
    if (begun !== null && AFTER_SWITCH.has(begun) && !AFTER_SWITCH.has(row.kind)) this.ring(null);
    return begun !== null;
  }

  private async freed(databaseIds: readonly string[]): Promise<void> {
    if (databaseIds.length === 0) return;
    await this.lane.wakeNext(databaseIds);
    this.ring(null);
  }

  async wait(lease: Lease, row: StepRow, result: Extract<StepResult, { kind: 'wait' }>): Promise<void> {
    const rolloutId = await this.write(lease, WORKING, {}, async (stores, deployment) => {
      await stores.steps.set(lease.deploymentId, row.position, { state: 'pending' });
      await stores.databases.releaseLane(deployment.id);
      await stores.deployments.sleep(deployment.id, result.ms, { state: 'waiting', waiting_for: result.waitingFor });
      return deployment.rolloutId;
    });
    if ((await result.isOver?.()) === true) await this.transact.read.deployments.wakeOne(lease.deploymentId);
    this.ring(rolloutId);
  }

  /** Sleeps, then the same step again. A half-done act keeps its lane. */
  async retry(lease: Lease, row: StepRow, reason: Reason, ms: number): Promise<void> {
    await this.write(lease, OWNED, {}, async (stores, deployment) => {
      const undoing = deployment.state === 'undoing';
      await stores.steps.set(lease.deploymentId, row.position, {
        state: undoing ? row.state : 'pending',
        attempt: row.attempt + 1,
        reason,
      });
      await stores.events.append([stepEvent(deployment, row.position, row.kind, 'retry', reason)]);
      await stores.deployments.sleep(deployment.id, ms, undoing ? {} : { state: 'waiting', waiting_for: 'retry' });
    });
  }

  /** Neither pass nor fail: the member says so with its `tries`, the coordinator pauses the run when it lasts. */
  async unmeasured(lease: Lease, row: StepRow, cause: Reason, ms: number): Promise<void> {
    const before = row.reason?.params['tries'];
    const reason = { ...cause, params: { ...cause.params, tries: (typeof before === 'number' ? before : 0) + 1 } };
    const rolloutId = await this.write(lease, WORKING, {}, async (stores, deployment, member) => {
      await stores.steps.set(lease.deploymentId, row.position, { state: 'pending', reason });
      await this.tell(stores, { deployment, member }, { state: 'unmeasured', reason }, [
        stepEvent(deployment, row.position, row.kind, 'unmeasured', reason),
      ]);
      await stores.deployments.sleep(deployment.id, ms, { state: 'waiting', waiting_for: 'measure' });
      return deployment.rolloutId;
    });
    this.ring(rolloutId);
  }

  async startUndo(lease: Lease, reason: Reason, row?: StepRow): Promise<void> {
    await this.write(lease, WORKING, { state: 'undoing', ...asColumns(reason) }, async (stores, deployment) => {
      await stores.steps.resetAttempts(deployment.id);
      if (row !== undefined) await this.failStep(stores, deployment, row, reason);
    });
  }

  private async failStep(stores: Stores, deployment: Deployment, row: StepRow, reason: Reason): Promise<void> {
    await stores.steps.set(deployment.id, row.position, { state: 'failed', reason, ended: new Date() });
    await stores.events.append([stepEvent(deployment, row.position, row.kind, 'failed', reason)]);
  }

  async undone(lease: Lease, row: StepRow, acted: boolean, problem?: Reason): Promise<void> {
    await this.write(lease, ['undoing'], {}, async (stores, deployment) => {
      await stores.steps.set(lease.deploymentId, row.position, {
        state: 'undone',
        attempt: 0,
        ...(problem === undefined ? {} : { reason: problem }),
      });
      // What failed first stands nearest to the citizens.
      if (problem !== undefined && deployment.reason?.code !== 'undo_failed')
        await stores.deployments.guarded(lease, ['undoing'], asColumns(problem));
      if (acted) await stores.events.append([stepEvent(deployment, row.position, row.kind, 'undone', problem ?? null)]);
    });
  }

  async settleUndone(lease: Lease): Promise<void> {
    const deployment = await this.transact.read.deployments.find(lease.deploymentId);
    const reason = deployment?.reason ?? { code: 'unexpected', params: {} };
    await this.settle(lease, reason.code === 'cancelled' ? 'cancelled' : 'failed', reason);
  }

  /** `row` = the step it ends with, left as it is: behind the point of no return nothing is undone. */
  async settle(
    lease: Lease,
    state: 'succeeded' | 'failed' | 'cancelled',
    reason: Reason | null,
    row?: StepRow,
  ): Promise<void> {
    const change = { state, lease_owner: null, lease_until: null };
    const settled = await this.write(lease, OWNED, change, async (stores, deployment, member) => {
      if (row !== undefined && reason !== null) await this.failStep(stores, deployment, row, reason);
      await stores.deployments.end(deployment.id, reason);
      const freed = await stores.databases.releaseLane(deployment.id);
      if (deployment.kind === 'follow_up') await stores.deployments.wake(followUpOf(deployment.rolloutId), 10_000);
      await this.tell(stores, { deployment, member }, memberChange(deployment, state, reason), [
        { stream: deploymentStream(deployment.id), type: 'settled', body: { state, reason } },
      ]);
      return { freed, rolloutId: deployment.rolloutId };
    });
    await this.lane.wakeNext(settled.freed);
    this.ring(settled.rolloutId);
  }

  /** Another worker, or this one after `pauseMs`, goes on with the same step. */
  async giveBack(lease: Lease, pauseMs = 0): Promise<void> {
    await this.write(lease, OWNED, {}, (stores) => stores.deployments.sleep(lease.deploymentId, pauseMs, {}));
  }

  /** Member row and rollout events follow the deployment in the same transaction. */
  private async tell(
    stores: Stores,
    { deployment, member: before }: Told,
    change: MemberChange,
    events: readonly NewEvent[],
    step?: StepKind,
  ): Promise<void> {
    const { rolloutId, subjectId } = deployment;
    if (before === null) {
      await stores.events.append(events);
      return;
    }
    await stores.rollouts.setMember(rolloutId, subjectId, change);
    const member: Member = { ...before, ...change };
    const live: NewEvent[] = step === undefined ? [] : [memberStepEvent(member, step, 'running', null)];
    if (member.state !== before.state || change.reason?.code !== undefined) {
      const instance = await stores.instances.find(subjectId);
      const release = instance?.releaseId == null ? null : await stores.releases.find(instance.releaseId);
      live.unshift(memberStateEvent(member, deployment, release?.version ?? null));
    }
    await stores.events.append([...events, ...live]);
  }

  private async write<T>(
    lease: Lease,
    states: readonly DeploymentState[],
    change: Change,
    more: (stores: Stores, deployment: Deployment, member: Member | null) => Promise<T>,
  ): Promise<T> {
    return this.fenced(lease, states, change, async (stores) => {
      const found = await stores.deployments.withMember(lease.deploymentId);
      if (found === null) throw new LeaseLost();
      return more(stores, found.deployment, found.member);
    });
  }

  private async fenced<T>(
    lease: Lease,
    states: readonly DeploymentState[],
    change: Change,
    work: (stores: Stores) => Promise<T>,
  ): Promise<T> {
    return this.transact.run(async (stores) => {
      if (!(await stores.deployments.guarded(lease, states, change))) throw new LeaseLost();
      return work(stores);
    });
  }
}
