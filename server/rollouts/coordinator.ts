import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import type { AppAdapter } from '../../provisioners/contracts';
import type { DeploymentKind, Reason } from '../domain/deployment';
import { isMemberEnded, type Member, type Rollout, type RolloutKind, type StageRecord } from '../domain/rollout';
import { decide, type RolloutAction, type RolloutView } from '../domain/rollout-decision';
import { PLAN_VERSION, type PlannedStep } from '../domain/step';
import type { Stores, Transactor } from '../stores';
import { liveEvent, memberStateEvent, rolloutStateEvent, rolloutStream } from './member-events';
import { setMemberAgain } from './members';
import { planDeployment } from './plans';
import { moveStages, withDeployment, workedOn } from './stages';

export const hashPlan = (plan: unknown): string => createHash('sha256').update(JSON.stringify(plan)).digest('hex');
const MEMBER_KIND: Readonly<Record<RolloutKind, DeploymentKind>> = {
  install: 'install',
  update: 'update',
  restart: 'restart',
  stop: 'stop',
  start: 'start',
  domain: 'domain',
  remove: 'remove',
  rollback: 'rollback',
};
const STAGE_WORK: ReadonlySet<DeploymentKind> = new Set(['snapshot', 'prepare', 'migrate', 'follow_up']);

/**
 * Decides what a rollout does next and writes it down: all of it in one transaction under the rollout's row lock, so
 * that two workers never start the same desa twice. It touches nothing outside the database.
 */
export class Coordinator {
  private readonly transact: Transactor;
  private readonly apps: ReadonlyMap<string, AppAdapter>;
  constructor(transact: Transactor, apps: ReadonlyMap<string, AppAdapter>) {
    this.transact = transact;
    this.apps = apps;
  }

  /** True when something was started or moved: new work may be due. */
  async tick(rolloutId: string): Promise<boolean> {
    return this.transact.run(async (stores) => {
      const rollout = await stores.rollouts.lock(rolloutId);
      if (rollout === null) return false;
      const view = await this.view(stores, rollout);
      const actions = decide(view);
      let changed = false;
      for (const action of actions) changed = (await this.act(stores, view, action)) || changed;
      return changed;
    });
  }

  private async view(stores: Stores, rollout: Rollout): Promise<RolloutView> {
    const members = await stores.rollouts.members(rollout.id);
    const deployments = await stores.deployments.idleOrOfDatabase(rollout.id);
    const database = deployments
      .filter((one) => one.subjectKind === 'database' && STAGE_WORK.has(one.kind))
      .map((one) => ({
        id: one.id,
        databaseId: one.subjectId,
        kind: one.kind,
        state: one.state,
        reason: one.reason,
        startedAt: one.startedAt,
      }));
    const idle = new Set(
      deployments.filter((one) => one.state === 'waiting' || one.state === 'soaking').map((one) => one.subjectId),
    );
    const databaseOf = await stores.instances.databasesOf(rollout.id);
    const shared = members.filter((member) => this.apps.get(member.app)?.database === 'shared');
    const databaseIds = [...new Set(shared.flatMap((member) => databaseOf.get(member.instanceId) ?? []))];
    const needs = Object.fromEntries([...this.apps.values()].map((app) => [app.name, app.needs] as const));
    return {
      rollout,
      members,
      database,
      idle,
      databaseIds,
      needs,
      migrating: await this.migrating(stores, rollout, databaseIds),
      barrier: rollout.kind === 'install' ? await this.barrier(stores, rollout, shared, databaseOf) : [],
    };
  }

  /** Install prepares a schema that has no release yet; update migrates to a release with another structure. */
  private async migrating(
    stores: Stores,
    rollout: Rollout,
    databaseIds: readonly string[],
  ): Promise<readonly string[]> {
    const found: string[] = [];
    for (const id of databaseIds) {
      const database = await stores.databases.find(id);
      const target = database === null ? undefined : rollout.releases[database.app];
      if (database === null || target === undefined) continue;
      if (rollout.kind === 'install' && (database.schemaReleaseId === null || workedOn(rollout, 'migrate')))
        found.push(id);
      if (rollout.kind === 'update' && (database.schemaReleaseId !== target || workedOn(rollout, 'migrate')))
        found.push(id);
    }
    return found;
  }

  private async barrier(
    stores: Stores,
    rollout: Rollout,
    members: readonly Member[],
    databaseOf: ReadonlyMap<string, string>,
  ): Promise<RolloutView['barrier']> {
    const at = new Map(
      (await stores.deployments.atStep(rollout.id, 'await_follow_up')).map((one) => [one.deploymentId, one] as const),
    );
    const groups = new Map<string, { before: number; waiting: number; lastReachedAt: Date | null }>();
    for (const member of members) {
      const databaseId = databaseOf.get(member.instanceId);
      if (databaseId === undefined || isMemberEnded(member.state)) continue;
      // Nobody new starts now: who has begun does not wait for those who have not.
      if (member.state === 'pending' && rollout.state !== 'rolling') continue;
      const group = groups.get(databaseId) ?? { before: 0, waiting: 0, lastReachedAt: null };
      groups.set(databaseId, group);
      const place = member.deploymentId === null ? undefined : at.get(member.deploymentId);
      if (place === undefined || (!place.reached && place.state !== 'undoing')) group.before += 1;
      else if (place.step === 'pending' || place.step === 'running') {
        group.waiting += 1;
        if (
          place.previousEndedAt !== null &&
          (group.lastReachedAt === null || place.previousEndedAt > group.lastReachedAt)
        )
          group.lastReachedAt = place.previousEndedAt;
      }
    }
    return [...groups].map(([databaseId, group]) => ({ databaseId, ...group }));
  }

  /** False = nothing could be changed now: the subject is busy with another change, the next tick asks again. */
  private async act(stores: Stores, view: RolloutView, action: RolloutAction): Promise<boolean> {
    switch (action.do) {
      case 'start_database':
        return this.startDatabase(stores, view.rollout, action.kind, action.databaseId);
      case 'start_member':
        return this.startMember(stores, view, action.instanceId);
      case 'take_back':
        return this.takeBack(stores, view.rollout, action.instanceId);
      case 'skip_member':
        return this.skipMember(stores, view.rollout, action.instanceId, action.reason);
      case 'move':
        return this.move(stores, view.rollout, action);
    }
  }

  private async skipMember(stores: Stores, rollout: Rollout, instanceId: string, reason: Reason): Promise<boolean> {
    await stores.rollouts.setMember(rollout.id, instanceId, { state: 'skipped', reason });
    const member = await stores.rollouts.member(rollout.id, instanceId);
    if (member) await stores.events.append([memberStateEvent(member, null, null)]);
    return true;
  }

  private async takeBack(stores: Stores, rollout: Rollout, instanceId: string): Promise<boolean> {
    const member = await stores.rollouts.member(rollout.id, instanceId);
    if (member !== null) await setMemberAgain(stores, member, 'rolling_back');
    return member !== null;
  }

  private async startDatabase(
    stores: Stores,
    rollout: Rollout,
    kind: DeploymentKind,
    databaseId: string,
  ): Promise<boolean> {
    if ((await stores.deployments.activeFor('database', databaseId)) !== null) return false;
    const database = await stores.databases.find(databaseId);
    const app = database === null ? undefined : this.apps.get(database.app);
    if (database === null || app === undefined) throw new Error(`database ${databaseId} or its app is unknown`);
    const releaseId = rollout.releases[database.app] ?? database.schemaReleaseId ?? '';
    const plan = planDeployment({
      kind,
      app,
      instance: { slot: null, releaseId: null },
      releaseId,
      host: '',
      soakSeconds: 0,
    });
    const id = await this.create(stores, rollout, {
      kind,
      subjectKind: 'database',
      subjectId: databaseId,
      from: database.schemaReleaseId,
      to: releaseId,
      plan,
    });
    const { stages } = (await stores.rollouts.find(rollout.id)) ?? rollout;
    await stores.rollouts.setStages(rollout.id, withDeployment(stages, rollout.stage, id));
    return true;
  }

  private async startMember(stores: Stores, view: RolloutView, instanceId: string): Promise<boolean> {
    const member = view.members.find((one) => one.instanceId === instanceId);
    const instance = await stores.instances.find(instanceId);
    const app = member === undefined ? undefined : this.apps.get(member.app);
    const desa = member === undefined ? null : await stores.desa.find(member.kode);
    if (member === undefined || instance === null || app === undefined || desa === null)
      return this.skipMember(stores, view.rollout, instanceId, { code: 'subject_gone', params: {} });
    if ((await stores.deployments.activeFor('instance', instanceId)) !== null) return false;
    const { rollout } = view;
    const back = member.state === 'rolling_back';
    const kind = back ? 'rollback' : MEMBER_KIND[rollout.kind];
    const releaseId = (back ? member.fromReleaseId : member.toReleaseId) ?? instance.releaseId ?? '';
    const plan = planDeployment({
      kind,
      app,
      instance,
      releaseId,
      host: rollout.policy.hosts[member.kode] ?? desa.host,
      soakSeconds: rollout.policy.soakSeconds,
    });
    const id = await this.create(stores, rollout, {
      kind,
      subjectKind: 'instance',
      subjectId: instanceId,
      from: instance.releaseId,
      to: releaseId,
      plan,
    });
    await stores.rollouts.setMember(rollout.id, instanceId, {
      state: back ? 'rolling_back' : 'running',
      deploymentId: id,
      step: 0,
      steps: plan.length,
      reason: null,
    });
    const fresh = await stores.rollouts.member(rollout.id, instanceId);
    if (fresh) await stores.events.append([memberStateEvent(fresh, null, null)]);
    return true;
  }

  private async create(
    stores: Stores,
    rollout: Rollout,
    fresh: {
      readonly kind: DeploymentKind;
      readonly subjectKind: 'instance' | 'database';
      readonly subjectId: string;
      readonly from: string | null;
      readonly to: string;
      readonly plan: readonly PlannedStep[];
    },
  ): Promise<string> {
    const id = ulid();
    await stores.deployments.create({
      id,
      subjectKind: fresh.subjectKind,
      subjectId: fresh.subjectId,
      rolloutId: rollout.id,
      kind: fresh.kind,
      fromReleaseId: fresh.from,
      toReleaseId: fresh.to === '' ? null : fresh.to,
      plan: fresh.plan,
      planHash: hashPlan(fresh.plan),
      planVersion: PLAN_VERSION,
    });
    return id;
  }

  private async move(
    stores: Stores,
    rollout: Rollout,
    action: Extract<RolloutAction, { do: 'move' }>,
  ): Promise<boolean> {
    const ended = ['completed', 'failed', 'cancelled', 'rolled_back'].includes(action.state);
    const latest = (await stores.rollouts.find(rollout.id)) ?? rollout;
    const stages = moveStages(
      latest.stages,
      rollout.stage,
      action.stage,
      action.state === 'failed' ? 'failed' : 'done',
      new Date().toISOString(),
    );
    const moved = await stores.rollouts.move(rollout.id, rollout.state, {
      state: action.state,
      stage: action.stage,
      stages,
      reason: action.reason,
      ended,
    });
    if (!moved) return false;
    const stage = stages.find((one) => one.stage === action.stage);
    await stores.events.append([
      rolloutStateEvent(rollout.id, action.state, action.stage, action.reason, null),
      ...(stage && stage.state !== 'pending'
        ? [
            liveEvent(rolloutStream(rollout.id), 'rollout.stage', {
              stage: action.stage,
              state: stage.state,
              seconds: null,
            }),
          ]
        : []),
    ]);
    return true;
  }
}

export const freshStages = (): readonly StageRecord[] =>
  (['check', 'snapshot', 'rehearse', 'migrate', 'waves', 'soak', 'report'] as const).map((stage) => ({
    stage,
    state: stage === 'check' ? 'running' : 'pending',
    startedAt: stage === 'check' ? new Date().toISOString() : null,
    endedAt: null,
    deployments: [],
  }));
