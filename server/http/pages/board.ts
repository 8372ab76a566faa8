import type { LiveSlot, LiveType, RolloutSummary, LiveStream } from '../../domain/live-events';
import { isMemberEnded, type Member, type MemberState } from '../../domain/rollout';
import type { BoardFacts } from '../../services/read-models/board-model';
import { isNews, newsLine } from '../../texts/news';
import type { DesaGroup } from './rollout-facts';
import type { BoardModel, FeedLine, MemberModel, Tile, TileGroup, WaveView } from '../view-models/rollouts';
import { changesOf, countDesa, groupByDesa, probesOf, servingOf, titleOf, waveNumbers } from './rollout-facts';
import { actsOf, bannerOf, dialogsOf } from './board-acts';
import { etaOf } from './eta';
import { iso, labelOf, secondsBetween, type Words } from './words';

export interface BoardWish {
  readonly groupBy: BoardModel['groupBy'];
  readonly density: BoardModel['density'];
  readonly screen: BoardModel['screen'];
  readonly filter: MemberState | null;
  readonly drawer: MemberModel | null;
  readonly tiles: NonNullable<BoardModel['tiles']>;
  readonly canAct: boolean;
  readonly now: Date;
}
const FEED_LINES = 16;
const NAMES_FIT = 500;
/** Nobody scrolls a screen on a wall. */
const WALL_FITS = 150;
export const usualDensity = (desa: number, screen: BoardModel['screen']): BoardModel['density'] =>
  desa > (screen === 'wall' ? WALL_FITS : NAMES_FIT) ? 'rapat' : 'nama';

export const boardPage = (facts: BoardFacts, words: Words, wish: BoardWish): BoardModel => {
  const groups = groupByDesa(facts.members);
  const { rollout } = facts;
  const numbers = waveNumbers(groups);
  const attention = attentionOf(facts, groups);
  return {
    ...headOf(facts, groups, words),
    stages: stagesOf(facts, words, wish.now),
    waves: wavesOf(groups, words),
    wave: numbers.wave,
    probes: probesOf(facts),
    eta: etaOf(facts, groups, words, wish.now),
    slots: { used: usedSlots(facts), limit: facts.parallel, load: loadOf(facts, words) },
    hurt: new Set(attention.filter((one) => one.hurt === 'yes').map((one) => one.kode)).size,
    groupBy: wish.groupBy,
    density: wish.density,
    screen: wish.screen,
    filter: wish.filter,
    groups: tileGroups(facts, groups, words, wish.groupBy),
    tiles: wish.tiles,
    attention,
    running: slotsOf(facts, words),
    events: feedOf(facts, words),
    eventsTotal: facts.lastSeq,
    banner: bannerOf(facts, groups, words, wish.now),
    acts: actsOf(facts, groups, words),
    dialogs: wish.canAct ? dialogsOf(facts, groups, words) : [],
    drawer: wish.drawer,
    live: { stream: `rollout:${rollout.id}`, seq: facts.lastSeq },
    canAct: wish.canAct,
  };
};

const headOf = (facts: BoardFacts, groups: readonly DesaGroup[], words: Words) => {
  const { id, kind, state, stage, requestedBy, startedAt, endedAt } = facts.rollout;
  return {
    id,
    kind,
    state,
    stage,
    title: titleOf(facts, words),
    apps: changesOf(facts, words),
    by: requestedBy,
    startedAt: iso(startedAt),
    endedAt: iso(endedAt),
    total: groups.length,
    kecamatanCount: new Set(groups.map((one) => one.kecamatanKode)).size,
    counts: countDesa(groups),
    verdict: 'untested',
  } as const;
};

/** The numbers of a board, for the socket. */
export const boardSummary = (facts: BoardFacts, words: Words, now: Date): RolloutSummary => {
  const groups = groupByDesa(facts.members);
  const eta = etaOf(facts, groups, words, now);
  const probes = probesOf(facts);
  return {
    stream: `rollout:${facts.rollout.id}` satisfies LiveStream,
    seq: facts.lastSeq,
    probesSent: probes.sent,
    probesFailed: probes.failed,
    slotsUsed: usedSlots(facts),
    says: {
      ...{ eta: eta.time, etaNote: eta.note, pace: eta.pace, load: loadOf(facts, words) },
      ...Object.fromEntries(
        wavesOf(groups, words).flatMap(({ number, fraction, note }) => [
          [`wave${number}`, fraction],
          [`waveNote${number}`, note],
        ]),
      ),
    },
    slots: slotsOf(facts, words),
  };
};

/** Share of all cores beyond which a percentage says nothing to a person. */
const OVERLOADED = 1.5;
/** How much of machine and database is in use, while it runs. */
const loadOf = ({ rollout, load }: BoardFacts, { t, f }: Words): string => {
  const percent = (share: number): string => `${f.n(Math.round(share * 100))}%`;
  if (rollout.endedAt !== null) return '';
  const machine = load.machine > OVERLOADED ? t.web.overloaded(f.n(load.machine, 1)) : percent(load.machine);
  return t.web.loadNow(machine, load.connections === null ? null : percent(load.connections));
};

const HURT: Readonly<Partial<Record<MemberState, 'yes' | 'no' | 'unknown'>>> = {
  down: 'yes',
  unmeasured: 'unknown',
  quarantined: 'no',
  failed: 'no',
};
const LOUDEST: readonly MemberState[] = ['down', 'unmeasured', 'quarantined', 'failed'];
/** Who is hurt comes first. */
const attentionOf = (facts: BoardFacts, groups: readonly DesaGroup[]): BoardModel['attention'] =>
  LOUDEST.flatMap((state) =>
    groups.flatMap((group) => {
      const member = group.members.find((one) => one.state === state);
      if (group.state !== state || member === undefined) return [];
      const { kode, nama, kecamatan } = group;
      const reason = member.reason ?? { code: state === 'unmeasured' ? 'unmeasured' : 'unknown', params: {} };
      const hurt = HURT[state] ?? 'unknown';
      return [{ kode, nama, kecamatan, state, app: member.app, reason, serving: servingOf(facts, member), hurt }];
    }),
  );

const stagesOf = (facts: BoardFacts, words: Words, now: Date): BoardModel['stages'] => {
  const stopped = facts.rollout.state === 'halted' || facts.rollout.state === 'paused';
  const wave = waveNumbers(groupByDesa(facts.members));
  return facts.rollout.stages
    .filter((one) => one.stage !== 'rehearse' || one.state !== 'pending')
    .map((one) => {
      const from = one.startedAt === null ? null : new Date(one.startedAt);
      // A halted stage stands still; when it stopped is told by its event.
      const to = one.endedAt === null ? (one.state === 'running' && !stopped ? now : null) : new Date(one.endedAt);
      const span = secondsBetween(from, to);
      const whole = span === null ? '' : words.f.duration(Math.round(span));
      const note = one.stage === 'waves' && wave.waves === 0 ? '' : one.state === 'pending' ? '' : whole;
      return { stage: one.stage, state: one.state === 'running' && stopped ? ('held' as const) : one.state, note };
    });
};

const wavesOf = (groups: readonly DesaGroup[], words: Words): readonly WaveView[] => {
  const { waveParts, passed } = words.t.rollouts.board;
  const numbers = [...new Set(groups.map((one) => one.wave))].sort((left, right) => left - right);
  return numbers.map((number, index) => {
    const own = groups.filter((one) => one.wave === number);
    const counts = countDesa(own);
    const trouble = counts.quarantined + counts.failed + counts.down + counts.unmeasured;
    const left = counts.skipped + counts.postponed + counts.cancelled + counts.rolled_back;
    const ended = own.every((one) => isMemberEnded(one.state));
    const parts: readonly (readonly [number, (n: string) => string])[] = [
      [counts.done, waveParts.done],
      [counts.soaking, waveParts.soaking],
      [counts.running + counts.rolling_back, waveParts.running],
      [counts.pending, waveParts.pending],
      [trouble, waveParts.trouble],
      [left, waveParts.left],
    ];
    const said = parts.filter(([n]) => n > 0).map(([n, say]) => say(words.f.n(n)));
    const state = ended ? 'done' : counts.pending === own.length ? 'pending' : 'running';
    const [done, total] = [words.f.n(counts.done), words.f.n(own.length)];
    const widest = index > 0 && index === numbers.length - 1;
    const fraction = widest ? words.t.common.of(done, total) : `${done}/${total}`;
    const note = counts.done === own.length ? passed : said.join(', ');
    return { number, total: own.length, counts, state, fraction, note };
  });
};

const busy = (facts: BoardFacts): readonly Member[] =>
  facts.members.filter((one) => {
    const deployment = one.deploymentId === null ? undefined : facts.deployments.get(one.deploymentId);
    return deployment !== undefined && ['running', 'undoing'].includes(deployment.state);
  });
const usedSlots = (facts: BoardFacts): number => busy(facts).length;
const MARKS = 28;
/** The order of single probes is not kept: failed ones are drawn as the newest, so that none is overlooked. */
const marksOf = (sent: number, failed: number, held: number): string =>
  `${'+'.repeat(Math.min(MARKS, Math.max(0, sent - failed - held)))}${'-'.repeat(Math.min(MARKS, held))}${'x'.repeat(Math.min(MARKS, failed))}`.slice(
    -MARKS,
  );
const slotsOf = (facts: BoardFacts, words: Words): readonly LiveSlot[] =>
  busy(facts).flatMap((member) => {
    const deployment = member.deploymentId === null ? undefined : facts.deployments.get(member.deploymentId);
    if (deployment === undefined) return [];
    const { kode, nama, kecamatan, app, step, steps } = member;
    const kind = facts.currentSteps.get(deployment.id);
    const label = kind === undefined ? words.t.states.member[member.state] : words.t.states.step[kind];
    const { sent, failed, held } = deployment.probes;
    const since = (deployment.startedAt ?? new Date()).toISOString();
    const shown = `${Math.min(steps, Math.max(1, step))}/${steps} ${label}`;
    return [
      {
        kode,
        nama,
        kecamatan,
        app,
        step,
        steps,
        label: steps === 0 ? label : shown,
        since,
        probes: marksOf(sent, failed, held),
      },
    ];
  });

const tileGroups = (
  facts: BoardFacts,
  groups: readonly DesaGroup[],
  words: Words,
  by: BoardModel['groupBy'],
): readonly TileGroup[] => {
  const last = Math.max(0, ...groups.map((one) => one.wave));
  const canaries = facts.rollout.kind === 'update' && last > 1;
  const keyOf = (one: DesaGroup): string => (by === 'kecamatan' ? one.kecamatanKode : String(one.wave));
  const keys = [...new Set(groups.map(keyOf))].sort((left, right) =>
    left.localeCompare(right, 'en', { numeric: true }),
  );
  return keys.map((key) => {
    const own = groups.filter((one) => keyOf(one) === key).sort((left, right) => left.kode.localeCompare(right.kode));
    return {
      key,
      nama: by === 'kecamatan' ? (own[0]?.kecamatan ?? key) : words.t.rollouts.board.waveOf(key),
      tiles: own.map((one) => tileOf(one, facts.hosts.get(one.kode) ?? '', canaries && one.wave < last)),
    };
  });
};
const tiles = new WeakMap<DesaGroup, Tile>();
/** The same object again as long as it shows the same. */
const tileOf = (one: DesaGroup, host: string, canary: boolean): Tile => {
  const before = tiles.get(one);
  if (before?.host === host && before.canary === canary) return before;
  const loud = one.members.find((member) => member.state === one.state) ?? one.members[0];
  const tile = {
    kode: one.kode,
    nama: one.nama,
    host,
    state: one.state,
    step: loud?.step ?? 0,
    steps: loud?.steps ?? 0,
    canary,
    wave: one.wave,
    apps: one.members.map(({ app, state }) => ({ app, state })),
    reason: one.members.find((member) => member.reason !== null && member.state === one.state)?.reason ?? null,
  };
  tiles.set(one, tile);
  return tile;
};

const feedOf = (facts: BoardFacts, words: Words): readonly FeedLine[] =>
  facts.events
    .flatMap((event): readonly FeedLine[] => {
      if (!isNews(event.type)) return [];
      const line = newsLine(
        words.t,
        event.type satisfies LiveType,
        event.body,
        (seconds) => words.f.duration(seconds),
        (app) => labelOf(words, app),
      );
      if (line === null) return [];
      const { icon, tone, who, text } = line;
      return [{ seq: event.seq, at: event.at.toISOString(), icon, tone, who, text }];
    })
    .slice(0, FEED_LINES);
