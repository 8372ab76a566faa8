import type { Knex } from 'knex';
import type { Reason } from '../domain/deployment';
import {
  isMemberEnded,
  isRolloutActive,
  MEMBER_STATES,
  ROLLOUT_STATES,
  type Member,
  type MemberState,
  type Rollout,
  type RolloutKind,
  type RolloutPolicy,
  type RolloutStage,
  type RolloutState,
  type StageRecord,
} from '../domain/rollout';
import { date, dateOrNull, json, number, reasonOf, text, textOrNull, toJson, word, type Row } from './rows';

const fromRow = (row: Row): Rollout => ({
  id: text(row, 'id'),
  kind: word<RolloutKind>(row, 'kind'),
  state: word<RolloutState>(row, 'state'),
  stage: word<RolloutStage>(row, 'stage'),
  title: text(row, 'title'),
  policy: json<RolloutPolicy>(row, 'policy'),
  releases: json(row, 'releases'),
  stages: json<readonly StageRecord[]>(row, 'stages'),
  planHash: text(row, 'plan_hash'),
  reason: reasonOf(row),
  requestedBy: text(row, 'requested_by'),
  parallel: number(row, 'parallel'),
  lastSeq: number(row, 'last_seq'),
  startedAt: dateOrNull(row, 'started_at'),
  endedAt: dateOrNull(row, 'ended_at'),
  createdAt: date(row, 'created_at'),
});
export const memberFromRow = (row: Row): Member => ({
  rolloutId: text(row, 'rollout_id'),
  instanceId: text(row, 'instance_id'),
  kode: text(row, 'kode'),
  kecamatanKode: text(row, 'kecamatan_kode'),
  nama: text(row, 'nama'),
  kecamatan: text(row, 'kecamatan'),
  app: text(row, 'app'),
  position: number(row, 'position'),
  wave: number(row, 'wave'),
  state: word<MemberState>(row, 'state'),
  attempt: number(row, 'attempt'),
  deploymentId: textOrNull(row, 'deployment_id'),
  fromReleaseId: textOrNull(row, 'from_release_id'),
  toReleaseId: textOrNull(row, 'to_release_id'),
  reason: reasonOf(row),
  step: number(row, 'step'),
  steps: number(row, 'steps'),
});

export interface NewRollout {
  readonly id: string;
  readonly kind: RolloutKind;
  readonly state: RolloutState;
  readonly stage: RolloutStage;
  readonly title: string;
  readonly policy: RolloutPolicy;
  readonly releases: Readonly<Record<string, string>>;
  readonly stages: readonly StageRecord[];
  readonly planHash: string;
  readonly requestedBy: string;
}
export type NewMember = Pick<
  Member,
  | 'rolloutId'
  | 'instanceId'
  | 'kode'
  | 'kecamatanKode'
  | 'nama'
  | 'kecamatan'
  | 'app'
  | 'position'
  | 'wave'
  | 'fromReleaseId'
  | 'toReleaseId'
> & {
  readonly state?: MemberState;
  readonly reason?: Reason | null;
};
export interface MemberChange {
  readonly state?: MemberState;
  readonly reason?: Reason | null;
  readonly deploymentId?: string | null;
  readonly step?: number;
  readonly steps?: number;
  readonly attempt?: number;
}

export class RolloutStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(fresh: NewRollout): Promise<void> {
    await this.db('rollouts').insert({
      id: fresh.id,
      kind: fresh.kind,
      state: fresh.state,
      stage: fresh.stage,
      title: fresh.title,
      policy: JSON.stringify(fresh.policy),
      releases: JSON.stringify(fresh.releases),
      stages: JSON.stringify(fresh.stages),
      plan_hash: fresh.planHash,
      requested_by: fresh.requestedBy,
      parallel: fresh.policy.parallel,
      tick_at: this.db.raw('UTC_TIMESTAMP(3)'),
      started_at: fresh.state === 'draft' ? null : this.db.raw('UTC_TIMESTAMP(3)'),
    });
  }

  async find(id: string): Promise<Rollout | null> {
    const row = (await this.db('rollouts').where({ id }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }
  /** Locks the row until commit: one coordinator at a time decides about a rollout. */
  async lock(id: string): Promise<Rollout | null> {
    const row = (await this.db('rollouts').where({ id }).forUpdate().first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }
  /** Newest first; `beforeId` of the last row asks for the next page. */
  async list(limit: number, beforeId: string | null = null): Promise<readonly Rollout[]> {
    const query = this.db('rollouts').orderBy('id', 'desc').limit(limit);
    const rows = (await (beforeId === null ? query : query.where('id', '<', beforeId))) as Row[];
    return rows.map(fromRow);
  }
  /** Those of a kind that are over, newest first; `before` = only older ones than this. */
  async ended(kind: RolloutKind, before: string | null, limit: number): Promise<readonly Rollout[]> {
    const query = this.db('rollouts').where({ kind }).whereNotNull('ended_at').orderBy('id', 'desc').limit(limit);
    const rows = (await (before === null ? query : query.andWhere('id', '<', before))) as Row[];
    return rows.map(fromRow);
  }
  async active(): Promise<readonly Rollout[]> {
    const rows = (await this.db('rollouts')
      .whereNotIn('state', ['draft', 'completed', 'cancelled', 'failed', 'rolled_back'])
      .orderBy('id')) as Row[];
    return rows.map(fromRow);
  }

  /**
   * Which rollout each desa is still part of, by kode: its member there has not ended, or a change of it still runs. A
   * rollout that pauses keeps its desa. `except` = the one that asks.
   */
  async busyDesa(except: string | null = null): Promise<ReadonlyMap<string, { rollout: string; kind: RolloutKind }>> {
    const members = (await this.db('rollout_members as m')
      .join('rollouts as r', 'r.id', 'm.rollout_id')
      .whereIn('r.state', ROLLOUT_STATES.filter(isRolloutActive))
      .whereIn(
        'm.state',
        MEMBER_STATES.filter((state) => !isMemberEnded(state)),
      )
      .distinct('m.kode', 'm.rollout_id', 'r.kind')) as Row[];
    const running = (await this.db('deployments as d')
      .join('instances as i', 'i.id', 'd.subject_id')
      .join('rollouts as r', 'r.id', 'd.rollout_id')
      .whereNotNull('d.active_subject')
      .andWhere('d.subject_kind', 'instance')
      .distinct({ kode: 'i.wilayah_kode', rollout_id: 'd.rollout_id', kind: 'r.kind' })) as Row[];
    return new Map(
      [...members, ...running]
        .map((row) => ({
          kode: text(row, 'kode'),
          rollout: text(row, 'rollout_id').trim(),
          kind: word<RolloutKind>(row, 'kind'),
        }))
        .filter((one) => one.rollout !== except)
        .map(({ kode, ...with_ }) => [kode, with_] as const),
    );
  }

  /** Guarded: only from the state the caller saw. */
  async move(
    id: string,
    from: RolloutState,
    change: {
      readonly state: RolloutState;
      readonly stage?: RolloutStage;
      readonly stages?: readonly StageRecord[];
      readonly reason?: Reason | null;
      readonly ended?: boolean;
    },
  ): Promise<boolean> {
    const count = await this.db('rollouts')
      .where({ id, state: from })
      .update({
        state: change.state,
        ...(change.stage === undefined ? {} : { stage: change.stage }),
        ...(change.stages === undefined ? {} : { stages: JSON.stringify(change.stages) }),
        ...(change.reason === undefined
          ? {}
          : { reason_code: change.reason?.code ?? null, reason: toJson(change.reason?.params) }),
        ended_at: change.ended === true ? this.db.raw('UTC_TIMESTAMP(3)') : null,
        started_at: this.db.raw('COALESCE(started_at, UTC_TIMESTAMP(3))'),
      });
    return count === 1;
  }
  async setPolicy(id: string, policy: RolloutPolicy): Promise<void> {
    await this.db('rollouts')
      .where({ id })
      .update({ policy: JSON.stringify(policy) });
  }
  async setStages(id: string, stages: readonly StageRecord[]): Promise<void> {
    await this.db('rollouts')
      .where({ id })
      .update({ stages: JSON.stringify(stages) });
  }

  async addMembers(members: readonly NewMember[]): Promise<void> {
    const rows = members.map((member) => ({
      rollout_id: member.rolloutId,
      instance_id: member.instanceId,
      kode: member.kode,
      kecamatan_kode: member.kecamatanKode,
      nama: member.nama,
      kecamatan: member.kecamatan,
      app: member.app,
      position: member.position,
      wave: member.wave,
      state: member.state ?? 'pending',
      from_release_id: member.fromReleaseId,
      to_release_id: member.toReleaseId,
      reason_code: member.reason?.code ?? null,
      reason: toJson(member.reason?.params),
    }));
    if (rows.length > 0) await this.db.batchInsert('rollout_members', rows, 500);
  }
  async members(rolloutId: string): Promise<readonly Member[]> {
    const rows = (await this.db('rollout_members').where({ rollout_id: rolloutId }).orderBy('position')) as Row[];
    return rows.map(memberFromRow);
  }
  async member(rolloutId: string, instanceId: string): Promise<Member | null> {
    const row = (await this.db('rollout_members').where({ rollout_id: rolloutId, instance_id: instanceId }).first()) as
      Row | undefined;
    return row ? memberFromRow(row) : null;
  }
  async setMember(rolloutId: string, instanceId: string, change: MemberChange): Promise<void> {
    await this.db('rollout_members')
      .where({ rollout_id: rolloutId, instance_id: instanceId })
      .update({
        ...(change.state === undefined ? {} : { state: change.state }),
        ...(change.reason === undefined
          ? {}
          : { reason_code: change.reason?.code ?? null, reason: toJson(change.reason?.params) }),
        ...(change.deploymentId === undefined ? {} : { deployment_id: change.deploymentId }),
        ...(change.step === undefined ? {} : { step: change.step }),
        ...(change.steps === undefined ? {} : { steps: change.steps }),
        ...(change.attempt === undefined ? {} : { attempt: change.attempt }),
      });
  }
}
