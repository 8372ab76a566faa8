import type { Deployment, DeploymentKind, DeploymentState } from '../domain/deployment';
import type { StepKind, StepOutput, StepRow, StepState } from '../domain/step';
import { dateOrNull, jsonOrNull, number, reasonOf, text, textOrNull, word, type Row } from './rows';

/** What `fromRow` reads: the plan is long, and asked for by nobody but who carries it out. */
export const COLUMNS = [
  'id',
  'subject_kind',
  'subject_id',
  'rollout_id',
  'kind',
  'from_release_id',
  'to_release_id',
  'state',
  'reason_code',
  'reason',
  'position',
  'lease_owner',
  'lease_epoch',
  'cancel_requested_at',
  'started_at',
  'ended_at',
  'probes_sent',
  'probes_failed',
  'probes_held',
] as const;

/** A deployment as its row says. */
export const fromRow = (row: Row): Deployment => ({
  id: text(row, 'id'),
  subjectKind: word(row, 'subject_kind'),
  subjectId: text(row, 'subject_id'),
  rolloutId: text(row, 'rollout_id'),
  kind: word<DeploymentKind>(row, 'kind'),
  fromReleaseId: textOrNull(row, 'from_release_id'),
  toReleaseId: textOrNull(row, 'to_release_id'),
  state: word<DeploymentState>(row, 'state'),
  reason: reasonOf(row),
  position: number(row, 'position'),
  leaseOwner: textOrNull(row, 'lease_owner'),
  leaseEpoch: number(row, 'lease_epoch'),
  cancelRequestedAt: dateOrNull(row, 'cancel_requested_at'),
  startedAt: dateOrNull(row, 'started_at'),
  endedAt: dateOrNull(row, 'ended_at'),
  probes: { sent: number(row, 'probes_sent'), failed: number(row, 'probes_failed'), held: number(row, 'probes_held') },
});
export const stepFromRow = (row: Row): StepRow => ({
  position: number(row, 'position'),
  kind: word<StepKind>(row, 'kind'),
  state: word<StepState>(row, 'state'),
  attempt: number(row, 'attempt'),
  output: jsonOrNull<StepOutput>(row, 'output'),
  reason: reasonOf(row),
  startedAt: dateOrNull(row, 'started_at'),
  endedAt: dateOrNull(row, 'ended_at'),
});
