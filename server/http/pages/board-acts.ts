/** Buttons, dialogs and the one banner of a board. */
import { canMoveRollout, isRolloutActive, type Member } from '../../domain/rollout';
import type { BoardFacts, RolloutFacts } from '../../services/read-models/board-model';
import { reasonSentence } from '../../texts';
import { EMPTY_FORM, type ConfirmModel, type FormState } from '../view-models/common';
import type { BoardModel, RolloutAct } from '../view-models/rollouts';
import type { DesaGroup } from './rollout-facts';
import { changesOf, countDesa } from './rollout-facts';
import { iso, type Words } from './words';

const WORKER_SILENT_MS = 12_000;
const FAILED: readonly Member['state'][] = ['failed', 'quarantined', 'down', 'skipped', 'cancelled'];

/** Members a rollback would take back to their old release. */
export const changedMembers = (facts: RolloutFacts): readonly Member[] =>
  facts.rollout.kind === 'update'
    ? facts.members.filter(
        (one) => one.state === 'done' && one.fromReleaseId !== null && one.fromReleaseId !== one.toReleaseId,
      )
    : [];
const desaOf = (members: readonly Member[]): number => new Set(members.map((one) => one.kode)).size;

const oldVersion = (facts: RolloutFacts, words: Words): { readonly label: string; readonly version: string } => {
  const change = changesOf(facts, words).find((one) => one.from !== null);
  return { label: change?.label ?? '', version: change?.from ?? '' };
};

export const actsOf = (facts: BoardFacts, groups: readonly DesaGroup[], words: Words): readonly RolloutAct[] => {
  const { acts } = words.t.rollouts.board;
  const { f } = words;
  const { rollout } = facts;
  const base = `/pembaruan/${rollout.id}`;
  const counts = countDesa(groups);
  const failed = desaOf(facts.members.filter((one) => FAILED.includes(one.state)));
  const back = desaOf(changedMembers(facts));
  const can = (to: Parameters<typeof canMoveRollout>[1]): boolean =>
    rollout.state !== to && canMoveRollout(rollout.state, to);
  const retryTo = rollout.state === 'failed' ? 'checking' : 'rolling';
  const post = (
    key: RolloutAct['key'],
    label: string,
    note: string,
    icon: RolloutAct['icon'],
    path: string,
  ): RolloutAct => ({
    key,
    label,
    note,
    icon,
    method: 'post',
    action: `${base}/${path}`,
  });
  const open = (
    key: RolloutAct['key'],
    label: string,
    note: string,
    icon: RolloutAct['icon'],
    path: string,
  ): RolloutAct => ({
    key,
    label,
    note,
    icon,
    method: 'get',
    action: `${base}/${path}`,
  });
  return [
    ...(can('paused')
      ? [post('pause', acts.pause, acts.pauseNote(f.n(counts.pending), f.n(counts.running)), 'player-pause', 'jeda')]
      : []),
    ...(failed > 0 && (rollout.state === 'rolling' || can(retryTo))
      ? [post('retry', acts.retry(f.n(failed)), acts.retryNote, 'refresh', 'ulangi')]
      : []),
    ...(can('rolling') && rollout.state !== 'completed' && ['paused', 'halted'].includes(rollout.state)
      ? [post('resume', acts.resume, acts.resumeNote(f.n(counts.pending)), 'player-play', 'lanjut')]
      : []),
    ...(back > 0 && can('rolling_back')
      ? [
          open(
            'rollback',
            acts.rollback,
            acts.rollbackNote(f.n(back), oldVersion(facts, words).version),
            'arrow-back-up',
            'mundur',
          ),
        ]
      : []),
    ...(can('cancelled') ? [open('cancel', acts.cancel, acts.cancelNote(f.n(counts.pending)), 'ban', 'batal')] : []),
    ...(isRolloutActive(rollout.state) ? [] : [open('report', acts.report, acts.reportNote, 'printer', 'laporan')]),
  ];
};

export const rollbackWord = (facts: RolloutFacts, words: Words): string =>
  words.t.rollouts.confirms.rollbackWord(words.f.n(desaOf(changedMembers(facts))));
const pendingDesa = (facts: RolloutFacts): number => desaOf(facts.members.filter((one) => one.state === 'pending'));
export const cancelWord = (facts: RolloutFacts, words: Words): string =>
  words.t.rollouts.confirms.cancelWord(words.f.n(pendingDesa(facts)));

export const rollbackConfirm = (facts: RolloutFacts, words: Words, form: FormState = EMPTY_FORM): ConfirmModel => {
  const w = words.t.rollouts.confirms;
  const n = words.f.n(desaOf(changedMembers(facts)));
  const old = oldVersion(facts, words);
  return {
    title: w.rollback(n, `${old.label} ${old.version}`),
    will: words.t.web.rollbackWill(n, old.version, words.f.n(facts.rollout.parallel)),
    wont: words.t.web.rollbackWont,
    takes: null,
    word: rollbackWord(facts, words),
    action: `/pembaruan/${facts.rollout.id}/mundur`,
    hidden: [],
    button: words.t.web.rollbackGo(n),
    icon: 'arrow-back-up',
    kind: 'safe',
    back: `/pembaruan/${facts.rollout.id}`,
    form,
  };
};
export const cancelConfirm = (facts: RolloutFacts, words: Words, form: FormState = EMPTY_FORM): ConfirmModel => {
  const w = words.t.rollouts.confirms;
  const n = words.f.n(pendingDesa(facts));
  return {
    title: w.cancel(n),
    will: words.t.web.cancelWill(n),
    wont: words.t.web.cancelWont,
    takes: null,
    word: cancelWord(facts, words),
    action: `/pembaruan/${facts.rollout.id}/batal`,
    hidden: [],
    button: words.t.web.cancelGo(n),
    icon: 'ban',
    kind: 'safe',
    back: `/pembaruan/${facts.rollout.id}`,
    form,
  };
};
export const dialogsOf = (facts: BoardFacts, groups: readonly DesaGroup[], words: Words): BoardModel['dialogs'] =>
  actsOf(facts, groups, words).flatMap((act) => {
    if (act.key === 'rollback') return [{ id: 'rollback', ...rollbackConfirm(facts, words) }];
    return act.key === 'cancel' ? [{ id: 'cancel', ...cancelConfirm(facts, words) }] : [];
  });

const silentFor = (facts: BoardFacts, now: Date): number | null =>
  facts.workerSeenAt === null ? null : (now.getTime() - facts.workerSeenAt.getTime()) / 1000;

/** Halted, failed, paused by itself, worker away: one at most. */
export const bannerOf = (
  facts: BoardFacts,
  groups: readonly DesaGroup[],
  words: Words,
  now: Date,
): BoardModel['banner'] => {
  const { rollout } = facts;
  const w = words.t.rollouts.board;
  const why = rollout.reason === null ? null : reasonSentence(words.t, rollout.reason);
  if (rollout.state === 'halted') return haltedBanner(facts, groups, words, why?.what ?? '');
  if (rollout.state === 'failed')
    return {
      tone: 'act',
      icon: 'alert-triangle',
      title: w.failed2.title,
      what: why?.what ?? '',
      who: why?.who ?? w.failed2.who,
      next: why?.next ?? w.failed2.next,
    };
  if (rollout.state === 'paused' && why !== null)
    return {
      tone: 'unk',
      icon: 'help',
      title: w.pausedUnmeasured.title,
      what: why.what,
      who: why.who,
      next: w.pausedUnmeasured.next,
    };
  const silent = silentFor(facts, now);
  if (isRolloutActive(rollout.state) && (silent === null || silent * 1000 > WORKER_SILENT_MS))
    return {
      tone: 'act',
      icon: 'plug-connected-x',
      title: w.workerAway.title(words.f.duration(silent === null ? null : Math.round(silent))),
      what: words.t.web.workerAway,
      who: w.workerAway.who,
      next: w.workerAway.next,
    };
  return null;
};
const haltedBanner = (
  facts: BoardFacts,
  groups: readonly DesaGroup[],
  words: Words,
  what: string,
): BoardModel['banner'] => {
  const w = words.t.rollouts.board.halted;
  const counts = countDesa(groups);
  const failed = counts.failed + counts.quarantined + counts.down;
  const halt = facts.events.find((one) => one.type === 'rollout.state' && one.body['state'] === 'halted');
  const { f } = words;
  return {
    tone: counts.down > 0 ? 'down' : 'act',
    icon: 'hand-stop',
    title: w.title(f.time(iso(halt?.at ?? null)), f.n(failed)),
    what,
    who: w.who(f.n(failed), f.n(counts.done), f.n(counts.pending)),
    next: w.next,
  };
};
