import type { Knex } from 'knex';
import { COLUMNS, fromRow } from './deployment-rows';
import {
  ACTIVE_DEPLOYMENT_STATES,
  canMove,
  needsSlot,
  type Deployment,
  type DeploymentKind,
  type DeploymentState,
  type Lease,
  type Reason,
} from '../domain/deployment';
import type { PlannedStep, StepKind, StepState } from '../domain/step';
import type { Member } from '../domain/rollout';
import { memberFromRow } from './rollout-store';
import { dateOrNull, json, number, text, word, type Row } from './rows';

export interface NewDeployment {
  readonly id: string;
  readonly subjectKind: 'instance' | 'database';
  readonly subjectId: string;
  readonly rolloutId: string;
  readonly kind: DeploymentKind;
  readonly fromReleaseId: string | null;
  readonly toReleaseId: string | null;
  readonly plan: readonly PlannedStep[];
  readonly planHash: string;
  readonly planVersion: number;
}
/** A lease is free when nobody has it, its time is over, or its owner's lock is free (the process is gone). */
const LEASE_FREE = '(lease_owner IS NULL OR lease_until < UTC_TIMESTAMP(3) OR IS_FREE_LOCK(CONCAT(?, lease_owner)))';

export class DeploymentStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(fresh: NewDeployment): Promise<void> {
    await this.db('deployments').insert({
      id: fresh.id,
      subject_kind: fresh.subjectKind,
      subject_id: fresh.subjectId,
      rollout_id: fresh.rolloutId,
      kind: fresh.kind,
      from_release_id: fresh.fromReleaseId,
      to_release_id: fresh.toReleaseId,
      state: 'queued',
      plan: JSON.stringify(fresh.plan),
      plan_hash: fresh.planHash,
      plan_version: fresh.planVersion,
    });
    await this.db('deployment_steps').insert(
      fresh.plan.map((step, position) => ({ deployment_id: fresh.id, position, kind: step.kind, state: 'pending' })),
    );
  }

  async find(id: string): Promise<Deployment | null> {
    const row = (await this.db('deployments').where({ id }).first(COLUMNS)) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /** With the place it has in its rollout; no member = work on a database, or the desa goes another way by now. */
  async withMember(id: string): Promise<{ readonly deployment: Deployment; readonly member: Member | null } | null> {
    const row = (await this.db('deployments as d')
      .leftJoin(
        'rollout_members as m',
        (join) => void join.on('m.rollout_id', 'd.rollout_id').andOn('m.instance_id', 'd.subject_id'),
      )
      .where('d.id', id)
      .options({ nestTables: true })
      .first([...COLUMNS.map((column) => `d.${column}`), 'm.*'])) as { readonly d: Row; readonly m: Row } | undefined;
    if (row === undefined) return null;
    const isItsOwn = row.m['deployment_id'] === id;
    return { deployment: fromRow(row.d), member: isItsOwn ? memberFromRow(row.m) : null };
  }

  async plan(id: string): Promise<{ readonly version: number; readonly steps: readonly PlannedStep[] }> {
    const row = (await this.db('deployments').where({ id }).first('plan', 'plan_version')) as Row;
    return { version: number(row, 'plan_version'), steps: json(row, 'plan') };
  }

  async activeFor(subjectKind: 'instance' | 'database', subjectId: string): Promise<Deployment | null> {
    const row = (await this.db('deployments')
      .where({ active_subject: `${subjectKind}:${subjectId}` })
      .first(COLUMNS)) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  /**
   * Ids that could be worked on now, oldest first; of those that need a slot only as many as are free of `slots`. Who gets one in the end is
   * decided by `claim`.
   */
  async due(lockPrefix: string, limit: number, slots: number): Promise<readonly string[]> {
    const rows = (await this.db('deployments')
      .whereIn('state', [...ACTIVE_DEPLOYMENT_STATES])
      .andWhere((where) => void where.whereNull('wake_at').orWhere('wake_at', '<=', this.db.raw('UTC_TIMESTAMP(3)')))
      .andWhereRaw(LEASE_FREE, [lockPrefix])
      .orderBy('id')
      .limit(limit)
      .select(COLUMNS)) as Row[];
    const due = rows.map(fromRow);
    let free = due.some(needsSlot) ? slots - (await this.slotsInUse()) : 0;
    return due.filter((one) => !needsSlot(one) || free-- > 0).map((one) => one.id);
  }

  /** Desa that hold a slot. One whose worker died keeps its slot for whoever takes over; database work needs none. */
  async slotsInUse(): Promise<number> {
    const row = (await this.db('deployments')
      .whereIn('state', ['running', 'undoing'])
      .andWhere({ subject_kind: 'instance' })
      .count({ n: '*' })
      .first()) as Row;
    return number(row, 'n');
  }

  /**
   * Takes the lease inside the caller's transaction; null when it is held, not due, or locked by somebody who is
   * claiming it this moment. The epoch grows by one, which fences every earlier owner.
   */
  async claim(
    id: string,
    owner: string,
    seconds: number,
    lockPrefix: string,
  ): Promise<{ deployment: Deployment; lease: Lease } | null> {
    const row = (await this.db('deployments')
      .where({ id })
      .whereIn('state', [...ACTIVE_DEPLOYMENT_STATES])
      .andWhere((where) => void where.whereNull('wake_at').orWhere('wake_at', '<=', this.db.raw('UTC_TIMESTAMP(3)')))
      .andWhereRaw(LEASE_FREE, [lockPrefix])
      .forUpdate()
      .skipLocked()
      .first(COLUMNS)) as Row | undefined;
    if (!row) return null;
    const deployment = fromRow(row);
    const epoch = deployment.leaseEpoch + 1;
    const state: DeploymentState =
      deployment.state === 'queued' || deployment.state === 'waiting' ? 'running' : deployment.state;
    await this.db('deployments')
      .where({ id })
      .update({
        lease_owner: owner,
        lease_epoch: epoch,
        lease_until: this.db.raw('UTC_TIMESTAMP(3) + INTERVAL ? SECOND', [seconds]),
        wake_at: null,
        state,
        started_at: this.db.raw('COALESCE(started_at, UTC_TIMESTAMP(3))'),
        progress_at: this.db.raw('UTC_TIMESTAMP(3)'),
      });
    return {
      deployment: { ...deployment, state, leaseEpoch: epoch, leaseOwner: owner },
      lease: { deploymentId: id, owner, epoch },
    };
  }

  /** Every write of a worker goes through here: false = the lease was lost, stop at once. */
  async guarded(
    lease: Lease,
    states: readonly DeploymentState[],
    change: Readonly<Record<string, unknown>> & { readonly state?: DeploymentState },
  ): Promise<boolean> {
    const { state } = change;
    const from = state === undefined ? states : states.filter((one) => canMove(one, state));
    const count: number = await this.db('deployments')
      .where({ id: lease.deploymentId, lease_owner: lease.owner, lease_epoch: lease.epoch })
      .whereIn('state', [...from])
      .update({ ...change, progress_at: this.db.raw('UTC_TIMESTAMP(3)') });
    return count === 1;
  }

  /** Longer lease; tells whether it is still ours and whether a person asked to stop. */
  async extend(lease: Lease, seconds: number): Promise<{ readonly ours: boolean; readonly cancelRequested: boolean }> {
    const ours = await this.db('deployments')
      .where({ id: lease.deploymentId, lease_owner: lease.owner, lease_epoch: lease.epoch })
      .update({ lease_until: this.db.raw('UTC_TIMESTAMP(3) + INTERVAL ? SECOND', [seconds]) });
    const row = (await this.db('deployments').where({ id: lease.deploymentId }).first('cancel_requested_at')) as
      Row | undefined;
    return { ours: ours === 1, cancelRequested: row !== undefined && dateOrNull(row, 'cancel_requested_at') !== null };
  }

  async addProbes(
    id: string,
    probes: { readonly sent: number; readonly failed: number; readonly held: number },
  ): Promise<void> {
    await this.db('deployments')
      .where({ id })
      .update({
        probes_sent: this.db.raw('probes_sent + ?', [probes.sent]),
        probes_failed: this.db.raw('probes_failed + ?', [probes.failed]),
        probes_held: this.db.raw('probes_held + ?', [probes.held]),
      });
  }

  /** Locks them for the caller's transaction. A step holds its change before it tells of it: whoever tells of several locks them first. */
  async lock(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.db('deployments')
      .whereIn('id', [...ids])
      .orderBy('id')
      .forUpdate()
      .select('id');
  }

  /** Sleepers become due at once: nobody else would settle them. */
  async requestCancel(ids: readonly string[]): Promise<void> {
    await this.db('deployments')
      .whereIn('id', [...ids])
      .whereNull('cancel_requested_at')
      .update({
        cancel_requested_at: this.db.raw('UTC_TIMESTAMP(3)'),
        wake_at: this.db.raw("IF(state = 'waiting', NULL, wake_at)"),
      });
  }

  /** Gives the lease back and sleeps `ms`; in the caller's transaction, after `guarded`. */
  async sleep(
    id: string,
    ms: number,
    change: { readonly state?: 'waiting'; readonly waiting_for?: string },
  ): Promise<void> {
    await this.db('deployments')
      .where({ id })
      .update({
        ...change,
        lease_owner: null,
        lease_until: null,
        wake_at: this.db.raw('UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND', [ms * 1000]),
      });
  }
  async end(id: string, reason: Reason | null): Promise<void> {
    await this.db('deployments')
      .where({ id })
      .update({
        ended_at: this.db.raw('UTC_TIMESTAMP(3)'),
        ...(reason === null ? {} : { reason_code: reason.code, reason: JSON.stringify(reason.params) }),
      });
  }
  async wakeOne(id: string): Promise<void> {
    await this.db('deployments').where({ id, state: 'waiting' }).update({ wake_at: null });
  }
  /** Instances that are being changed now, with the kind of change. */
  async activeKinds(): Promise<ReadonlyMap<string, DeploymentKind>> {
    const active = this.db('deployments').whereNotNull('active_subject').andWhere({ subject_kind: 'instance' });
    const rows = (await active.select('subject_id', 'kind')) as Row[];
    return new Map(rows.map((row) => [text(row, 'subject_id').trim(), word<DeploymentKind>(row, 'kind')] as const));
  }

  /** Wakes the oldest `count` deployments that wait for this, e.g. `lane:<database>`; the others keep sleeping. */
  async wake(waitingFor: string, count: number): Promise<void> {
    await this.db('deployments')
      .where({ waiting_for: waitingFor, state: 'waiting' })
      .orderBy('id')
      .limit(count)
      .update({ wake_at: null });
  }

  /** How far the deployments of a rollout are with one kind of step, and when the step before it ended. */
  async atStep(
    rolloutId: string,
    kind: StepKind,
  ): Promise<
    readonly {
      readonly deploymentId: string;
      readonly subjectId: string;
      readonly state: DeploymentState;
      readonly step: StepState;
      readonly reached: boolean;
      readonly previousEndedAt: Date | null;
    }[]
  > {
    const rows = (await this.db('deployments as d')
      .join('deployment_steps as s', 's.deployment_id', 'd.id')
      .leftJoin(
        'deployment_steps as p',
        (join) => void join.on('p.deployment_id', 'd.id').andOn('p.position', '=', this.db.raw('s.position - 1')),
      )
      .where('d.rollout_id', rolloutId)
      .andWhere('s.kind', kind)
      .select(
        'd.id',
        'd.subject_id',
        'd.state',
        's.state as step_state',
        'd.position',
        's.position as step_position',
        'p.ended_at as previous_ended_at',
      )) as Row[];
    return rows.map((row) => ({
      deploymentId: text(row, 'id'),
      subjectId: text(row, 'subject_id'),
      state: word<DeploymentState>(row, 'state'),
      step: word<StepState>(row, 'step_state'),
      reached: number(row, 'position') >= number(row, 'step_position'),
      previousEndedAt: dateOrNull(row, 'previous_ended_at'),
    }));
  }

  async ofRollout(rolloutId: string): Promise<readonly Deployment[]> {
    const rows = (await this.db('deployments').where({ rollout_id: rolloutId }).orderBy('id').select(COLUMNS)) as Row[];
    return rows.map(fromRow);
  }
  /** Work on databases, and the desa that hold no slot now: all a rollout has to know of its deployments. */
  async idleOrOfDatabase(rolloutId: string): Promise<readonly Deployment[]> {
    const rows = (await this.db('deployments')
      .where({ rollout_id: rolloutId })
      .andWhere((where) => void where.where({ subject_kind: 'database' }).orWhereIn('state', ['waiting', 'soaking']))
      .orderBy('id')
      .select(COLUMNS)) as Row[];
    return rows.map(fromRow);
  }
  async historyOf(subjectId: string, limit: number): Promise<readonly Deployment[]> {
    const rows = (await this.db('deployments')
      .where({ subject_id: subjectId })
      .orderBy('id', 'desc')
      .limit(limit)
      .select(COLUMNS)) as Row[];
    return rows.map(fromRow);
  }
}
