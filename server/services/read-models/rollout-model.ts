import { authorize } from '../../auth/permission';
import type { Actor } from '../../domain/actor';
import type { Deployment, Reason } from '../../domain/deployment';
import { AppError } from '../../domain/errors';
import { isMemberEnded, type Member, type MemberState, type Rollout, type StageRecord } from '../../domain/rollout';
import type { StepRow } from '../../domain/step';
import type { Transactor } from '../../stores';

/** As `rollout show --json`. Fields are added, never renamed. */
export interface RolloutDocument {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly stage: string;
  readonly requestedBy: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly releases: Readonly<Record<string, string | null>>;
  readonly counts: {
    readonly pending: number;
    readonly running: number;
    readonly done: number;
    readonly failed: number;
    readonly quarantined: number;
    readonly skipped: number;
  };
  readonly members: readonly MemberDocument[];
  readonly stages: readonly StageDocument[];
  readonly lastSeq: number;
}
export interface MemberDocument {
  readonly kode: string;
  readonly nama: string;
  readonly kecamatan: string;
  readonly app: string;
  readonly state: MemberState;
  readonly wave: number;
  readonly fromRelease: string | null;
  readonly toRelease: string | null;
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly reasonParams: Reason['params'] | null;
  readonly step: number;
  readonly steps: number;
  readonly seconds: number | null;
  readonly probes: { readonly sent: number; readonly failed: number; readonly held: number };
}
export interface StageDocument {
  readonly stage: string;
  readonly state: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly seconds: number | null;
}
/** One desa's change in full: steps, times, log. */
export interface MemberDetail {
  readonly member: MemberDocument;
  readonly deploymentId: string | null;
  readonly steps: readonly StepRow[];
  readonly log: readonly { readonly position: number; readonly at: Date; readonly line: string }[];
}
export type Sentence = (reason: Reason) => string;

const seconds = (from: Date | null, to: Date | null): number | null =>
  from === null ? null : Math.round(((to ?? new Date()).getTime() - from.getTime()) / 100) / 10;
const iso = (value: Date | null): string | null => value?.toISOString() ?? null;

export class RolloutModel {
  private readonly transact: Transactor;
  constructor(transact: Transactor) {
    this.transact = transact;
  }

  async list(actor: Actor, limit: number, beforeId: string | null = null): Promise<readonly Rollout[]> {
    authorize(actor, 'rollout.read');
    return this.transact.read.rollouts.list(limit, beforeId);
  }

  /** `sentence` puts a reason into the reader's language. */
  async show(actor: Actor, id: string, sentence: Sentence): Promise<RolloutDocument> {
    authorize(actor, 'rollout.read');
    const { read } = this.transact;
    const rollout = await read.rollouts.find(id);
    if (rollout === null) throw new AppError('not_found', { what: 'rollout', id });
    // The number first: what is read after it is at least as new, so that no event is missed.
    const lastSeq = await read.events.lastSeq(`rollout:${id}`);
    const [members, deployments, releases] = await Promise.all([
      read.rollouts.members(id),
      read.deployments.ofRollout(id),
      read.releases.list(),
    ]);
    const versions = new Map(releases.map((one) => [one.id, one.version] as const));
    const byId = new Map(deployments.map((one) => [one.id, one] as const));
    const change = (member: Member): Deployment | null =>
      member.deploymentId === null ? null : (byId.get(member.deploymentId) ?? null);
    return {
      ...headOf(rollout, versions, sentence),
      counts: countsOf(members),
      members: members.map((member) => document(member, change(member), versions, sentence)),
      stages: rollout.stages.map(stageDocument),
      lastSeq,
    };
  }

  async member(actor: Actor, id: string, kode: string, app: string | null, sentence: Sentence): Promise<MemberDetail> {
    authorize(actor, 'rollout.read', kode);
    const { read } = this.transact;
    const members = (await read.rollouts.members(id)).filter((one) => one.kode === kode);
    const chosen =
      members.find((one) => one.app === app) ?? members.find((one) => !isMemberEnded(one.state)) ?? members[0];
    if (chosen === undefined) throw new AppError('not_found', { what: 'member', kode });
    const releases = new Map((await read.releases.list()).map((one) => [one.id, one.version] as const));
    const deployment = chosen.deploymentId === null ? null : await read.deployments.find(chosen.deploymentId);
    return {
      member: document(chosen, deployment, releases, sentence),
      deploymentId: chosen.deploymentId,
      steps: chosen.deploymentId === null ? [] : await read.steps.list(chosen.deploymentId),
      log: chosen.deploymentId === null ? [] : await read.steps.logLines(chosen.deploymentId, 400),
    };
  }
}

const headOf = (
  rollout: Rollout,
  versions: ReadonlyMap<string, string>,
  sentence: Sentence,
): Omit<RolloutDocument, 'counts' | 'members' | 'stages' | 'lastSeq'> => ({
  id: rollout.id,
  kind: rollout.kind,
  state: rollout.state,
  stage: rollout.stage,
  requestedBy: rollout.requestedBy,
  startedAt: iso(rollout.startedAt),
  endedAt: iso(rollout.endedAt),
  reasonCode: rollout.reason?.code ?? null,
  reason: rollout.reason === null ? null : sentence(rollout.reason),
  releases: Object.fromEntries(
    Object.entries(rollout.releases).map(([app, release]) => [app, versions.get(release) ?? null]),
  ),
});
const stageDocument = (one: StageRecord): StageDocument => ({
  stage: one.stage,
  state: one.state,
  startedAt: one.startedAt,
  endedAt: one.endedAt,
  seconds:
    one.startedAt === null || one.endedAt === null
      ? null
      : (Date.parse(one.endedAt) - Date.parse(one.startedAt)) / 1000,
});
const countsOf = (members: readonly Member[]): RolloutDocument['counts'] => {
  const count = (...states: readonly MemberState[]): number =>
    members.filter((one) => states.includes(one.state)).length;
  return {
    pending: count('pending', 'postponed'),
    running: count('running', 'soaking', 'unmeasured', 'rolling_back'),
    done: count('done', 'rolled_back'),
    failed: count('failed', 'down', 'cancelled'),
    quarantined: count('quarantined'),
    skipped: count('skipped'),
  };
};
const document = (
  member: Member,
  deployment: Deployment | null,
  versions: ReadonlyMap<string, string>,
  sentence: Sentence,
): MemberDocument => ({
  kode: member.kode,
  nama: member.nama,
  kecamatan: member.kecamatan,
  app: member.app,
  state: member.state,
  wave: member.wave,
  fromRelease: member.fromReleaseId === null ? null : (versions.get(member.fromReleaseId) ?? null),
  toRelease: member.toReleaseId === null ? null : (versions.get(member.toReleaseId) ?? null),
  reasonCode: member.reason?.code ?? null,
  reason: member.reason === null ? null : sentence(member.reason),
  reasonParams: member.reason?.params ?? null,
  step: member.step,
  steps: member.steps,
  seconds: deployment === null ? null : seconds(deployment.startedAt, deployment.endedAt),
  probes: deployment?.probes ?? { sent: 0, failed: 0, held: 0 },
});
