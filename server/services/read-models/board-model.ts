import { authorize } from '../../auth/permission';
import type { Actor } from '../../domain/actor';
import type { Deployment } from '../../domain/deployment';
import { shownState, type Observed } from '../../domain/instance';
import { AppError } from '../../domain/errors';
import { NO_PAST, type PastTimes } from '../../domain/rollout-estimate';
import { isRolloutActive, type Member, type Rollout } from '../../domain/rollout';
import type { StepKind, StepRow } from '../../domain/step';
import type { StreamEvent } from '../../stores/event-store';
import type { Stores, Transactor } from '../../stores';
import { loadPerCore } from './machine-facts';
import { freshConnections } from './measures';
import { pastTimes } from './past-times';
import { RolloutRows } from './rollout-rows';
import { RolloutTallies, type RolloutTally } from './rollout-tally';
import { SharedRead, type Keep } from './shared-read';

/** One consistent look at a rollout: what board, report, summary and lists are drawn from. */
export interface RolloutFacts {
  readonly rollout: Rollout;
  readonly members: readonly Member[];
  readonly deployments: ReadonlyMap<string, Deployment>;
  /** release id → version */
  readonly versions: ReadonlyMap<string, string>;
  /** Instances of an ended rollout that have another release by now. */
  readonly overtaken: ReadonlySet<string>;
}
export interface BoardFacts extends RolloutFacts {
  /** kode → host */
  readonly hosts: ReadonlyMap<string, string>;
  /** deployment → the step that runs now */
  readonly currentSteps: ReadonlyMap<string, StepKind>;
  /** Newest first. */
  readonly events: readonly StreamEvent[];
  /** Every event up to here is in the facts. */
  readonly lastSeq: number;
  readonly workerSeenAt: Date | null;
  /** Highest number of desa changed at once. */
  readonly parallel: number;
  /** What runs of its kind before it took. */
  readonly past: PastTimes;
  /** Share of the cores (above 1 = more than they can do) and of the database's connections; null = not measured lately. */
  readonly load: { readonly machine: number; readonly connections: number | null };
}
export interface MemberFacts extends RolloutFacts {
  readonly member: Member;
  readonly siblings: readonly Member[];
  readonly host: string;
  /** What was seen of it last; null = it is gone. */
  readonly seen: Observed | null;
  readonly deployment: Deployment | null;
  readonly steps: readonly StepRow[];
  readonly log: readonly { readonly position: number; readonly at: Date; readonly line: string }[];
}
type Rows = Pick<RolloutFacts, 'members' | 'deployments'>;
interface Version {
  readonly id: string;
  readonly version: string;
}
interface Host {
  readonly kode: string;
  readonly host: string;
}
const LOOKED = 2;
const FEED = 120;
const LOG_LINES = 400;
const TROUBLE: readonly Member['state'][] = ['down', 'unmeasured', 'quarantined', 'failed', 'running'];

export class BoardModel {
  private readonly transact: Transactor;
  private readonly tallies: RolloutTallies;
  private looked: readonly { readonly id: string; readonly rows: SharedRead<Rows> }[] = [];
  /** Of the run looked at last: its past does not change. */
  private past: { readonly id: string; readonly times: Promise<PastTimes> } | null = null;
  private readonly keep: Keep;
  /** `keepMs`: for how long pages may be given the same reading of a rollout's rows. */
  constructor(transact: Transactor, keepMs = 0) {
    this.transact = transact;
    this.keep = { ms: keepMs, changes: transact.changes };
    this.tallies = new RolloutTallies(transact.read);
  }

  /** AppError('not_found') when there is no such rollout. */
  async board(actor: Actor, id: string): Promise<BoardFacts> {
    const { read } = this.transact;
    const numbers = await this.numbers(actor, id);
    const [desa, events] = await Promise.all([
      read.knex('desa').select('kode', 'host') as Promise<readonly Host[]>,
      read.events.latest(`rollout:${id}`, FEED),
    ]);
    // The number was read before the rows: a line that came meanwhile comes to the page by itself.
    const known = events.filter((event) => event.seq <= numbers.lastSeq);
    return { ...numbers, hosts: new Map(desa.map((one) => [one.kode, one.host] as const)), events: known };
  }

  /** A board without its hosts and its feed, for the numbers that are told every second. */
  async numbers(actor: Actor, id: string): Promise<BoardFacts> {
    authorize(actor, 'rollout.read');
    const { read } = this.transact;
    // The number first: what is read after it is at least as new, so that no event is missed.
    const lastSeq = await read.events.lastSeq(`rollout:${id}`);
    const [facts, workerSeenAt] = await Promise.all([this.facts(read, id), read.workers.latest()]);
    return {
      ...facts,
      hosts: new Map(),
      currentSteps: await runningSteps(read, facts.members),
      events: [],
      lastSeq,
      workerSeenAt,
      parallel: facts.rollout.parallel,
      past: await this.pastOf(read, facts.rollout),
      load: { machine: loadPerCore(), connections: await connectionShare(read) },
    };
  }

  private async pastOf(read: Stores, { id, kind, state }: Rollout): Promise<PastTimes> {
    if (!isRolloutActive(state)) return NO_PAST;
    if (this.past?.id !== id) this.past = { id, times: pastTimes(read, kind, id) };
    return this.past.times;
  }

  /** Newest first; `page` counts from 1. */
  async list(
    actor: Actor,
    page: number,
    size: number,
  ): Promise<{ readonly rows: readonly RolloutTally[]; readonly total: number }> {
    authorize(actor, 'rollout.read');
    const { read } = this.transact;
    const all = await read.rollouts.list(page * size);
    const counted = (await read.knex('rollouts').count({ n: '*' }).first()) as { n: number } | undefined;
    const rows = await this.tallies.of(all.slice((page - 1) * size));
    return { rows, total: counted?.n ?? 0 };
  }

  async member(actor: Actor, id: string, kode: string, app: string | null): Promise<MemberFacts> {
    authorize(actor, 'rollout.read', kode);
    const { read } = this.transact;
    const facts = await this.facts(read, id);
    const siblings = facts.members.filter((one) => one.kode === kode);
    const member =
      siblings.find((one) => one.app === app) ??
      TROUBLE.flatMap((state) => siblings.filter((one) => one.state === state))[0] ??
      siblings[0];
    if (member === undefined) throw new AppError('not_found', { what: 'member', kode });
    const { deploymentId } = member;
    const [desa, instance] = await Promise.all([read.desa.find(kode), read.instances.find(member.instanceId)]);
    return {
      ...facts,
      member,
      siblings,
      host: desa?.host ?? '',
      seen: instance === null ? null : shownState(instance, new Date()),
      deployment: deploymentId === null ? null : (facts.deployments.get(deploymentId) ?? null),
      steps: deploymentId === null ? [] : await read.steps.list(deploymentId),
      log: deploymentId === null ? [] : await read.steps.logLines(deploymentId, LOG_LINES),
    };
  }

  /** Rollouts that are not over, oldest first, and the newest one. */
  async newest(actor: Actor): Promise<RolloutFacts | null> {
    authorize(actor, 'rollout.read');
    const { read } = this.transact;
    const chosen = (await read.rollouts.active()).at(-1) ?? (await read.rollouts.list(1))[0];
    return chosen === undefined ? null : this.facts(read, chosen.id);
  }

  /** All events that say who pressed what, oldest first. */
  async turns(actor: Actor, id: string): Promise<readonly StreamEvent[]> {
    authorize(actor, 'rollout.read');
    const stream = `rollout:${id}`;
    const numbers = await this.transact.read
      .knex('events')
      .where({ stream, type: 'rollout.state' })
      .orderBy('seq')
      .limit(200)
      .pluck<number[]>('seq');
    const rows = await Promise.all(numbers.map((seq) => this.transact.read.events.after(stream, seq - 1, 1)));
    return rows.flat();
  }

  private async facts(read: Stores, id: string): Promise<RolloutFacts> {
    const rollout = await read.rollouts.find(id);
    if (rollout === null) throw new AppError('not_found', { what: 'rollout', id });
    const [rows, overtaken, releases] = await Promise.all([
      this.rowsOf(read, id).ask(),
      isRolloutActive(rollout.state) ? NOBODY : overtakenOf(read, id),
      read.knex('releases').select('id', 'version') as Promise<readonly Version[]>,
    ]);
    return { rollout, ...rows, overtaken, versions: new Map(releases.map((one) => [one.id, one.version] as const)) };
  }

  /** Only of the rollouts that were looked at last: a hundred of them would not fit into memory. */
  private rowsOf(read: Stores, id: string): SharedRead<Rows> {
    const known = this.looked.find((one) => one.id === id);
    const rows = known?.rows ?? readerOf(read, id, this.keep);
    this.looked = [{ id, rows }, ...this.looked.filter((one) => one.id !== id)].slice(0, LOOKED);
    return rows;
  }
}
const readerOf = (read: Stores, id: string, keep: Keep): SharedRead<Rows> => {
  const reader = new RolloutRows(read, id);
  return new SharedRead(() => reader.look(), keep);
};

const NOBODY: ReadonlySet<string> = new Set();
const overtakenOf = async (read: Stores, rolloutId: string): Promise<ReadonlySet<string>> => {
  const ids = await read
    .knex('rollout_members as m')
    .join('instances as i', 'i.id', 'm.instance_id')
    .where({ 'm.rollout_id': rolloutId, 'm.state': 'done' })
    .whereRaw('NOT (i.release_id <=> m.to_release_id)')
    .pluck<string[]>('m.instance_id');
  return new Set(ids);
};

const connectionShare = async (read: Stores): Promise<number | null> => {
  const connections = await freshConnections(read, new Date());
  return connections === null || connections.max === 0 ? null : connections.used / connections.max;
};

const runningSteps = async (read: Stores, members: readonly Member[]): Promise<ReadonlyMap<string, StepKind>> => {
  const ids = members
    .filter((one) => one.state === 'running' || one.state === 'rolling_back')
    .flatMap((one) => one.deploymentId ?? []);
  if (ids.length === 0) return new Map();
  const rows = (await read
    .knex('deployment_steps')
    .whereIn('deployment_id', ids)
    .andWhere({ state: 'running' })
    .select('deployment_id', 'kind')) as readonly { deployment_id: string; kind: StepKind }[];
  return new Map(rows.map((row) => [row.deployment_id, row.kind] as const));
};
