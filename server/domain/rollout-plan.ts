import type { AppAdapter } from '../../provisioners/contracts';
import type { Reason } from './deployment';
import type { Desa } from './desa';
import type { Instance } from './instance';
import { compareVersions, type Release } from './release';
import { assignWaves } from './rollout-decision';
import type { RolloutKind, RolloutPolicy } from './rollout';

/** What a person asks for. Codes are dotted; `apps` empty = every app that fits; releases: app → version. */
export interface RolloutRequest {
  readonly kind: Exclude<RolloutKind, 'rollback'>;
  readonly kodes: readonly string[];
  readonly apps: readonly string[];
  readonly releases: Readonly<Record<string, string>>;
  /** domain only: kode → new host. */
  readonly hosts: Readonly<Record<string, string>>;
}
type PlanApp = Pick<AppAdapter, 'name' | 'order' | 'needs' | 'pairing' | 'database'>;
/** The change a desa is still part of. Its apps lean on each other, so it holds all of them. */
export interface BusyWith {
  readonly rollout: string;
  readonly kind: RolloutKind;
}
/** What the plan is made from: one consistent look at the rows. */
export interface PlanFacts {
  readonly desa: readonly Pick<Desa, 'kode' | 'kecamatanKode' | 'nama' | 'host'>[];
  readonly kecamatan: Readonly<Record<string, string>>;
  readonly instances: readonly Pick<Instance, 'id' | 'wilayahKode' | 'app' | 'releaseId' | 'container' | 'wanted'>[];
  readonly releases: readonly Pick<Release, 'id' | 'app' | 'version' | 'state' | 'channel'>[];
  readonly apps: readonly PlanApp[];
  /** app → release whose structure the shared schema has. */
  readonly schemaRelease: Readonly<Record<string, string | null>>;
  /** kode → the rollout that has not ended for it yet. */
  readonly busy: Readonly<Record<string, BusyWith>>;
  /** Apps that a rollout which is not over yet still brings to its release. */
  readonly updating: ReadonlySet<string>;
  readonly takenHosts: Readonly<Record<string, string>>;
}
export interface PlannedMember {
  readonly kode: string;
  readonly nama: string;
  readonly kecamatanKode: string;
  readonly kecamatan: string;
  readonly host: string;
  readonly app: string;
  readonly wave: number;
  readonly position: number;
  readonly instanceId: string | null;
  readonly fromReleaseId: string | null;
  readonly toReleaseId: string | null;
}
export interface LeftOut {
  readonly kode: string;
  readonly nama: string;
  readonly kecamatan: string;
  readonly app: string;
  readonly reason: Reason;
}
export interface RolloutPlan {
  readonly request: RolloutRequest;
  readonly members: readonly PlannedMember[];
  readonly leftOut: readonly LeftOut[];
  /** Reasons why it cannot start at all. */
  readonly blocked: readonly Reason[];
  readonly releases: Readonly<Record<string, string>>;
  readonly migrates: boolean;
  readonly waves: readonly number[];
}
const reason = (code: string, params: Reason['params'] = {}): Reason => ({ code, params });

/** Pure: the same facts and request always give the same plan, whose hash is what the person confirms. */
export const planRollout = (
  facts: PlanFacts,
  request: RolloutRequest,
  policy: Pick<RolloutPolicy, 'waves'>,
): RolloutPlan => {
  const chosen = chooseReleases(facts, request);
  const apps = chooseApps(facts, request, chosen.releases);
  const judged = facts.desa.flatMap((desa) => apps.map((app) => judge(facts, request, desa, app, chosen.releases)));
  const members = judged.flatMap((one) => (one.ok ? [one.member] : []));
  const kodes = orderDesa(request.kind, [...new Map(members.map((one) => [one.kode, one.kecamatanKode] as const))]);
  const waves = assignWaves(kodes, request.kind === 'update' ? policy.waves : []);
  const rank = new Map(kodes.map((kode, index) => [kode, index] as const));
  const ordered = members
    .map((one) => ({ ...one, wave: waves.get(one.kode) ?? 1 }))
    .sort((left, right) => (rank.get(left.kode) ?? 0) - (rank.get(right.kode) ?? 0) || left.position - right.position)
    .map((one, position) => ({ ...one, position }));
  return {
    request,
    members: ordered,
    leftOut: judged.flatMap((one) => (one.ok ? [] : [one.leftOut])),
    blocked: [...chosen.blocked, ...blocked(facts, request, chosen.releases, ordered)],
    releases: chosen.releases,
    migrates:
      request.kind === 'update' &&
      apps.some((app) => app.database === 'shared' && chosen.releases[app.name] !== facts.schemaRelease[app.name]),
    waves: [...new Set(ordered.map((one) => one.wave))].sort((left, right) => left - right),
  };
};

/** Named ones must be ready; for an install the shared app takes the schema's release, others the newest that fits. */
const chooseReleases = (
  facts: PlanFacts,
  request: RolloutRequest,
): { releases: Record<string, string>; blocked: readonly Reason[] } => {
  if (request.kind !== 'install' && request.kind !== 'update') return { releases: {}, blocked: [] };
  const releases: Record<string, string> = {};
  const problems: Reason[] = [];
  for (const [app, version] of Object.entries(request.releases)) {
    const found = facts.releases.find((one) => one.app === app && one.version === version && one.state === 'ready');
    if (found) releases[app] = found.id;
    else problems.push(reason('release_unknown', { app, version }));
  }
  if (request.kind === 'update') return { releases, blocked: problems };
  for (const app of facts.apps) {
    if (releases[app.name] !== undefined || (request.apps.length > 0 && !request.apps.includes(app.name))) continue;
    const fitting = newestReady(facts, app, releases);
    if (fitting !== null) releases[app.name] = facts.schemaRelease[app.name] ?? fitting;
    else if (request.apps.includes(app.name)) problems.push(reason('no_release', { app: app.name }));
  }
  return { releases, blocked: problems };
};
const newestReady = (facts: PlanFacts, app: PlanApp, chosen: Readonly<Record<string, string>>): string | null => {
  const ceiling =
    app.pairing === 'not_newer'
      ? versionOf(facts, chosen[app.needs[0] ?? ''] ?? facts.schemaRelease[app.needs[0] ?? ''] ?? null)
      : null;
  const ready = facts.releases
    .filter(
      (one) =>
        one.app === app.name &&
        one.state === 'ready' &&
        (ceiling === null || compareVersions(one.version, ceiling) <= 0),
    )
    .sort((left, right) => compareVersions(right.version, left.version));
  return ready[0]?.id ?? null;
};
const versionOf = (facts: PlanFacts, releaseId: string | null): string | null =>
  facts.releases.find((one) => one.id === releaseId)?.version ?? null;

const chooseApps = (
  facts: PlanFacts,
  request: RolloutRequest,
  releases: Readonly<Record<string, string>>,
): readonly PlanApp[] => {
  const byRelease = request.kind === 'install' || request.kind === 'update';
  const wanted = facts.apps.filter((app) =>
    request.apps.length > 0 ? request.apps.includes(app.name) : !byRelease || releases[app.name] !== undefined,
  );
  // The app at `/` goes last when things are taken away or moved, first otherwise.
  const direction = request.kind === 'remove' || request.kind === 'domain' || request.kind === 'stop' ? -1 : 1;
  return [...wanted].sort((left, right) => direction * (left.order - right.order));
};

type Judged = { readonly ok: true; readonly member: PlannedMember } | { readonly ok: false; readonly leftOut: LeftOut };
const judge = (
  facts: PlanFacts,
  request: RolloutRequest,
  desa: PlanFacts['desa'][number],
  app: PlanApp,
  releases: Readonly<Record<string, string>>,
): Judged => {
  const kecamatan = facts.kecamatan[desa.kecamatanKode] ?? desa.kecamatanKode;
  const instance = facts.instances.find((one) => one.wilayahKode === desa.kode && one.app === app.name) ?? null;
  const problem = busyWith(facts.busy[desa.kode]) ?? problemOf(facts, request, app, instance, releases);
  if (problem !== null)
    return { ok: false, leftOut: { kode: desa.kode, nama: desa.nama, kecamatan, app: app.name, reason: problem } };
  const direction = request.kind === 'remove' || request.kind === 'domain' || request.kind === 'stop' ? -1 : 1;
  return {
    ok: true,
    member: {
      kode: desa.kode,
      nama: desa.nama,
      kecamatanKode: desa.kecamatanKode,
      kecamatan,
      host: request.hosts[desa.kode] ?? desa.host,
      app: app.name,
      wave: 1,
      position: direction * app.order,
      instanceId: instance?.id ?? null,
      fromReleaseId: instance?.releaseId ?? null,
      toReleaseId: releases[app.name] ?? instance?.releaseId ?? null,
    },
  };
};
const busyWith = (other: BusyWith | undefined): Reason | null =>
  other === undefined ? null : reason('busy', { ...other });
const problemOf = (
  facts: PlanFacts,
  request: RolloutRequest,
  app: PlanApp,
  instance: PlanFacts['instances'][number] | null,
  releases: Readonly<Record<string, string>>,
): Reason | null => {
  const installed = instance !== null && instance.container !== null;
  if (request.kind === 'install') return installed ? reason('already_installed', {}) : null;
  if (request.kind === 'remove') return instance === null ? reason('not_installed', {}) : null;
  if (!installed) return reason('not_installed', {});
  if (request.kind === 'update') return updateProblem(facts, app, instance, releases[app.name]);
  if (request.kind === 'start') return instance.wanted === 'running' ? reason('already_running', {}) : null;
  if (request.kind === 'stop' || request.kind === 'restart')
    return instance.wanted === 'stopped' ? reason('already_stopped', {}) : null;
  return null;
};
const updateProblem = (
  facts: PlanFacts,
  app: PlanApp,
  instance: PlanFacts['instances'][number],
  target: string | undefined,
): Reason | null => {
  if (target === undefined) return reason('no_release', { app: app.name });
  if (instance.releaseId === target) return reason('already_there', { version: versionOf(facts, target) });
  if (instance.wanted === 'stopped') return reason('stopped_by_person', {});
  const [from, to] = [versionOf(facts, instance.releaseId), versionOf(facts, target)];
  return from !== null && to !== null && compareVersions(to, from) < 0
    ? reason('newer_installed', { version: from })
    : null;
};

/** Canaries of an update differ in place: one desa of each kecamatan in turn, then kecamatan by kecamatan. */
const orderDesa = (
  kind: RolloutKind,
  desa: readonly (readonly [kode: string, kecamatan: string])[],
): readonly string[] => {
  const sorted = [...desa].sort(([left], [right]) => left.localeCompare(right));
  if (kind !== 'update') return sorted.map(([kode]) => kode);
  const first = new Map<string, string>();
  for (const [kode, kecamatan] of sorted) if (!first.has(kecamatan)) first.set(kecamatan, kode);
  const canaries = new Set(first.values());
  return [...canaries, ...sorted.map(([kode]) => kode).filter((kode) => !canaries.has(kode))];
};

const blocked = (
  facts: PlanFacts,
  request: RolloutRequest,
  releases: Readonly<Record<string, string>>,
  members: readonly PlannedMember[],
): readonly Reason[] => {
  const problems: Reason[] = [];
  for (const app of facts.apps.filter((one) => one.database === 'shared')) {
    const [target, schema] = [
      versionOf(facts, releases[app.name] ?? null),
      versionOf(facts, facts.schemaRelease[app.name] ?? null),
    ];
    if (target === null || schema === null) continue;
    if (request.kind === 'install' && target !== schema)
      problems.push(reason('install_release_differs', { app: app.name, version: target, schema }));
    if (request.kind === 'update' && compareVersions(target, schema) > 0) problems.push(...behind(facts, app, schema));
  }
  const asked = Object.entries(request.hosts);
  for (const [kode, host] of asked) {
    const owner = facts.takenHosts[host] ?? asked.find(([, same]) => same === host)?.[0];
    if (owner !== undefined && owner !== kode) problems.push(reason('host_taken', { host, kode: owner }));
  }
  return [...problems, ...pairing(facts, releases, members), ...leftWithout(facts, request, members)];
};
/** Nothing is taken away that another app of the same desa, not taken away with it, lives on. */
const leftWithout = (
  facts: PlanFacts,
  request: RolloutRequest,
  members: readonly PlannedMember[],
): readonly Reason[] =>
  request.kind !== 'remove'
    ? []
    : members.flatMap((member) => {
        const left = facts.instances.find(
          (one) =>
            one.wilayahKode === member.kode &&
            facts.apps.some((app) => app.name === one.app && app.needs.includes(member.app)) &&
            !members.some((other) => other.kode === one.wilayahKode && other.app === one.app),
        );
        const { app, nama, kecamatan } = member;
        return left === undefined ? [] : [reason('needed_by', { app, by: left.app, nama, kecamatan })];
      });
/**
 * No migration while a desa still runs code older than the schema: it would be two releases behind. A release that never took
 * hold anywhere is no reason: refusing would keep every desa from the release that mends it.
 */
const behind = (facts: PlanFacts, app: PlanApp, schema: string): readonly Reason[] => {
  const running = facts.instances.filter((one) => one.app === app.name && one.container !== null);
  const late = running.filter((one) => compareVersions(versionOf(facts, one.releaseId) ?? '0', schema) < 0);
  const mended = late.length === running.length && !facts.updating.has(app.name);
  return late.length === 0 || mended
    ? []
    : [reason('desa_behind', { count: late.length, first: late[0]?.wilayahKode ?? '', version: schema })];
};
/** Judged desa by desa: what its partner will be after this rollout, or is now. */
const pairing = (
  facts: PlanFacts,
  releases: Readonly<Record<string, string>>,
  members: readonly PlannedMember[],
): readonly Reason[] =>
  facts.apps.flatMap((app) => {
    const need = app.needs[0];
    const own = versionOf(facts, releases[app.name] ?? null);
    if (app.pairing !== 'not_newer' || need === undefined || own === null) return [];
    const tooOld = members
      .filter((one) => one.app === app.name)
      .map((one) => partnerOf(facts, releases, members, one.kode, need))
      .find((partner) => partner !== null && compareVersions(own, partner) > 0);
    return tooOld === undefined || tooOld === null
      ? []
      : [reason('pair_too_new', { app: app.name, version: own, need, needVersion: tooOld })];
  });
const partnerOf = (
  facts: PlanFacts,
  releases: Readonly<Record<string, string>>,
  members: readonly PlannedMember[],
  kode: string,
  need: string,
): string | null => {
  const together = members.some((one) => one.kode === kode && one.app === need) ? releases[need] : undefined;
  const installed = facts.instances.find((one) => one.wilayahKode === kode && one.app === need)?.releaseId;
  return versionOf(facts, together ?? installed ?? facts.schemaRelease[need] ?? null);
};
