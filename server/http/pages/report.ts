import { TERMINAL } from '../../domain/actor';
import type { Member } from '../../domain/rollout';
import type { RolloutFacts } from '../../services/read-models/board-model';
import type { StreamEvent } from '../../stores/event-store';
import { isNews, newsLine } from '../../texts/news';
import type { ReportModel } from '../view-models/rollouts';
import { changesOf, countDesa, groupByDesa, probesOf, servingOf, titleOf } from './rollout-facts';
import { iso, labelOf, secondsBetween, type Words } from './words';

export interface ReportWish {
  /** "Kabupaten Kebumen" */
  readonly kabupaten: string;
  readonly office: string;
  /** Every change of the rollout's state, oldest first. */
  readonly turns: readonly StreamEvent[];
}

export const reportPage = (facts: RolloutFacts, words: Words, wish: ReportWish): ReportModel => {
  const { rollout } = facts;
  const groups = groupByDesa(facts.members);
  const seconds = facts.members.flatMap((one) => tookOf(facts, one) ?? []).sort((left, right) => left - right);
  const startedAt = rollout.startedAt ?? rollout.createdAt;
  return {
    id: rollout.id,
    title: titleOf(facts, words),
    kind: rollout.kind,
    state: rollout.state,
    number: `${startedAt.toISOString().slice(0, 10).replaceAll('-', '')}/${rollout.id.slice(-6)}`,
    kabupatenFull: wish.kabupaten,
    officeFull: wish.office,
    place: wish.kabupaten.replace(/^(Kabupaten|Kota) /, ''),
    apps: changesOf(facts, words),
    total: groups.length,
    kecamatanCount: new Set(groups.map((one) => one.kecamatanKode)).size,
    startedAt: startedAt.toISOString(),
    endedAt: iso(rollout.endedAt),
    counts: countDesa(groups),
    probes: probesOf(facts),
    // One probe a second: a failed one stands for a second without an answer.
    downSeconds: probesOf(facts).failed,
    medianSeconds: seconds[Math.floor(seconds.length / 2)] ?? null,
    p95Seconds: seconds[Math.ceil(seconds.length * 0.95) - 1] ?? null,
    longestSeconds: seconds.at(-1) ?? null,
    stages: stagesOf(facts),
    acts: pressed(facts, words, wish.turns),
    notUpdated: facts.members.filter((one) => one.state !== 'done').map((one) => leftBehind(facts, one, words)),
    done: facts.members.filter((one) => one.state === 'done').map((one) => doneRow(facts, one, words)),
    // A command of the terminal has no name: the line stays empty for the pen.
    signedBy: rollout.requestedBy === TERMINAL.name ? '' : rollout.requestedBy,
  };
};

const stagesOf = (facts: RolloutFacts): ReportModel['stages'] =>
  facts.rollout.stages.flatMap(({ stage, startedAt, endedAt }) => {
    if (startedAt === null) return [];
    const seconds = endedAt === null ? null : secondsBetween(new Date(startedAt), new Date(endedAt));
    return [{ stage, at: startedAt, seconds, note: '' }];
  });
const tookOf = (facts: RolloutFacts, member: Member): number | null => {
  const deployment = member.deploymentId === null ? undefined : facts.deployments.get(member.deploymentId);
  return deployment === undefined ? null : secondsBetween(deployment.startedAt, deployment.endedAt);
};
const leftBehind = (facts: RolloutFacts, member: Member, words: Words): ReportModel['notUpdated'][number] => {
  const { kode, nama, kecamatan, state, reason } = member;
  return { kode, nama, kecamatan, app: labelOf(words, member.app), state, reason, serving: servingOf(facts, member) };
};
const doneRow = (facts: RolloutFacts, member: Member, words: Words): ReportModel['done'][number] => {
  const { kode, nama, kecamatan, wave } = member;
  const app = labelOf(words, member.app);
  const deployment = member.deploymentId === null ? undefined : facts.deployments.get(member.deploymentId);
  const { sent, failed } = deployment?.probes ?? { sent: 0, failed: 0 };
  const release = servingOf(facts, member) ?? '—';
  return {
    kode,
    nama,
    kecamatan,
    app,
    wave,
    seconds: tookOf(facts, member) ?? 0,
    downSeconds: failed,
    failed,
    sent,
    release,
  };
};

/** Who pressed what: the start, and every turn that names a person. */
const pressed = (facts: RolloutFacts, words: Words, turns: readonly StreamEvent[]): ReportModel['acts'] => [
  {
    at: (facts.rollout.startedAt ?? facts.rollout.createdAt).toISOString(),
    text: `${words.t.states.kind[facts.rollout.kind]} ${words.t.web.desa.history.by(facts.rollout.requestedBy)}`,
  },
  ...turns.flatMap((event) => {
    // Only what a person pressed; turns of the rollout itself are its stages.
    if (typeof event.body['by'] !== 'string' || !isNews(event.type)) return [];
    const span = (seconds: number | null): string => words.f.duration(seconds);
    const line = newsLine(words.t, event.type, event.body, span, (app) => labelOf(words, app));
    return line === null ? [] : [{ at: event.at.toISOString(), text: line.text }];
  }),
];
