import { ulid } from 'ulid';
import type { AppAdapter } from '../../provisioners/contracts';
import { authorize, type Action } from '../auth/permission';
import type { Actor } from '../domain/actor';
import type { Reason } from '../domain/deployment';
import { AppError } from '../domain/errors';
import { networkName } from '../domain/names';
import { isRolloutActive, ROLLOUT_STATES, type Rollout, type RolloutKind, type RolloutPolicy } from '../domain/rollout';
import {
  planRollout,
  type PlanFacts,
  type PlannedMember,
  type RolloutPlan,
  type RolloutRequest,
} from '../domain/rollout-plan';
import { rolloutRequestSchema } from '../domain/rollout-request';
import { freshStages, hashPlan } from '../rollouts/coordinator';
import { rolloutStateEvent } from '../rollouts/member-events';
import type { Stores, Transactor } from '../stores';
import { recordAudit } from './audit-service';
import { readInput } from './operations/input';
import { COMMANDS, type Command } from './rollout-service-commands';
import { loadSettings } from './setting-service';

export interface RolloutDeps {
  readonly transact: Transactor;
  readonly apps: ReadonlyMap<string, AppAdapter>;
  readonly installation: string;
  /** Host of a desa by the pattern of this installation; known hosts are kept. */
  readonly hostsFor: (stores: Stores, kodes: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** The database new desa go to and the server they run on. */
  readonly defaults: (stores: Stores) => Promise<{ readonly databaseId: string; readonly serverId: string }>;
  readonly ring: (rolloutId: string) => void;
}
const ACTIONS: Readonly<Record<RolloutKind, Action>> = {
  install: 'desa.install',
  update: 'desa.update',
  restart: 'desa.restart',
  stop: 'desa.stop',
  start: 'desa.stop',
  domain: 'desa.domain',
  remove: 'desa.remove',
  rollback: 'rollout.control',
};
export type { Command };
export interface PlannedRollout {
  readonly plan: RolloutPlan;
  readonly planHash: string;
  readonly policy: RolloutPolicy;
}

/** Plans, starts and steers rollouts. Nothing outside the database is touched here; the worker does the work. */
export class RolloutService {
  private readonly deps: RolloutDeps;
  constructor(deps: RolloutDeps) {
    this.deps = deps;
  }

  /** What would happen, with a fingerprint: the start refuses another world than the one that was shown. */
  async plan(actor: Actor, request: RolloutRequest): Promise<PlannedRollout> {
    this.authorizeAll(actor, request);
    return this.planIn(this.deps.transact.read, request);
  }

  private authorizeAll(actor: Actor, request: RolloutRequest): void {
    if (request.kodes.length === 0) throw new AppError('invalid_input', { problem: 'no_desa' }, { field: 'kode' });
    readInput(rolloutRequestSchema, request);
    for (const kode of request.kodes) authorize(actor, ACTIONS[request.kind], kode);
  }

  private async planIn(stores: Stores, request: RolloutRequest): Promise<PlannedRollout> {
    const settings = await loadSettings(stores);
    const policy: RolloutPolicy = {
      waves: settings.waves,
      parallel: settings.parallel,
      soakSeconds: settings.soakSeconds,
      haltAt: settings.haltAt,
      acknowledged: [],
      hosts: request.hosts,
    };
    const plan = planRollout(await this.facts(stores, request), request, policy);
    return { plan, policy, planHash: hashPlan([plan.members, plan.releases, policy]) };
  }

  private async facts(stores: Stores, request: RolloutRequest): Promise<PlanFacts> {
    const hosts = await this.deps.hostsFor(stores, request.kodes);
    const regions = new Map((await stores.wilayah.all()).map((one) => [String(one.kode), one] as const));
    const desa = request.kodes.map((kode) => {
      const region = regions.get(kode);
      if (region?.level !== 'desa') throw new AppError('desa_unknown', { kode }, { field: 'kode' });
      return { kode, nama: region.nama, kecamatanKode: String(region.parent ?? ''), host: hosts.get(kode) ?? '' };
    });
    const databases = await stores.databases.list();
    return {
      desa,
      kecamatan: Object.fromEntries(
        [...regions.values()].filter((one) => one.level === 'kecamatan').map((one) => [one.kode, one.nama]),
      ),
      instances: await stores.instances.all(),
      releases: await stores.releases.list(),
      apps: [...this.deps.apps.values()],
      schemaRelease: Object.fromEntries(databases.map((one) => [one.app, one.schemaReleaseId])),
      busy: Object.fromEntries(await stores.rollouts.busyDesa()),
      updating: new Set(await updatingApps(stores)),
      takenHosts: Object.fromEntries((await stores.desa.all()).map((one) => [one.host, one.kode])),
    };
  }

  /** Starts exactly what was planned. `planHash` absent = plan and start in one (command line). */
  async start(
    actor: Actor,
    request: RolloutRequest,
    planHash: string | null,
  ): Promise<{ readonly rolloutId: string; readonly plan: RolloutPlan }> {
    this.authorizeAll(actor, request);
    const started = await this.deps.transact.run(async (stores) => {
      // One start at a time: two presses of a button see each other's members as busy.
      await stores.knex('servers').orderBy('id').forUpdate().select('id');
      const planned = await this.planIn(stores, request);
      if (planHash !== null && planHash !== planned.planHash) throw new AppError('stale', { what: 'plan' });
      const problem = planned.plan.blocked[0];
      if (problem) throw blockedBy(problem);
      if (planned.plan.members.length === 0) throw nothingToDo(planned.plan);
      return { rolloutId: await this.create(stores, actor, planned), plan: planned.plan };
    });
    this.deps.ring(started.rolloutId);
    return started;
  }

  private async create(stores: Stores, actor: Actor, { plan, planHash, policy }: PlannedRollout): Promise<string> {
    const id = ulid();
    const { kind } = plan.request;
    await stores.rollouts.create({
      id,
      kind,
      state: 'checking',
      stage: 'check',
      title: '',
      policy,
      releases: plan.releases,
      stages: freshStages(),
      planHash,
      requestedBy: actor.name,
    });
    const defaults = await this.deps.defaults(stores);
    const members = await Promise.all(
      plan.members.map(async (member) => ({
        ...member,
        rolloutId: id,
        instanceId: member.instanceId ?? (await this.adopt(stores, member, defaults)),
      })),
    );
    await stores.rollouts.addMembers(members);
    await stores.events.append([rolloutStateEvent(id, 'checking', 'check', null, actor.name)]);
    const desa = new Set(plan.members.map((one) => one.kode));
    await recordAudit(stores, actor, {
      act: `rollout.${kind}`,
      object: `rollout:${id}`,
      after: { desa: desa.size, members: members.length, releases: { ...plan.releases }, hosts: { ...policy.hosts } },
    });
    return id;
  }

  /** Rows of a desa and an instance that do not exist yet. */
  private async adopt(
    stores: Stores,
    member: PlannedMember,
    defaults: { readonly databaseId: string; readonly serverId: string },
  ): Promise<string> {
    const region = await stores.wilayah.find(member.kode);
    await stores.desa.ensure({
      kode: member.kode,
      kecamatanKode: member.kecamatanKode,
      nama: member.nama,
      jenis: region?.jenis === 'kelurahan' || region?.jenis === 'desa_adat' ? region.jenis : 'desa',
      host: member.host,
      network: networkName({ installation: this.deps.installation }, member.kecamatanKode),
      databaseId: defaults.databaseId,
    });
    const app = this.deps.apps.get(member.app);
    const databaseId = app?.database === 'shared' || app?.database === 'borrowed' ? defaults.databaseId : null;
    const instance = await stores.instances.ensure({
      id: ulid(),
      wilayahKode: member.kode,
      serverId: defaults.serverId,
      databaseId,
      app: member.app,
      wanted: 'running',
    });
    return instance.id;
  }

  /**
   * Pause, resume, cancel, retry what failed, roll back what changed. AppError('conflict') when the state does not allow
   * it. `only` = retry this desa alone.
   */
  async command(actor: Actor, id: string, command: Command, only: string | null = null): Promise<Rollout> {
    authorize(actor, 'rollout.control');
    const rollout = await this.deps.transact.run(async (stores) => {
      const found = await stores.rollouts.lock(id);
      if (found === null) throw new AppError('not_found', { what: 'rollout', id });
      const all = await stores.rollouts.members(id);
      const members = command === 'retry' && only !== null ? all.filter((one) => one.kode === only) : all;
      await COMMANDS[command](stores, found, members, actor);
      await recordAudit(stores, actor, {
        act: `rollout.${command}`,
        object: `rollout:${id}`,
        before: { state: found.state },
      });
      return (await stores.rollouts.find(id)) ?? found;
    });
    this.deps.ring(id);
    return rollout;
  }
}

/** What was asked for and stands in the way. */
const FIELDS: Readonly<Record<string, string>> = {
  host_taken: 'hosts',
  release_unknown: 'releases',
  no_release: 'releases',
  pair_too_new: 'releases',
  install_release_differs: 'releases',
};
const blockedBy = ({ code, params }: Reason): AppError => {
  const field = FIELDS[code];
  return new AppError('rollout_blocked', { ...params, problem: code }, field === undefined ? {} : { field });
};

/** Who is part of another change is told that first: waiting helps. */
const nothingToDo = ({ leftOut }: RolloutPlan): AppError => {
  const { reason } = leftOut.find((one) => one.reason.code === 'busy') ?? leftOut[0] ?? {};
  return new AppError('nothing_to_do', { ...reason?.params, problem: reason?.code ?? '' });
};

const updatingApps = (stores: Stores): Promise<readonly string[]> =>
  stores
    .knex('rollouts')
    .join('rollout_members', 'rollout_members.rollout_id', 'rollouts.id')
    .where('rollouts.kind', 'update')
    .whereIn('rollouts.state', ROLLOUT_STATES.filter(isRolloutActive))
    .distinct()
    .pluck<string[]>('rollout_members.app');
