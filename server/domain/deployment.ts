/**
 * A deployment is one change of one subject (an instance or a shared database): a frozen plan of steps.
 *
 * queued    waits for a free slot of its server
 * running   a worker holds the lease and executes steps
 * waiting   holds no lease and no slot until `wakeAt` (schema lane, barrier, "could not measure")
 * soaking   the new version serves and is watched; holds no slot
 * undoing   a step failed for good; finished steps are undone in reverse
 * succeeded every step is done
 * failed    undone as far as possible, or stopped behind the point of no return; the reason says what serves now
 * cancelled stopped by a person before the old release was taken away, undone
 */
export const DEPLOYMENT_STATES = [
  'queued',
  'running',
  'waiting',
  'soaking',
  'undoing',
  'succeeded',
  'failed',
  'cancelled',
] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

export const DEPLOYMENT_TRANSITIONS: Readonly<Record<DeploymentState, readonly DeploymentState[]>> = {
  queued: ['running', 'cancelled'],
  running: ['waiting', 'soaking', 'undoing', 'succeeded', 'failed'],
  waiting: ['running', 'undoing', 'cancelled'],
  soaking: ['running', 'undoing', 'waiting', 'succeeded', 'failed'],
  undoing: ['failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};
export const ACTIVE_DEPLOYMENT_STATES = ['queued', 'running', 'waiting', 'soaking', 'undoing'] as const;
export const isActive = (state: DeploymentState): boolean => DEPLOYMENT_TRANSITIONS[state].length > 0;
export const canMove = (from: DeploymentState, to: DeploymentState): boolean =>
  from === to || DEPLOYMENT_TRANSITIONS[from].includes(to);

export const DEPLOYMENT_KINDS = [
  'install',
  'update',
  'restart',
  'stop',
  'start',
  'domain',
  'remove',
  'rollback',
  'snapshot',
  'prepare',
  'migrate',
  'follow_up',
] as const;
export type DeploymentKind = (typeof DEPLOYMENT_KINDS)[number];

/** Machine reason plus the values its sentence needs (server/texts); never a secret. */
export interface Reason {
  readonly code: string;
  readonly params: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Deployment {
  readonly id: string;
  readonly subjectKind: 'instance' | 'database';
  readonly subjectId: string;
  readonly rolloutId: string;
  readonly kind: DeploymentKind;
  readonly fromReleaseId: string | null;
  readonly toReleaseId: string | null;
  readonly state: DeploymentState;
  readonly reason: Reason | null;
  readonly position: number;
  readonly leaseOwner: string | null;
  readonly leaseEpoch: number;
  readonly cancelRequestedAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly probes: { readonly sent: number; readonly failed: number; readonly held: number };
}

/** A desa that begins or wakes needs a slot; taking over, undoing, soaking, cancelling and work on a database never wait for one. */
export const needsSlot = ({
  subjectKind,
  state,
  cancelRequestedAt,
}: Pick<Deployment, 'subjectKind' | 'state' | 'cancelRequestedAt'>): boolean =>
  subjectKind === 'instance' && (state === 'queued' || state === 'waiting') && cancelRequestedAt === null;

/** What fences every write of a worker: the row must still carry this epoch. */
export interface Lease {
  readonly deploymentId: string;
  readonly owner: string;
  readonly epoch: number;
}
