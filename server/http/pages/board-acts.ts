/** Buttons, dialogs and the one banner of a board. */
import { canMoveRollout, isRolloutActive, type Member } from '../../domain/rollout';
import type { BoardFacts, RolloutFacts } from '../../services/read-models/board-model';
import { reasonSentence } from '../../texts';
import { EMPTY_FORM, type ConfirmModel, type FormState } from '../view-models/common';
import type { BoardModel, RolloutAct } from '../view-models/rollouts';
import { changesOf, countDesa, groupByDesa, type DesaGroup } from './rollout-facts';
import { iso, type Words } from './words';

const WORKER_SILENT_MS = 12_000;
const FAILED: readonly Member['state'][] = ['failed', 'quarantined', 'down', 'skipped', 'cancelled'];

/** Members a rollback would take back to their old release. */
export const changedMembers = (facts: RolloutFacts): readonly Member[] =>
  facts.rollout.kind === 'update'
    ? facts.members.filter(
        (one) =>
          one.state === 'done' &&
          one.fromReleaseId !== null &&
          one.fromReleaseId !== one.toReleaseId &&
          !facts.overtaken.has(one.instanceId),
      )
    : [];
const desaOf = (members: readonly Member[]): number => new Set(members.map((one) => one.kode)).size;

const oldVersion = (facts: RolloutFacts, words: Words): { readonly label: string; readonly version: string } => {
  const change = changesOf(facts, words).find((one) => one.from !== null);
  return { label: change?.label ?? '', version: change?.from ?? '' };
};

interface ActFacts {
  readonly facts: BoardFacts;
  readonly words: Words;
  readonly pending: number;
  readonly running: number;
  readonly failed: number;
  readonly back: number;
}
const button = (
  { facts }: ActFacts,
  method: RolloutAct['method'],
  key: RolloutAct['key'],
  path: string,
  look: Pick<RolloutAct, 'label' | 'note' | 'icon'>,
): RolloutAct => ({ key, ...look, method, action: `/pembaruan/${facts.rollout.id}/${path}` });
const can = ({ facts }: ActFacts, to: Parameters<typeof canMoveRollout>[1]): boolean =>
  facts.rollout.state !== to && canMoveRollout(facts.rollout.state, to);

/** Buttons that go on, each with what it does to how many. */
const steeringActs = (given: ActFacts): readonly RolloutAct[] => {
  const { facts, words, pending, running, failed } = given;
  const { acts } = words.t.rollouts.board;
  const { f } = words;
  const { state } = facts.rollout;
  const retries = failed > 0 && (state === 'rolling' || can(given, state === 'failed' ? 'checking' : 'rolling'));
  const look = (label: string, note: string, icon: RolloutAct['icon']) => ({ label, note, icon });
  return [
    ...(can(given, 'paused')
      ? [
          button(
            given,
            'post',
            'pause',
            'jeda',
            look(acts.pause, acts.pauseNote(f.n(pending), f.n(running)), 'player-pause'),
          ),
        ]
      : []),
    ...(retries
      ? [button(given, 'post', 'retry', 'ulangi', look(acts.retry(f.n(failed)), acts.retryNote, 'refresh'))]
      : []),
    ...(state === 'paused' || state === 'halted'
      ? [button(given, 'post', 'resume', 'lanjut', look(acts.resume, acts.resumeNote(f.n(pending)), 'player-play'))]
      : []),
  ];
};
/** Buttons that a page or dialog follows. */
const openingActs = (given: ActFacts): readonly RolloutAct[] => {
  const { facts, words, pending, back } = given;
  const { acts } = words.t.rollouts.board;
  const { f } = words;
  const look = (label: string, note: string, icon: RolloutAct['icon']) => ({ label, note, icon });
  const old = oldVersion(facts, words).version;
  return [
    ...(back > 0 && can(given, 'rolling_back')
      ? [
          button(
            given,
            'get',
            'rollback',
            'mundur',
            look(acts.rollback, acts.rollbackNote(f.n(back), old), 'arrow-back-up'),
          ),
        ]
      : []),
    ...(can(given, 'cancelled')
      ? [button(given, 'get', 'cancel', 'batal', look(acts.cancel, acts.cancelNote(f.n(pending)), 'ban'))]
      : []),
    ...(isRolloutActive(facts.rollout.state)
      ? []
      : [button(given, 'get', 'report', 'laporan', look(acts.report, acts.reportNote, 'printer'))]),
  ];
};
export const actsOf = (facts: BoardFacts, groups: readonly DesaGroup[], words: Words): readonly RolloutAct[] => {
  const counts = countDesa(groups);
  const given: ActFacts = {
    facts,
    words,
    pending: counts.pending,
    running: counts.running,
    failed: desaOf(facts.members.filter((one) => FAILED.includes(one.state))),
    back: desaOf(changedMembers(facts)),
  };
  return [...steeringActs(given), ...openingActs(given)];
};

export const rollbackWord = (facts: RolloutFacts, words: Words): string =>
  words.t.rollouts.confirms.rollbackWord(words.f.n(desaOf(changedMembers(facts))));
/** As the board counts them: nothing of such a desa has begun. */
const pendingDesa = ({ members }: RolloutFacts): number => countDesa(groupByDesa(members)).pending;
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
  const code = rollout.reason?.code ?? null;
  if (rollout.state === 'halted') return haltedBanner(facts, groups, words, why?.what ?? '');
  if (rollout.state === 'failed')
    return {
      tone: 'act',
      icon: 'alert-triangle',
      title: w.failed2.title,
      what: why?.what ?? '',
      who: why?.who ?? w.failed2.who,
      next: why?.next ?? w.failed2.next,
      code,
    };
  if (rollout.state === 'paused' && why !== null)
    return {
      tone: 'unk',
      icon: 'help',
      title: w.pausedUnmeasured.title,
      what: why.what,
      who: why.who,
      next: w.pausedUnmeasured.next,
      code,
    };
  return isRolloutActive(rollout.state) ? silentBanner(facts, groups, words, now) : null;
};
/** Nothing goes on while the worker is silent. */
const silentBanner = (
  facts: BoardFacts,
  groups: readonly DesaGroup[],
  words: Words,
  now: Date,
): BoardModel['banner'] => {
  const w = words.t.rollouts.board.workerAway;
  const { down } = countDesa(groups);
  const silent = silentFor(facts, now);
  if (silent !== null && silent * 1000 <= WORKER_SILENT_MS) return null;
  return {
    tone: 'act',
    icon: 'plug-connected-x',
    title: w.title(words.f.duration(silent === null ? null : Math.round(silent))),
    what: words.t.web.workerAway,
    who: down === 0 ? w.who : w.hurt(words.f.n(down)),
    next: w.next,
    code: null,
  };
};
const haltedBanner = (
  facts: BoardFacts,
  groups: readonly DesaGroup[],
  words: Words,
  what: string,
): BoardModel['banner'] => {
  const w = words.t.rollouts.board.halted;
  const counts = countDesa(groups);
  const held = counts.failed + counts.quarantined;
  const alike = facts.rollout.reason?.params['count'];
  const halt = facts.events.find((one) => one.type === 'rollout.state' && one.body['state'] === 'halted');
  const { f } = words;
  return {
    tone: counts.down > 0 ? 'down' : 'act',
    icon: 'hand-stop',
    title: w.title(f.time(iso(halt?.at ?? null)), f.n(typeof alike === 'number' ? alike : held + counts.down)),
    what,
    who:
      counts.down === 0
        ? w.who(f.n(held), f.n(counts.done), f.n(counts.pending))
        : w.hurt(f.n(counts.down), f.n(held), f.n(counts.done), f.n(counts.pending)),
    next: w.next,
    code: facts.rollout.reason?.code ?? null,
  };
};
