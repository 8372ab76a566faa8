import { estimateOf, type Estimate } from '../../domain/rollout-estimate';
import { isMemberEnded } from '../../domain/rollout';
import type { BoardFacts } from '../../services/read-models/board-model';
import type { BoardModel } from '../view-models/rollouts';
import { waveNumbers, type DesaGroup } from './rollout-facts';
import { iso, secondsBetween, type Words } from './words';

const OVER = new Set(['completed', 'cancelled', 'failed', 'rolled_back']);
/** Nothing new begins: the end hangs on a person. */
const HELD = new Set(['draft', 'ready', 'paused', 'halted']);
const LEAST_FOR_PACE = 2;
/** Desa a minute; a slower run stands still and foretells nothing. */
const SLOWEST_PACE = 0.05;
const RANGE_WAVES = 2;

type Eta = BoardModel['eta'];
const unknown = ({ t }: Words): Eta => ({ time: '—', note: t.rollouts.board.etaUnknown, pace: '' });
const inMinutes = (minutes: number, now: Date): string => new Date(now.getTime() + minutes * 60_000).toISOString();

/** By its own pace: a range until the second wave is through, then a time and how far off it may be. */
const byPace = (groups: readonly DesaGroup[], ended: number, pace: number, words: Words, now: Date): Eta => {
  const { f, t } = words;
  const left = (groups.length - ended) / pace;
  // The more have ended, the less one slow desa says.
  const spread = Math.max(1, left / Math.sqrt(ended));
  const { wave, waves } = waveNumbers(groups);
  const early = f.time(inMinutes(Math.max(0, left - spread), now));
  const late = f.time(inMinutes(left + spread, now));
  const said = t.web.pace(f.n(pace, pace < 100 ? 1 : 0));
  return waves > RANGE_WAVES && wave <= RANGE_WAVES
    ? { time: early === late ? late : `${early}–${late}`, note: f.zone, pace: said }
    : { time: f.time(inMinutes(left, now)), note: `${f.zone} ± ${f.duration(Math.round(spread) * 60)}`, pace: said };
};

const estimate = ({ rollout, members, past }: BoardFacts): Estimate =>
  estimateOf(
    {
      kind: rollout.kind,
      migrates: rollout.stages.some((one) => one.stage === 'migrate' && one.state !== 'skipped'),
      members: members.filter((one) => one.state !== 'skipped'),
      policy: { ...rollout.policy, parallel: rollout.parallel },
    },
    past,
  );
/** Before it has a pace of its own: by the runs before it. */
const byPast = (facts: BoardFacts, words: Words, now: Date): Eta => {
  const { f, t } = words;
  const { total, rollouts } = estimate(facts);
  const { startedAt } = facts.rollout;
  if (total === null || startedAt === null) return unknown(words);
  const at = new Date(startedAt.getTime() + total * 1000);
  if (at <= now) return unknown(words);
  return { time: f.time(at.toISOString()), note: f.zone, pace: t.web.fromPast(f.n(rollouts)) };
};

/** A successor takes over in seconds; after that nothing moves until somebody starts one. */
const SILENT_MS = 30_000;
const isWorkerSilent = ({ workerSeenAt }: BoardFacts, now: Date): boolean =>
  workerSeenAt !== null && now.getTime() - workerSeenAt.getTime() > SILENT_MS;

/** When a rollout will be over, with what it is foretold from; "—" when nobody can tell. */
export const etaOf = (facts: BoardFacts, groups: readonly DesaGroup[], words: Words, now: Date): Eta => {
  const { rollout } = facts;
  const { f, t } = words;
  if (OVER.has(rollout.state)) {
    const whole = secondsBetween(rollout.startedAt, rollout.endedAt);
    const lasted = whole === null ? '' : t.web.lasted(f.duration(Math.round(whole)));
    return { time: f.time(iso(rollout.endedAt)), note: f.zone, pace: lasted };
  }
  if (HELD.has(rollout.state) || isWorkerSilent(facts, now)) return unknown(words);
  const began = rollout.stages.find((one) => one.stage === 'waves')?.startedAt ?? null;
  const ended = groups.filter((one) => isMemberEnded(one.state) && one.state !== 'skipped').length;
  const minutes = began === null ? 0 : (now.getTime() - Date.parse(began)) / 60_000;
  const hasPace = ended >= LEAST_FOR_PACE && minutes > 0 && ended / minutes >= SLOWEST_PACE;
  return hasPace ? byPace(groups, ended, ended / minutes, words, now) : byPast(facts, words, now);
};
