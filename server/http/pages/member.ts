import { isMemberEnded, type Member } from '../../domain/rollout';
import type { StepRow } from '../../domain/step';
import type { MemberFacts } from '../../services/read-models/board-model';
import type { LogLineView } from '../view-models/common';
import type { MemberModel, Proof, StepView } from '../view-models/rollouts';
import { servingOf, titleOf } from './rollout-facts';
import { iso, labelOf, secondsBetween, shortReason, type Words } from './words';

export interface MemberWish {
  /** drawer: links stay on the board. */
  readonly place: 'drawer' | 'page';
  readonly publicUrl: (host: string, path: string) => string;
}

export const memberPage = (facts: MemberFacts, words: Words, wish: MemberWish): MemberModel => {
  const { member, rollout } = facts;
  const { kode, nama, kecamatan, wave } = member;
  const path = words.apps.find((one) => one.name === member.app)?.path ?? '/';
  const base = `/pembaruan/${rollout.id}`;
  const near = wish.place === 'drawer' ? `${base}?desa=${kode}` : `${base}/desa/${kode}?`;
  return {
    kode,
    nama,
    kecamatan,
    wave,
    rolloutId: rollout.id,
    rolloutTitle: titleOf(facts, words),
    host: facts.host,
    url: wish.publicUrl(facts.host, path),
    state: member.state,
    apps: ordered(facts.siblings, words).map((one) => ({
      app: one.app,
      label: labelOf(words, one.app),
      state: one.state,
      current: one === member,
      href: `${near}&app=${one.app}`,
    })),
    reason: member.reason,
    serving: servingOf(facts, member),
    isDown: facts.seen === 'down',
    proofs: proofsOf(facts, words),
    steps: facts.steps.map((one) => stepView(one, words)),
    log: logOf(facts, words),
    canRetry: isMemberEnded(member.state) && !['done', 'rolled_back'].includes(member.state),
    back: base,
  };
};

const ordered = (members: readonly Member[], words: Words): readonly Member[] => {
  const order = words.apps.map((one) => one.name);
  return [...members].sort((left, right) => order.indexOf(left.app) - order.indexOf(right.app));
};

const stepView = (step: StepRow, words: Words): StepView => ({
  position: step.position + 1,
  kind: step.kind,
  state: step.state,
  note: step.reason === null ? '' : shortReason(words, step.reason),
  seconds: step.state === 'running' ? null : secondsBetween(step.startedAt, step.endedAt),
});

/** What was expected and what was seen from outside; unknown is a dash, never a guess. */
const proofsOf = (facts: MemberFacts, words: Words): readonly Proof[] => {
  const { proofs } = words.t.rollouts.member;
  // The last of the two that said anything: after a failed look at the new release nobody asks from outside.
  const verified = facts.steps.findLast(
    (one) =>
      (one.kind === 'verify_public' || one.kind === 'await_healthy') && (one.state === 'done' || one.reason !== null),
  );
  if (verified === undefined) return [];
  const { member } = facts;
  const version = member.toReleaseId === null ? null : (facts.versions.get(member.toReleaseId) ?? null);
  const reason = verified.reason;
  const seen = (code: string, key: string): { readonly observed: string; readonly ok: boolean | null } | null =>
    reason?.code === code ? { observed: String(reason.params[key] ?? '—'), ok: false } : null;
  const passed = verified.state === 'done';
  const line = (
    label: string,
    expected: string,
    wrong: { readonly observed: string; readonly ok: boolean | null } | null,
  ): Proof => ({ label, expected, ...(wrong ?? { observed: passed ? expected : '—', ok: passed ? true : null }) });
  return [
    line(proofs.status, '200', seen('http_status', 'status')),
    line(proofs.kode, member.kode, seen('wrong_identity', 'observed')),
    ...(version === null ? [] : [line(proofs.version, version, seen('wrong_version', 'observed'))]),
  ];
};

const LEVELS: readonly (readonly [LogLineView['level'], RegExp])[] = [
  ['error', /\b(error|fatal|galat|gagal|exception|critical)\b/i],
  ['warn', /\b(warn(ing)?|deprecated|peringatan|retry|ulang)\b/i],
];
export const levelOf = (text: string): LogLineView['level'] =>
  LEVELS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'info';

/** The step that failed or runs, else all of it. */
const logOf = (facts: MemberFacts, words: Words): MemberModel['log'] => {
  const chosen = facts.steps.find((one) => one.state === 'failed' || one.state === 'running');
  const own = chosen === undefined ? [] : facts.log.filter((one) => one.position === chosen.position);
  const lines = own.length > 0 ? own : facts.log;
  const isOfChosen = own.length > 0 || lines.length === 0;
  const number = isOfChosen && chosen !== undefined ? chosen.position + 1 : (lines.at(-1)?.position ?? 0) + 1;
  return {
    title: words.t.rollouts.member.log(words.f.n(number)),
    lines: lines.map((one) => ({ at: iso(one.at) ?? '', level: levelOf(one.line), text: one.line })),
  };
};
