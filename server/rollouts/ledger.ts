import { LANE_STEPS, type StepKind, type StepRow } from '../domain/step';
import { isActive, type Deployment, type DeploymentState, type Lease, type Reason } from '../domain/deployment';
import type { MemberState } from '../domain/rollout';
import type { NewEvent } from '../stores/event-store';
import type { Stores, Transactor } from '../stores';
import type { StepResult } from './handler';
import { LEASE_SECONDS } from './lease';
import { memberChange, memberStateEvent, memberStepEvent, stepEvent } from './member-events';
import type { MemberChange } from '../stores/rollout-store';
import { LeaseLost } from './step-error';

const SOAK_STEPS: ReadonlySet<StepKind> = new Set(['soak']);
const workingState = (deployment: Deployment, kind: StepKind): MemberState => {
  if (deployment.kind === 'rollback') return 'rolling_back';
  return SOAK_STEPS.has(kind) ? 'soaking' : 'running';
};
const WORKING: readonly DeploymentState[] = ['running', 'soaking'];
const LANE_WAIT_MS = 30_000;

/**
 * Every persisted transition of a deployment: a guarded update (id, owner, epoch, state) in one transaction with its
 * step row, its member row and its events. Zero matched rows means that the lease is gone.
 */
export class Ledger {
  private readonly transact: Transactor;
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
    this.lockPrefix = options.lockPrefix;
    this.ring = options.ring;
    this.slots = options.slots;
  }

  /** Takes the lease when a slot of the server is free. Undoing, soaking and database work never waits for a slot. */
  async claim(id: string, owner: string): Promise<{ readonly deployment: Deployment; readonly lease: Lease } | null> {
    return this.transact.run(async (stores) => {
      const seen = await stores.deployments.find(id);
      if (seen === null || !isActive(seen.state)) return null;
      if (seen.subjectKind === 'instance' && (seen.state === 'queued' || seen.state === 'waiting')) {
        await stores.knex('servers').orderBy('id').forUpdate().select('id');
        if ((await stores.deployments.slotsInUse(this.lockPrefix)) >= this.slots) return null;
      }
      return stores.deployments.claim(id, owner, LEASE_SECONDS, this.lockPrefix);
    });
  }

  async read(lease: Lease): Promise<{ readonly state: DeploymentState; readonly steps: readonly StepRow[] }> {
    const deployment = await this.transact.read.deployments.find(lease.deploymentId);
    if (deployment?.leaseOwner !== lease.owner || deployment.leaseEpoch !== lease.epoch) throw new LeaseLost();
    return { state: deployment.state, steps: await this.transact.read.deployments.steps(lease.deploymentId) };
  }

  /** Marks a step as running; a lane step first takes the schema lane or goes to sleep. False = sleeps. */
  async beginStep(lease: Lease, row: StepRow, kind: StepKind): Promise<boolean> {
    return this.write(
      lease,
      WORKING,
      { state: SOAK_STEPS.has(kind) ? 'soaking' : 'running', position: row.position },
      async (stores, deployment) => {
        if (LANE_STEPS.has(kind) && !(await this.takeLane(stores, deployment))) return false;
        const started = row.startedAt ?? new Date();
        await stores.deployments.setStep(lease.deploymentId, row.position, {
          state: 'running',
          attempt: row.attempt,
          started,
          reason: null,
        });
        const total = (await stores.deployments.plan(lease.deploymentId)).steps.length;
        await this.tell(
          stores,
          deployment,
          { state: workingState(deployment, kind), step: row.position + 1, steps: total },
          [stepEvent(deployment, row.position, kind, 'running', null)],
          kind,
        );
        return true;
      },
    );
  }

  private async takeLane(stores: Stores, deployment: Deployment): Promise<boolean> {
    const databaseId =
      deployment.subjectKind === 'database'
        ? deployment.subjectId
        : (await stores.instances.find(deployment.subjectId))?.databaseId;
    if (databaseId === null || databaseId === undefined) return true;
    if (await stores.databases.takeLane(databaseId, deployment.id)) return true;
    await this.sleep(stores, deployment, LANE_WAIT_MS, `lane:${databaseId}`);
    return false;
  }

  async finishStep(
    lease: Lease,
    row: StepRow,
    result: Extract<StepResult, { kind: 'done' }> & { readonly skipped?: boolean },
  ): Promise<void> {
    const freed = await this.write(lease, WORKING, {}, async (stores, deployment) => {
      const extra = (await result.record?.(stores)) ?? [];
      const state = result.skipped === true ? 'skipped' : 'done';
      await stores.deployments.setStep(lease.deploymentId, row.position, {
        state,
        output: result.output,
        ended: new Date(),
        reason: null,
      });
      const freedLane = await this.freeLane(stores, deployment, row.kind);
      await stores.events.append([stepEvent(deployment, row.position, row.kind, state, null), ...extra]);
      return freedLane;
    });
    if (freed) this.ring(null);
  }

  private async freeLane(stores: Stores, deployment: Deployment, kind: StepKind | null): Promise<boolean> {
    if (kind !== null && !LANE_STEPS.has(kind)) return false;
    const databaseId =
      deployment.subjectKind === 'database'
        ? deployment.subjectId
        : (await stores.instances.find(deployment.subjectId))?.databaseId;
    await stores.databases.releaseLane(deployment.id);
    if (databaseId !== null && databaseId !== undefined) await stores.deployments.wake(`lane:${databaseId}`, 1);
    return true;
  }

  async wait(lease: Lease, row: StepRow, ms: number, waitingFor: string): Promise<void> {
    await this.write(lease, WORKING, {}, async (stores, deployment) => {
      await stores.deployments.setStep(lease.deploymentId, row.position, { state: 'pending' });
      await this.freeLane(stores, deployment, row.kind);
      await this.sleep(stores, deployment, ms, waitingFor);
    });
    this.ring((await this.transact.read.deployments.find(lease.deploymentId))?.rolloutId ?? null);
  }

  private async sleep(stores: Stores, deployment: Deployment, ms: number, waitingFor: string): Promise<void> {
    await stores
      .knex('deployments')
      .where({ id: deployment.id })
      .update({
        state: 'waiting',
        lease_owner: null,
        lease_until: null,
        waiting_for: waitingFor,
        wake_at: stores.knex.raw('UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND', [ms * 1000]),
      });
  }

  async retry(lease: Lease, row: StepRow, reason: Reason, ms: number): Promise<void> {
    await this.write(lease, [...WORKING, 'undoing'], {}, async (stores, deployment) => {
      const undoing = (await stores.deployments.find(lease.deploymentId))?.state === 'undoing';
      await stores.deployments.setStep(lease.deploymentId, row.position, {
        state: undoing ? row.state : 'pending',
        attempt: row.attempt + 1,
        reason,
      });
      await this.freeLane(stores, deployment, row.kind);
      await stores.events.append([stepEvent(deployment, row.position, row.kind, 'retry', reason)]);
      if (undoing)
        await stores
          .knex('deployments')
          .where({ id: deployment.id })
          .update({
            lease_owner: null,
            lease_until: null,
            wake_at: stores.knex.raw('UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND', [ms * 1000]),
          });
      else await this.sleep(stores, deployment, ms, 'retry');
    });
  }

  /** Neither pass nor fail: the member says so, the coordinator pauses the run when it lasts. */
  async unmeasured(lease: Lease, row: StepRow, reason: Reason, ms: number): Promise<void> {
    await this.write(lease, WORKING, {}, async (stores, deployment) => {
      await stores.deployments.setStep(lease.deploymentId, row.position, {
        state: 'pending',
        attempt: row.attempt + 1,
        reason,
      });
      await this.tell(stores, deployment, { state: 'unmeasured', reason }, [
        stepEvent(deployment, row.position, row.kind, 'unmeasured', reason),
      ]);
      await this.sleep(stores, deployment, ms, 'measure');
    });
    this.ring((await this.transact.read.deployments.find(lease.deploymentId))?.rolloutId ?? null);
  }

  async startUndo(lease: Lease, reason: Reason, row?: StepRow): Promise<void> {
    await this.write(
      lease,
      WORKING,
      { state: 'undoing', reason_code: reason.code, reason: JSON.stringify(reason.params) },
      async (stores, deployment) => {
        if (row === undefined) return;
        await stores.deployments.setStep(lease.deploymentId, row.position, {
          state: 'failed',
          reason,
          attempt: 0,
          ended: new Date(),
        });
        await stores.events.append([stepEvent(deployment, row.position, row.kind, 'failed', reason)]);
      },
    );
  }

  async undone(lease: Lease, row: StepRow, acted: boolean, problem?: Reason): Promise<void> {
    const change = problem === undefined ? {} : { reason_code: problem.code, reason: JSON.stringify(problem.params) };
    await this.write(lease, ['undoing'], change, async (stores, deployment) => {
      await stores.deployments.setStep(lease.deploymentId, row.position, { state: 'undone', attempt: 0 });
      if (acted) await stores.events.append([stepEvent(deployment, row.position, row.kind, 'undone', problem ?? null)]);
    });
  }

  async settleUndone(lease: Lease): Promise<void> {
    const deployment = await this.transact.read.deployments.find(lease.deploymentId);
    const reason = deployment?.reason ?? { code: 'unexpected', params: {} };
    await this.settle(lease, reason.code === 'cancelled' ? 'cancelled' : 'failed', reason);
  }

  async settle(lease: Lease, state: 'succeeded' | 'failed' | 'cancelled', reason: Reason | null): Promise<void> {
    const rolloutId = await this.write(
      lease,
      [...WORKING, 'undoing'],
      { state, lease_owner: null, lease_until: null },
      async (stores, deployment) => {
        await stores
          .knex('deployments')
          .where({ id: deployment.id })
          .update({
            ended_at: stores.knex.raw('UTC_TIMESTAMP(3)'),
            ...(reason ? { reason_code: reason.code, reason: JSON.stringify(reason.params) } : {}),
          });
        await this.freeLane(stores, deployment, null);
        await this.tell(stores, deployment, memberChange(deployment, state, reason), [
          { stream: `deployment:${deployment.id}`, type: 'settled', body: { state, reason } },
        ]);
        return deployment.rolloutId;
      },
    );
    this.ring(rolloutId);
  }

  /** Shutdown: the next worker goes on at once. */
  async giveBack(lease: Lease): Promise<void> {
    await this.transact.read.deployments.guarded(lease, [...WORKING, 'undoing'], {
      lease_owner: null,
      lease_until: null,
    });
  }

  /** Collects the log lines of a step and keeps them in batches, redacted. */
  stepLog(
    deploymentId: string,
    position: number,
    redact: (line: string) => string,
  ): { readonly add: (line: string) => void; readonly flush: () => Promise<void> } {
    let lines: { at: Date; line: string }[] = [];
    return {
      add: (line) => void lines.push({ at: new Date(), line: redact(line) }),
      flush: async () => {
        const batch = lines.slice(-500);
        lines = [];
        if (batch.length === 0) return;
        await this.transact.run(async (stores) => {
          await stores.deployments.log(deploymentId, position, batch);
          await stores.events.append([
            {
              stream: `deployment:${deploymentId}`,
              type: 'log',
              body: { position, lines: batch.map(({ line }) => line) },
            },
          ]);
        });
      },
    };
  }

  /** Member row and rollout events follow the deployment in the same transaction. */
  private async tell(
    stores: Stores,
    deployment: Deployment,
    change: MemberChange,
    events: readonly NewEvent[],
    step?: StepKind,
  ): Promise<void> {
    const before =
      deployment.subjectKind === 'instance'
        ? await stores.rollouts.member(deployment.rolloutId, deployment.subjectId)
        : null;
    if (before === null) {
      await stores.events.append(events);
      return;
    }
    await stores.rollouts.setMember(deployment.rolloutId, deployment.subjectId, change);
    const member = (await stores.rollouts.member(deployment.rolloutId, deployment.subjectId)) ?? before;
    const live: NewEvent[] = step === undefined ? [] : [memberStepEvent(member, step, 'running', null)];
    if (member.state !== before.state || change.reason !== undefined) {
      const instance = await stores.instances.find(deployment.subjectId);
      const release = instance?.releaseId == null ? null : await stores.releases.find(instance.releaseId);
      live.unshift(memberStateEvent(member, deployment, release?.version ?? null));
    }
    await stores.events.append([...events, ...live]);
  }

  private async write<T>(
    lease: Lease,
    states: readonly DeploymentState[],
    change: Readonly<Record<string, unknown>>,
    more: (stores: Stores, deployment: Deployment) => Promise<T>,
  ): Promise<T> {
    return this.transact.run(async (stores) => {
      if (!(await stores.deployments.guarded(lease, states, change))) throw new LeaseLost();
      const deployment = await stores.deployments.find(lease.deploymentId);
      if (deployment === null) throw new LeaseLost();
      return more(stores, deployment);
    });
  }
}
