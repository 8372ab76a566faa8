import type { Deployment, DeploymentState, Reason } from '../domain/deployment';
import type { LiveBodies, LiveType } from '../domain/live-events';
import type { Member, MemberState, RolloutStage, RolloutState } from '../domain/rollout';
import type { StepKind, StepState } from '../domain/step';
import type { NewEvent } from '../stores/event-store';
import type { MemberChange } from '../stores/rollout-store';

export const rolloutStream = (rolloutId: string): string => `rollout:${rolloutId}`;
export const deploymentStream = (deploymentId: string): string => `deployment:${deploymentId}`;

/** One event whose body fits its type. */
export const liveEvent = <T extends LiveType>(stream: string, type: T, body: LiveBodies[T]): NewEvent => ({
  stream,
  type,
  body: { ...body },
});

/** Reasons after which citizens are hurt now: nothing right serves any more. */
const HURTS: ReadonlySet<string> = new Set(['undo_failed', 'old_release_gone']);

const ended = (deployment: Deployment, state: DeploymentState, reason: Reason | null): MemberState => {
  if (state === 'succeeded') return deployment.kind === 'rollback' ? 'rolled_back' : 'done';
  if (state === 'cancelled') return 'cancelled';
  if (reason !== null && HURTS.has(reason.code)) return 'down';
  return deployment.kind === 'update' || deployment.kind === 'rollback' ? 'quarantined' : 'failed';
};

/** What the end of a deployment means for its member. A failed update is amber: the old version still serves. */
export const memberChange = (deployment: Deployment, state: DeploymentState, reason: Reason | null): MemberChange => ({
  state: ended(deployment, state, reason),
  reason,
});

const secondsSince = (from: Date | null): number | null =>
  from === null ? null : Math.round((Date.now() - from.getTime()) / 100) / 10;

/** `serving` = version that answers citizens now, null when not known here. */
export const memberStateEvent = (member: Member, deployment: Deployment | null, serving: string | null): NewEvent =>
  liveEvent(rolloutStream(member.rolloutId), 'member.state', {
    kode: member.kode,
    nama: member.nama,
    kecamatan: member.kecamatan,
    app: member.app,
    state: member.state,
    step: member.step,
    steps: member.steps,
    reason: member.reason,
    seconds: secondsSince(deployment?.startedAt ?? null),
    serving,
    failedProbes: deployment?.probes.failed ?? 0,
  });

export const memberStepEvent = (member: Member, kind: StepKind, state: StepState, seconds: number | null): NewEvent =>
  liveEvent(rolloutStream(member.rolloutId), 'member.step', {
    kode: member.kode,
    nama: member.nama,
    kecamatan: member.kecamatan,
    app: member.app,
    step: member.step,
    steps: member.steps,
    kind,
    state,
    seconds,
  });

/** The near view: every act of one deployment. */
export const stepEvent = (
  deployment: Deployment,
  position: number,
  kind: StepKind,
  state: string,
  reason: Reason | null,
): NewEvent => ({
  stream: deploymentStream(deployment.id),
  type: 'step',
  body: { position, kind, state, reason },
});

export const rolloutStateEvent = (
  rolloutId: string,
  state: RolloutState,
  stage: RolloutStage,
  reason: Reason | null,
  by: string | null,
): NewEvent => liveEvent(rolloutStream(rolloutId), 'rollout.state', { state, stage, reason, by });
