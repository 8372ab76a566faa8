import type { LiveBodies, LiveLine, LiveType } from '../domain/live-events';
import type { MemberState, RolloutState } from '../domain/rollout';
import { reasonSentence, type Messages } from './index';

/** Seconds → "43 dtk" in the viewer's language. */
type Span = (seconds: number | null) => string;
type LineOf<T extends LiveType> = (body: LiveBodies[T], t: Messages, span: Span) => LiveLine | null;
type Tone = LiveLine['tone'];

const line = (icon: string, tone: Tone, who: string, text: string): LiveLine => ({ icon, tone, who, text });

const ROLLOUT_ICON: Readonly<Partial<Record<RolloutState, readonly [string, Tone]>>> = {
  paused: ['player-pause', 'act'],
  halted: ['hand-stop', 'act'],
  completed: ['circle-check', 'ok'],
  cancelled: ['ban', 'wait'],
  failed: ['alert-triangle', 'act'],
  rolling_back: ['arrow-back-up', 'run'],
  rolled_back: ['arrow-back-up-double', 'wait'],
};
const MEMBER_ICON: Readonly<Partial<Record<MemberState, readonly [string, Tone]>>> = {
  quarantined: ['shield-exclamation', 'act'],
  failed: ['alert-triangle', 'act'],
  down: ['plug-connected-x', 'down'],
  unmeasured: ['help', 'unk'],
  skipped: ['player-skip-forward', 'wait'],
  postponed: ['clock-pause', 'wait'],
  rolling_back: ['arrow-back-up', 'run'],
  rolled_back: ['arrow-back-up-double', 'wait'],
  cancelled: ['ban', 'wait'],
};

const memberLine: LineOf<'member.state'> = (body, t, span) => {
  const words = t.rollouts.events;
  if (body.state === 'running') return line('player-play', 'run', body.nama, words.started);
  if (body.state === 'soaking') return line('eye-check', 'ok', body.nama, words.soaking);
  if (body.state === 'done') return line('circle-check', 'ok', body.nama, words.done(span(body.seconds)));
  const look = MEMBER_ICON[body.state];
  if (!look) return null;
  const state = t.states.member[body.state].toLowerCase();
  const text = body.reason ? words.trouble(state, reasonSentence(t, body.reason).short) : words.other(state);
  return line(look[0], look[1], body.nama, text);
};

const stageLine: LineOf<'rollout.stage'> = (body, t, span) => {
  const words = t.rollouts.events;
  const stage = t.states.stage[body.stage];
  if (body.state === 'running') return line('flag', 'run', '', words.stageStarted(stage));
  if (body.state === 'failed') return line('alert-triangle', 'act', '', words.stageFailed(stage));
  if (body.state === 'skipped') return line('player-skip-forward', 'wait', '', words.stageSkipped(stage));
  return line('circle-check', 'ok', '', words.stageDone(stage, span(body.seconds)));
};

const LINES: { readonly [T in LiveType]: LineOf<T> } = {
  'rollout.state': (body, t) => {
    const look = ROLLOUT_ICON[body.state];
    return look
      ? line(look[0], look[1], '', t.rollouts.events.rolloutState(t.states.rollout[body.state], body.by ?? ''))
      : null;
  },
  'rollout.stage': stageLine,
  'rollout.wave': (body, t) => {
    const words = t.rollouts.events;
    if (body.state === 'done') return line('circle-check', 'ok', '', words.waveDone(String(body.wave)));
    return line('flag', 'run', '', words.waveStarted(String(body.wave), String(body.size)));
  },
  'member.state': memberLine,
  'member.step': (body, t) =>
    body.kind === 'switch_traffic' && body.state === 'done'
      ? line('arrows-exchange', 'run', body.nama, t.rollouts.events.switched)
      : null,
  'release.state': (body, t) =>
    body.state === 'ready' ? line('circle-check', 'ok', '', t.rollouts.events.released.ready) : null,
  'desa.observed': () => null,
};

/** The feed line of one event in one language; null when it is no news. The same for the first page and the socket. */
export const eventLine = <T extends LiveType>(t: Messages, type: T, body: LiveBodies[T], span: Span): LiveLine | null =>
  LINES[type](body, t, span);
