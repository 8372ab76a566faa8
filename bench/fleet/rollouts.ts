import { isMemberEnded, type MemberState, type RolloutState, type StageRecord } from '../../server/domain/rollout';
import { planDeployment } from '../../server/rollouts/plans';
import { freshStages } from '../../server/rollouts/coordinator';
import { memberStateEvent, rolloutStateEvent } from '../../server/rollouts/member-events';
import type { AppAdapter } from '../../provisioners/contracts';
import type { Transactor } from '../../server/stores';
import { idAt, type Chance } from './chance';
import { stamp } from './ground';
import {
  APPS,
  COMING,
  CURRENT,
  PARALLEL,
  releaseOf,
  REQUESTED_BY,
  VERSIONS,
  waveOf,
  WAVES,
  type FleetIds,
  type PlacedInstance,
  type RolloutWish,
  type Version,
} from './plan';

const DAY_MS = 86_400_000;
const CHUNK = 500;

export interface RolloutGround {
  readonly transact: Transactor;
  readonly ids: FleetIds;
  readonly apps: ReadonlyMap<string, AppAdapter>;
  readonly instances: readonly PlacedInstance[];
  readonly chance: Chance;
}
interface Told {
  readonly kind: 'install' | 'update' | 'restart';
  readonly state: RolloutState;
  readonly from: Version;
  readonly to: Version;
  readonly startedAt: Date;
  readonly seconds: number;
  readonly stateOf: (one: PlacedInstance, order: number) => { readonly state: MemberState; readonly code?: string };
  readonly members: readonly PlacedInstance[];
}

const stagesAt = (state: RolloutState, startedAt: Date, seconds: number): readonly StageRecord[] => {
  const at = (share: number): string => new Date(startedAt.getTime() + share * seconds * 1000).toISOString();
  const shares: Readonly<Record<string, readonly [number, number]>> = {
    check: [0, 0.005],
    snapshot: [0.005, 0.02],
    rehearse: [0, 0],
    migrate: [0.02, 0.03],
    waves: [0.03, 0.99],
    soak: [0.99, 0.99],
    report: [1, 1],
  };
  const over = state === 'completed';
  return freshStages().map(({ stage }): StageRecord => {
    const [from, to] = shares[stage] ?? [0, 0];
    if (stage === 'rehearse') return { stage, state: 'skipped', startedAt: null, endedAt: null, deployments: [] };
    const late = stage === 'soak' || stage === 'report' || stage === 'waves';
    if (!over && late && stage !== 'waves')
      return { stage, state: 'pending', startedAt: null, endedAt: null, deployments: [] };
    const running = !over && stage === 'waves';
    return {
      stage,
      state: running ? 'running' : 'done',
      startedAt: at(from),
      endedAt: running ? null : at(to),
      deployments: [],
    };
  });
};

const DEPLOYMENT_STATE: Readonly<Partial<Record<MemberState, string>>> = {
  running: 'running',
  soaking: 'soaking',
  unmeasured: 'waiting',
  rolling_back: 'running',
  failed: 'failed',
  quarantined: 'failed',
  down: 'failed',
};

const planOf = (ground: RolloutGround, one: PlacedInstance, told: Told): readonly { readonly kind: string }[] => {
  const app = ground.apps.get(one.app);
  if (app === undefined) throw new Error(`no app ${one.app}`);
  return planDeployment({
    kind: told.kind,
    app,
    instance: { slot: 'a', releaseId: null },
    releaseId: releaseOf(ground.ids, one.app, told.to),
    host: one.desa.host,
    soakSeconds: told.kind === 'update' ? 60 : 0,
  });
};

/** Rows of one rollout, its members and their deployments; returns its id. */
const tell = async (ground: RolloutGround, told: Told): Promise<string> => {
  const { transact, ids, chance } = ground;
  const { knex } = transact.read;
  const id = idAt(told.startedAt, chance);
  const over = told.state === 'completed';
  await knex('rollouts').insert({
    id,
    kind: told.kind,
    state: told.state,
    stage: over ? 'report' : 'waves',
    title: '',
    policy: JSON.stringify({
      waves: WAVES,
      parallel: PARALLEL,
      soakSeconds: 60,
      haltAt: 2,
      acknowledged: [],
      hosts: {},
    }),
    releases: JSON.stringify(
      Object.fromEntries(
        [...new Set(told.members.map((one) => one.app))].map((app) => [app, releaseOf(ids, app, told.to)]),
      ),
    ),
    stages: JSON.stringify(stagesAt(told.state, told.startedAt, told.seconds)),
    plan_hash: chance.text('0123456789abcdef', 64),
    reason_code: told.state === 'halted' ? 'same_failure' : null,
    reason: told.state === 'halted' ? JSON.stringify({ code: 'http_status', count: 2 }) : null,
    requested_by: REQUESTED_BY,
    parallel: PARALLEL,
    tick_at: null,
    started_at: stamp(told.startedAt),
    ended_at: over ? stamp(new Date(told.startedAt.getTime() + told.seconds * 1000)) : null,
    created_at: stamp(told.startedAt),
  });
  const rows = told.members.map((one, position) => rowsOf(ground, told, id, one, position));
  await knex.batchInsert(
    'rollout_members',
    rows.map((one) => one.member),
    CHUNK,
  );
  await knex.batchInsert(
    'deployments',
    rows.flatMap((one) => one.deployment ?? []),
    CHUNK,
  );
  return id;
};

const rowsOf = (ground: RolloutGround, told: Told, rolloutId: string, one: PlacedInstance, position: number) => {
  const { ids, chance } = ground;
  const plan = planOf(ground, one, told);
  const { state, code } = told.stateOf(one, one.desa.order);
  const begun = state !== 'pending' && state !== 'skipped' && state !== 'postponed';
  const share = position / Math.max(1, told.members.length);
  const at = new Date(told.startedAt.getTime() + share * told.seconds * 900);
  const seconds = chance.between(5, 9);
  const deploymentId = idAt(at, chance);
  const step = isMemberEnded(state) ? plan.length : 2 + chance.below(plan.length - 2);
  const reason = {
    reason_code: code ?? null,
    reason: code === undefined ? null : JSON.stringify({ status: 500, path: '/' }),
  };
  const releases = {
    from_release_id: told.kind === 'install' ? null : releaseOf(ids, one.app, told.from),
    to_release_id: releaseOf(ids, one.app, told.to),
  };
  return {
    member: {
      rollout_id: rolloutId,
      instance_id: one.id,
      kode: String(one.desa.region.kode),
      kecamatan_kode: String(one.desa.region.parent),
      nama: one.desa.region.nama,
      kecamatan: one.desa.kecamatan,
      app: one.app,
      position,
      wave: told.kind === 'update' ? waveOf(one.desa.order) : 1,
      state,
      deployment_id: begun ? deploymentId : null,
      ...releases,
      ...reason,
      step: begun ? step : 0,
      steps: begun ? plan.length : 0,
    },
    deployment: !begun
      ? null
      : {
          id: deploymentId,
          subject_kind: 'instance',
          subject_id: one.id,
          rollout_id: rolloutId,
          kind: told.kind,
          ...releases,
          state: DEPLOYMENT_STATE[state] ?? 'succeeded',
          ...reason,
          plan: JSON.stringify(plan),
          plan_hash: chance.text('0123456789abcdef', 64),
          plan_version: 1,
          position: step,
          started_at: stamp(at),
          ended_at: isMemberEnded(state) ? stamp(new Date(at.getTime() + seconds * 1000)) : null,
          probes_sent: 40 + chance.below(20),
          probes_failed: code === undefined ? 0 : 3,
          created_at: stamp(at),
        },
  };
};

/** Steps of every deployment, out of their frozen plans. One that failed did so before the switch, where its release is asked whether it is healthy. */
const laySteps = async ({ transact }: RolloutGround): Promise<void> => {
  await transact.read.knex.raw(
    `INSERT INTO deployment_steps (deployment_id, position, kind, state, attempt, reason_code, reason, started_at, ended_at)
     SELECT deployment_id, position, kind,
       CASE WHEN position < stop THEN 'done' WHEN position > stop THEN 'pending' WHEN failed THEN 'failed' ELSE 'running' END,
       1, IF(failed AND position = stop, reason_code, NULL), IF(failed AND position = stop, reason, NULL),
       IF(position <= stop, started_at + INTERVAL position SECOND, NULL),
       IF(position < stop OR (failed AND position = stop), started_at + INTERVAL position + 1 SECOND, NULL)
     FROM (
       SELECT d.id deployment_id, s.seq position, JSON_VALUE(d.plan, CONCAT('$[', s.seq, '].kind')) kind,
         d.state = 'failed' failed, d.reason_code, d.reason, d.started_at,
         CASE WHEN d.state IN ('running','soaking','waiting') THEN d.position
           WHEN d.state = 'failed' THEN CAST(REGEXP_SUBSTR(JSON_SEARCH(d.plan, 'one', 'await_healthy'), '[0-9]+') AS SIGNED)
           ELSE 99 END stop
       FROM deployments d JOIN seq_0_to_30 s ON s.seq < JSON_LENGTH(d.plan)
     ) told`,
  );
};

const done = (): { readonly state: MemberState } => ({ state: 'done' });
/** A year behind them: the installation, twelve monthly updates, forty restarts of single desa. */
export const layPastRollouts = async (ground: RolloutGround): Promise<void> => {
  const { instances, chance } = ground;
  const base = { state: 'completed' as const, from: VERSIONS[0], to: VERSIONS[1], stateOf: done, seconds: 3_000 };
  const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);
  await tell(ground, { ...base, kind: 'install', startedAt: ago(330), members: instances, seconds: 9_000 });
  for (let month = 11; month > 0; month -= 1) {
    const [from, to] = month > 1 ? ([VERSIONS[0], VERSIONS[1]] as const) : ([VERSIONS[1], CURRENT] as const);
    await tell(ground, { ...base, kind: 'update', from, to, startedAt: ago(month * 28), members: instances });
  }
  for (let index = 0; index < 40; index += 1) {
    const start = chance.below(instances.length / 3) * 3;
    const members = instances.slice(start, start + 3);
    await tell(ground, {
      ...base,
      kind: 'restart',
      to: CURRENT,
      from: CURRENT,
      startedAt: ago(20 - index / 3),
      members,
      seconds: 40,
    });
  }
};

const halfway = (one: PlacedInstance, order: number): { readonly state: MemberState; readonly code?: string } => {
  const app = APPS.indexOf(one.app);
  if (order % 211 === 140) return app === 0 ? { state: 'quarantined', code: 'http_status' } : { state: 'done' };
  if (order < 490) return { state: 'done' };
  if (order < 500) return { state: app === 2 ? 'soaking' : 'done' };
  if (order < 532) return { state: app === 0 ? 'running' : 'pending' };
  return { state: 'pending' };
};
const troubled = (one: PlacedInstance, order: number): { readonly state: MemberState; readonly code?: string } => {
  const app = APPS.indexOf(one.app);
  if (order % 27 === 4 && order < 500) return { state: 'down', code: 'old_release_gone' };
  if (order % 19 === 3 && app === 0 && order < 500) return { state: 'quarantined', code: 'http_status' };
  if (order % 47 === 2 && app === 2 && order < 500) return { state: 'unmeasured', code: 'proxy_unreachable' };
  return { state: order < 500 ? 'done' : 'pending' };
};

/** The newest rollout of all desa and apps; null when none is wished. */
export const layNewestRollout = async (ground: RolloutGround, wish: RolloutWish): Promise<string | null> => {
  if (wish === 'none') {
    await laySteps(ground);
    return null;
  }
  const begun = wish === 'fresh' ? 0 : 420;
  const id = await tell(ground, {
    kind: 'update',
    state: wish === 'halted' ? 'halted' : 'rolling',
    from: CURRENT,
    to: COMING,
    startedAt: new Date(Date.now() - begun * 1000),
    seconds: wish === 'fresh' ? 1 : begun,
    stateOf: wish === 'fresh' ? () => ({ state: 'pending' }) : wish === 'halted' ? troubled : halfway,
    members: ground.instances,
  });
  await laySteps(ground);
  if (wish !== 'fresh') await layNews(ground, id);
  return id;
};

/** The changed desa run and are observed with what they got; the shared schema went ahead of everybody. */
const layNews = async ({ transact, ids }: RolloutGround, id: string): Promise<void> => {
  const { knex } = transact.read;
  await knex.raw(
    `UPDATE instances i JOIN rollout_members m ON m.instance_id = i.id AND m.rollout_id = ? AND m.state IN ('done', 'soaking')
     SET i.release_id = m.to_release_id, i.observed_release = IF(i.observed_release IS NULL, NULL, ?)`,
    [id, COMING],
  );
  await transact.read.databases.update(ids.databaseId, { schemaReleaseId: releaseOf(ids, 'opensid', COMING) });
  const members = (await transact.read.rollouts.members(id)).filter((one) => one.state !== 'pending').slice(-240);
  const deployments = new Map((await transact.read.deployments.ofRollout(id)).map((one) => [one.id, one] as const));
  await transact.run((stores) =>
    stores.events.append([
      rolloutStateEvent(id, 'migrating', 'migrate', null, null),
      rolloutStateEvent(id, 'rolling', 'waves', null, null),
      ...members.map((one) =>
        memberStateEvent(one, deployments.get(one.deploymentId ?? '') ?? null, one.state === 'done' ? COMING : CURRENT),
      ),
    ]),
  );
};
