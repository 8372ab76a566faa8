import type { PlannedRollout } from '../../services/rollout-service';
import { estimateOf, type Estimate, type PastTimes } from '../../domain/rollout-estimate';
import type { PlannedMember } from '../../domain/rollout-plan';
import type { RolloutKind } from '../../domain/rollout';
import { EMPTY_FORM, type FormState } from '../view-models/common';
import type { AppChange, PlanLine, PlanModel, PlanWave } from '../view-models/rollouts';
import { labelOf, shortReason, type Words } from './words';

const NAMES = 4;
export interface PlanWish {
  readonly step: PlanModel['step'];
  readonly changed: boolean;
  readonly hidden: PlanModel['hidden'];
  readonly back: string;
  readonly form: FormState;
  /** release id → version */
  readonly versions: ReadonlyMap<string, string>;
  /** Labels of the apps in this plan that migrate a database of their own. */
  readonly ownSchemas: readonly string[];
  readonly past: PastTimes;
  /** Bytes of the shared schema and free on the disk its dump goes to; null = not known. */
  readonly room: { readonly schema: number; readonly free: number } | null;
}

export const planWord = (kind: RolloutKind, count: number, words: Words): string => {
  const { startWord } = words.t.rollouts.confirms;
  return kind === 'install' ? startWord.install(words.f.n(count)) : startWord.update(words.f.n(count));
};
export const plannedDesa = (members: readonly PlannedMember[]): number => new Set(members.map((one) => one.kode)).size;

export const planPage = (planned: PlannedRollout, words: Words, wish: PlanWish): PlanModel => {
  const { plan, planHash } = planned;
  const { kind } = plan.request;
  const count = plannedDesa(plan.members);
  const apps = changes(planned, words, wish.versions);
  const estimate = estimateOf({ ...plan, kind, policy: planned.policy }, wish.past);
  return {
    action: kind,
    title: titleOf(planned, apps, words, count),
    apps,
    count,
    total: plan.request.kodes.length,
    kecamatan: new Set(plan.members.map((one) => one.kecamatanKode)).size,
    verdict: verdictOf(planned, words, wish.ownSchemas),
    nothing: nothingOf(planned, words, wish.versions),
    lines: linesOf(planned, words, { count, estimate, room: wish.room }),
    basis: basisOf(estimate, words),
    takes: about(estimate.total, words),
    leftOut: plan.leftOut.map((one) => ({
      kode: one.kode,
      nama: one.nama,
      kecamatan: one.kecamatan,
      reason: `${labelOf(words, one.app)}: ${shortReason(words, one.reason)}`,
      href: `/desa/${one.kode}`,
      link: words.t.common.open,
    })),
    rules: rulesOf(planned, estimate, words),
    citizens: citizensOf(kind, words),
    planHash,
    changed: wish.changed,
    word: planWord(kind, count, words),
    hidden: wish.hidden,
    back: wish.back,
    step: wish.step,
    form: { ...EMPTY_FORM, ...wish.form },
  };
};

/** A release that leaves the structure alone can be taken back; what changes it was not rehearsed. */
const verdictOf = ({ plan }: PlannedRollout, words: Words, ownSchemas: readonly string[]): PlanModel['verdict'] => {
  const w = words.t.web.plan;
  if (plan.migrates) return { state: 'untested', text: w.verdict, note: w.verdictNote };
  const apps = ownSchemas.join(', ');
  return ownSchemas.length > 0
    ? { state: 'untested', text: w.verdictOwn(apps), note: w.verdictOwnNote }
    : { state: 'yes', text: w.verdictSame, note: w.verdictSameNote };
};

/** Why a plan without desa has none, when there is one reason for all. */
const nothingOf = ({ plan }: PlannedRollout, words: Words, versions: ReadonlyMap<string, string>): string | null => {
  if (plan.members.length > 0 || plan.leftOut.some((one) => one.reason.code !== 'already_there')) return null;
  const names = Object.entries(plan.releases).map(([app, id]) => `${labelOf(words, app)} ${versions.get(id) ?? ''}`);
  const count = new Set(plan.leftOut.map((one) => one.kode)).size;
  return count === 0 ? null : words.t.rollouts.planPage.nothing(words.f.n(count), names.join(', '));
};

/** What it brings, or whom it is about. */
const titleOf = ({ plan }: PlannedRollout, apps: readonly AppChange[], words: Words, count: number): string => {
  const { kind } = plan.request;
  const [only] = plan.members;
  if ((kind === 'install' || kind === 'update') && apps.length > 0)
    return apps.map((one) => `${one.label} ${one.to}`).join(', ');
  return count === 1 && only !== undefined
    ? `${only.nama}, ${words.t.common.kec(only.kecamatan)}`
    : words.t.common.desaCount(words.f.n(count));
};
const namesOf = ({ plan }: PlannedRollout, words: Words): string => {
  const names = [...new Map(plan.members.map((one) => [one.kode, `${one.nama} (${one.kecamatan})`] as const)).values()];
  const shown = names.slice(0, NAMES);
  const more = names.length - shown.length;
  return [...shown, ...(more > 0 ? [words.t.web.plan.andMore(words.f.n(more))] : [])].join(', ');
};
const changes = ({ plan }: PlannedRollout, words: Words, versions: ReadonlyMap<string, string>): readonly AppChange[] =>
  words.apps.flatMap((app) => {
    const own = plan.members.filter((one) => one.app === app.name);
    const target = plan.releases[app.name] ?? own[0]?.toReleaseId ?? null;
    const to = target === null ? undefined : versions.get(target);
    if (own.length === 0 || to === undefined) return [];
    const from = own.find((one) => one.fromReleaseId !== null)?.fromReleaseId ?? null;
    const before = plan.request.kind !== 'update' || from === null ? null : (versions.get(from) ?? null);
    return [{ app: app.name, label: app.label, from: before, to }];
  });

const citizensOf = (kind: RolloutKind, words: Words): string => {
  const { planLines } = words.t.rollouts;
  if (kind === 'update') return planLines.citizensUpdate;
  return kind === 'install' ? planLines.citizensInstall : words.t.web.plan.citizens[kind];
};

/** "± 4 mnt": a forecast has no seconds beside minutes. */
const about = (seconds: number | null, { f }: Words): string | null =>
  seconds === null
    ? null
    : `± ${f.duration(seconds < 60 ? Math.max(1, Math.round(seconds)) : Math.round(seconds / 60) * 60)}`;
const basisOf = ({ rollouts }: Estimate, { t, f }: Words): string =>
  rollouts === 0 ? t.rollouts.planPage.noBasis : t.web.fromPast(f.n(rollouts));

interface LineFacts {
  readonly count: number;
  readonly estimate: Estimate;
  readonly room: PlanWish['room'];
}
const linesOf = (planned: PlannedRollout, words: Words, facts: LineFacts): readonly PlanLine[] => {
  const { count, estimate, room } = facts;
  const line = (title: string, note: string, seconds: number | null, waves: readonly PlanWave[] = []): PlanLine => ({
    title,
    note,
    time: about(seconds, words) ?? '',
    waves,
  });
  const { planLines: w } = words.t.rollouts;
  const { plan, policy } = planned;
  const { kind } = plan.request;
  const { f } = words;
  const parallel = w.wavesInstall(f.n(policy.parallel));
  const shared = plan.releases['opensid'] !== undefined;
  return [
    line(w.check(f.n(count)), w.checkNote, estimate.check),
    ...(kind === 'update' && plan.migrates
      ? [
          line(
            w.snapshot,
            room === null ? '' : w.snapshotNote(f.bytes(room.schema), f.bytes(room.free)),
            estimate.snapshot,
          ),
          line(w.migrate, w.migrateNote, estimate.migrate),
        ]
      : []),
    ...(kind === 'install' && shared ? [line(w.prepare, w.prepareNote, estimate.migrate)] : []),
    kind === 'update'
      ? line(w.waves, w.wavesNote, estimate.waves, wavesOf(planned, words))
      : line(words.t.states.kind[kind], `${namesOf(planned, words)}; ${parallel}`, estimate.waves),
    ...(kind === 'update' && policy.soakSeconds > 0
      ? [line(w.soak, w.soakNote(f.duration(policy.soakSeconds)), null)]
      : []),
  ];
};

const wavesOf = ({ plan }: PlannedRollout, words: Words): readonly PlanWave[] =>
  plan.waves.map((number, index) => {
    const own = plan.members.filter((one) => one.wave === number);
    const names = new Map(own.map((one) => [one.kode, `${one.nama} (${one.kecamatan})`] as const));
    const shown = [...names.values()].slice(0, NAMES);
    const more = names.size - shown.length;
    const last = index === plan.waves.length - 1 && index > 0;
    const { rest, first } = words.t.rollouts.planLines;
    return {
      number,
      size: names.size,
      names: more > 0 ? [...shown, words.t.web.plan.andMore(words.f.n(more))] : shown,
      why: last ? rest : index === 0 ? first : words.t.web.plan.few,
    };
  });

/** If it began now. */
const endOf = ({ total }: Estimate, { t, f }: Words): string => {
  if (total === null) return t.rollouts.board.etaUnknown;
  const at = new Date(Date.parse(f.now) + total * 1000).toISOString();
  return `${f.time(at)} ${f.zone}`;
};
const rulesOf = ({ plan, policy }: PlannedRollout, estimate: Estimate, words: Words): PlanModel['rules'] => {
  const { rules, startNow, stopIf, quarantine, unmeasured } = words.t.rollouts.planLines;
  const { f } = words;
  const pace = [
    { label: rules.start, value: startNow },
    ...(plan.members.length === 0 ? [] : [{ label: rules.end, value: endOf(estimate, words) }]),
    { label: words.t.web.plan.parallel, value: words.t.web.plan.parallelValue(f.n(policy.parallel)) },
  ];
  if (plan.request.kind !== 'update') return pace;
  return [
    ...pace,
    { label: words.t.web.plan.soak, value: f.duration(policy.soakSeconds) },
    { label: rules.stopIf, value: stopIf(f.n(policy.haltAt)) },
    { label: rules.quarantine, value: quarantine },
    { label: rules.unmeasured, value: unmeasured },
  ];
};
