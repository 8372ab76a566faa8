/** What several pages about rollouts say alike: title, changes of version, counts by desa. */
import { countMembers, type Member, type MemberState } from '../../domain/rollout';
import { tileState } from '../../domain/tile-state';
import type { RolloutFacts } from '../../services/read-models/board-model';
import type { RolloutTally } from '../../services/read-models/rollout-tally';
import type { AppChange, Counts, RolloutRow } from '../view-models/rollouts';
import { iso, type Words } from './words';

/** One desa with all its members. */
export interface DesaGroup {
  readonly kode: string;
  readonly nama: string;
  readonly kecamatan: string;
  readonly kecamatanKode: string;
  readonly wave: number;
  readonly state: MemberState;
  readonly members: readonly Member[];
}
const grouped = new WeakMap<readonly Member[], readonly DesaGroup[]>();
/** By desa, in the order of the plan. Members of one reading are grouped once. */
export const groupByDesa = (members: readonly Member[]): readonly DesaGroup[] => {
  const known = grouped.get(members) ?? groupsOf(members);
  grouped.set(members, known);
  return known;
};
const groupsOf = (members: readonly Member[]): readonly DesaGroup[] => {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const group = groups.get(member.kode);
    if (group === undefined) groups.set(member.kode, [member]);
    else group.push(member);
  }
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const before = lately.get(first);
    if (before?.members.length === own.length && own.every((one, index) => one === before.members[index]))
      return [before];
    const { kode, nama, kecamatan, kecamatanKode } = first;
    const state = tileState(own.map((one) => one.state));
    const wave = Math.min(...own.map((one) => one.wave));
    const group = { kode, nama, kecamatan, kecamatanKode, wave, state, members: own };
    lately.set(first, group);
    return [group];
  });
};
/** By its first member: a desa none of whose members changed is the same object again. */
const lately = new WeakMap<Member, DesaGroup>();
export const countDesa = (groups: readonly Pick<DesaGroup, 'state'>[]): Counts => countMembers(groups);

/** The release most members come from; null when they come from none. */
const commonFrom = (members: readonly Member[]): string | null => {
  const tally = new Map<string | null, number>();
  for (const { fromReleaseId } of members) tally.set(fromReleaseId, (tally.get(fromReleaseId) ?? 0) + 1);
  return [...tally].sort((left, right) => right[1] - left[1])[0]?.[0] ?? null;
};
/** Releases by id, as one app of a rollout changes. */
interface Move {
  readonly app: string;
  readonly from: string | null;
  readonly to: string | null;
}
const moved = new WeakMap<readonly Member[], readonly Move[]>();
const movesOf = ({ members }: RolloutFacts): readonly Move[] => {
  const known = moved.get(members) ?? findMoves(members);
  moved.set(members, known);
  return known;
};
const findMoves = (members: readonly Member[]): readonly Move[] => {
  const apps = [...new Set(members.map((one) => one.app))];
  return apps.map((app) => {
    const own = members.filter((one) => one.app === app);
    return { app, from: commonFrom(own), to: own.find((one) => one.toReleaseId !== null)?.toReleaseId ?? null };
  });
};
type Versioned = Pick<RolloutFacts, 'rollout' | 'versions'>;
const changesBy = ({ rollout, versions }: Versioned, moves: readonly Move[], words: Words): readonly AppChange[] => {
  const version = (id: string | null): string | null => (id === null ? null : (versions.get(id) ?? null));
  return words.apps.flatMap((app) => {
    const move = moves.find((one) => one.app === app.name);
    const to = version(rollout.releases[app.name] ?? move?.to ?? null);
    if (move === undefined || to === null) return [];
    const from = rollout.kind === 'update' ? version(move.from) : null;
    return [{ app: app.name, label: app.label, from: from === to ? null : from, to }];
  });
};
export const changesOf = (facts: RolloutFacts, words: Words): readonly AppChange[] =>
  changesBy(facts, movesOf(facts), words);

interface Named {
  readonly changes: readonly AppChange[];
  readonly desa: number;
  /** Name of the desa when it is the only one. */
  readonly only: string | null;
}
/** "Pembaruan OpenSID 2410.0.0", "Pemasangan 6 desa", "Mulai ulang Klirong". */
const titleBy = ({ rollout }: Versioned, { changes, desa, only }: Named, words: Words): string => {
  if (rollout.title !== '') return rollout.title;
  const kind = words.t.states.kind[rollout.kind];
  const [change] = changes;
  if (rollout.kind === 'update' && change !== undefined)
    return `${kind} ${change.label} ${change.to}${only === null ? '' : `, ${only}`}`;
  return only === null ? `${kind} ${words.t.common.desaCount(words.f.n(desa))}` : `${kind} ${only}`;
};
export const titleOf = (facts: RolloutFacts, words: Words): string => {
  const desa = groupByDesa(facts.members);
  const only = desa.length === 1 ? (desa[0]?.nama ?? null) : null;
  return titleBy(facts, { changes: changesOf(facts, words), desa: desa.length, only }, words);
};

type Waved = Pick<DesaGroup, 'state' | 'wave'>;
const waveNow = (groups: readonly Waved[]): number => {
  const open = groups.filter((one) =>
    ['pending', 'running', 'soaking', 'unmeasured', 'rolling_back'].includes(one.state),
  );
  const numbers = (open.length > 0 ? open : groups).map((one) => one.wave);
  return numbers.length === 0 ? 0 : open.length > 0 ? Math.min(...numbers) : Math.max(...numbers);
};
export const waveNumbers = (groups: readonly Waved[]): { readonly wave: number; readonly waves: number } => ({
  wave: waveNow(groups),
  waves: groups.length === 0 ? 0 : Math.max(...groups.map((one) => one.wave)),
});
const timesOf = ({ rollout }: Versioned) => ({
  startedAt: iso(rollout.startedAt),
  endedAt: iso(rollout.endedAt),
  by: rollout.requestedBy,
});
/** A row of the list, out of what the database counted. */
export const tallyRow = (tally: RolloutTally, words: Words): RolloutRow => {
  const { rollout, desa, only } = tally;
  const total = desa.reduce((sum, one) => sum + one.count, 0);
  const changes = changesBy(tally, tally.apps, words);
  const counts = { ...countMembers([]) };
  for (const { state, count } of desa) counts[state] += count;
  const title = titleBy(tally, { changes, desa: total, only }, words);
  const { id, kind, state } = rollout;
  return { id, title, kind, state, apps: changes, total, counts, ...waveNumbers(desa), ...timesOf(tally) };
};
export const rolloutRow = (facts: RolloutFacts, words: Words): RolloutRow => {
  const groups = groupByDesa(facts.members);
  const { rollout } = facts;
  return {
    id: rollout.id,
    title: titleOf(facts, words),
    kind: rollout.kind,
    state: rollout.state,
    apps: changesOf(facts, words),
    total: groups.length,
    counts: countDesa(groups),
    ...waveNumbers(groups),
    ...timesOf(facts),
  };
};
export const probesOf = (
  facts: RolloutFacts,
): { readonly sent: number; readonly failed: number; readonly held: number } =>
  [...facts.deployments.values()].reduce(
    (sum, { probes }) => ({
      sent: sum.sent + probes.sent,
      failed: sum.failed + probes.failed,
      held: sum.held + probes.held,
    }),
    { sent: 0, failed: 0, held: 0 },
  );

/** Version that answers citizens now; null = none. */
export const servingOf = (facts: RolloutFacts, member: Member): string | null => {
  if (member.state === 'down') return null;
  const id =
    member.state === 'done' ? member.toReleaseId : facts.rollout.kind === 'install' ? null : member.fromReleaseId;
  return id === null ? null : (facts.versions.get(id) ?? null);
};
