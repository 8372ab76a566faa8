import type { Deployment, DeploymentState, Reason } from '../domain/deployment';
import type { Member, MemberState } from '../domain/rollout';
import type { StepKind } from '../domain/step';
import type { NewEvent } from '../stores/event-store';
import type { MemberChange } from '../stores/rollout-store';

export const rolloutStream = (rolloutId: string): string => `rollout:${rolloutId}`;
export const deploymentStream = (deploymentId: string): string => `deployment:${deploymentId}`;

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

export const memberEvent = (member: Member): NewEvent => ({
  stream: rolloutStream(member.rolloutId),
  type: 'member',
  body: {
    kode: member.kode,
    app: member.app,
    state: member.state,
    step: member.step,
    steps: member.steps,
    reason: member.reason,
  },
});

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
