import type { Deployment, DeploymentKind, DeploymentState, Reason } from '../../domain/deployment';
import type { Member, MemberState } from '../../domain/rollout';
import type { Stores } from '../../stores';
import { COLUMNS } from '../../stores/deployment-rows';
import { isoOf, KeptRows, lineOf } from './kept-rows';

const MEMBER = [
  'instance_id',
  'kode',
  'kecamatan_kode',
  'nama',
  'kecamatan',
  'app',
  'position',
  'wave',
  'state',
  'attempt',
  'deployment_id',
  'from_release_id',
  'to_release_id',
  'reason_code',
  'reason',
  'step',
  'steps',
];
/** The rollout of all of them is known. */
const DEPLOYMENT = COLUMNS.filter((name) => name !== 'rollout_id');
type Fields = Readonly<Record<string, string>>;
const named = (names: readonly string[], fields: readonly string[]): Fields =>
  Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
const orNull = (field: string | undefined): string | null => (field === undefined || field === '' ? null : field);
const dateOf = (field: string | undefined): Date | null => {
  const given = orNull(field);
  return given === null ? null : new Date(isoOf(given));
};
const reasonOf = ({ reason_code: code, reason }: Fields): Reason | null => {
  const known = orNull(code);
  return known === null ? null : { code: known, params: JSON.parse(orNull(reason) ?? '{}') as Reason['params'] };
};

const memberOf = (rolloutId: string, row: Fields): Member => ({
  rolloutId,
  instanceId: row['instance_id'] ?? '',
  kode: row['kode'] ?? '',
  kecamatanKode: row['kecamatan_kode'] ?? '',
  nama: row['nama'] ?? '',
  kecamatan: row['kecamatan'] ?? '',
  app: row['app'] ?? '',
  position: Number(row['position']),
  wave: Number(row['wave']),
  state: row['state'] as MemberState,
  attempt: Number(row['attempt']),
  deploymentId: orNull(row['deployment_id']),
  fromReleaseId: orNull(row['from_release_id']),
  toReleaseId: orNull(row['to_release_id']),
  reason: reasonOf(row),
  step: Number(row['step']),
  steps: Number(row['steps']),
});
const deploymentOf = (rolloutId: string, row: Fields): Deployment => ({
  id: row['id'] ?? '',
  subjectKind: row['subject_kind'] as Deployment['subjectKind'],
  subjectId: row['subject_id'] ?? '',
  rolloutId,
  kind: row['kind'] as DeploymentKind,
  fromReleaseId: orNull(row['from_release_id']),
  toReleaseId: orNull(row['to_release_id']),
  state: row['state'] as DeploymentState,
  reason: reasonOf(row),
  position: Number(row['position']),
  leaseOwner: orNull(row['lease_owner']),
  leaseEpoch: Number(row['lease_epoch']),
  cancelRequestedAt: dateOf(row['cancel_requested_at']),
  startedAt: dateOf(row['started_at']),
  endedAt: dateOf(row['ended_at']),
  probes: {
    sent: Number(row['probes_sent']),
    failed: Number(row['probes_failed']),
    held: Number(row['probes_held']),
  },
});

/** Members and deployments of one rollout; read every second while somebody watches it, and most of it is as it was. */
export class RolloutRows {
  readonly id: string;
  private readonly read: Stores;
  private readonly members: KeptRows<Member>;
  private readonly deployments: KeptRows<Deployment>;
  private inOrder: { readonly of: readonly Member[]; readonly members: readonly Member[] } = { of: [], members: [] };
  constructor(read: Stores, id: string) {
    this.id = id;
    this.read = read;
    this.members = new KeptRows((fields) => memberOf(id, named(MEMBER, fields)));
    this.deployments = new KeptRows((fields) => deploymentOf(id, named(DEPLOYMENT, fields)));
  }

  async look(): Promise<{
    /** In the order of the plan. */
    readonly members: readonly Member[];
    readonly deployments: ReadonlyMap<string, Deployment>;
  }> {
    const [members, deployments] = await Promise.all([
      this.lines('rollout_members', MEMBER),
      this.lines('deployments', DEPLOYMENT),
    ]);
    const changes = this.deployments.take(deployments);
    return {
      members: this.sorted(this.members.take(members)),
      deployments: new Map(changes.map((one) => [one.id, one] as const)),
    };
  }

  private sorted(rows: readonly Member[]): readonly Member[] {
    if (this.inOrder.of !== rows)
      this.inOrder = { of: rows, members: [...rows].sort((left, right) => left.position - right.position) };
    return this.inOrder.members;
  }
  private async lines(table: string, columns: readonly string[]): Promise<readonly string[]> {
    const { knex } = this.read;
    const rows = (await knex(table)
      .where({ rollout_id: this.id })
      .select(knex.raw(lineOf(columns)))) as readonly { readonly line: string }[];
    return rows.map((row) => row.line);
  }
}
