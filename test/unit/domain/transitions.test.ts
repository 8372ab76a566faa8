import { canMove, DEPLOYMENT_STATES, DEPLOYMENT_TRANSITIONS, isActive } from '../../../server/domain/deployment';
import {
  canMoveRollout,
  countMembers,
  isMemberEnded,
  isRolloutActive,
  MEMBER_STATES,
  ROLLOUT_STATES,
  ROLLOUT_TRANSITIONS,
} from '../../../server/domain/rollout';
import { TILE_ORDER, tileState } from '../../../server/domain/tile-state';

/** Every allowed move, written down a second time by hand; everything else must be refused. */
const DEPLOYMENT_MOVES = `
  queued → running cancelled
  running → waiting soaking undoing succeeded failed
  waiting → running undoing cancelled
  soaking → running undoing waiting succeeded failed
  undoing → failed cancelled
  succeeded →
  failed →
  cancelled →`;
const ROLLOUT_MOVES = `
  draft → checking cancelled
  checking → snapshotting migrating rolling failed cancelled
  snapshotting → rehearsing migrating rolling failed cancelled
  rehearsing → ready failed cancelled
  ready → migrating cancelled
  migrating → rolling failed
  rolling → paused halted soaking completed cancelled rolling_back
  paused → rolling cancelled rolling_back completed
  soaking → completed rolling_back
  halted → rolling cancelled rolling_back completed
  rolling_back → rolled_back failed
  rolled_back →
  completed → rolling rolling_back
  cancelled → rolling_back
  failed → checking cancelled`;
const parse = (text: string): ReadonlyMap<string, readonly string[]> =>
  new Map(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [from = '', to = ''] = line.split('→').map((part) => part.trim());
        return [from, to === '' ? [] : to.split(' ')] as const;
      }),
  );
const pairs = <T extends string>(states: readonly T[]): readonly (readonly [T, T])[] =>
  states.flatMap((from) => states.map((to) => [from, to] as const));

it.each(pairs(DEPLOYMENT_STATES))('deployment %s → %s', (from, to) => {
  expect(canMove(from, to)).toBe(from === to || (parse(DEPLOYMENT_MOVES).get(from) ?? []).includes(to));
});
it.each(pairs(ROLLOUT_STATES))('rollout %s → %s', (from, to) => {
  expect(canMoveRollout(from, to)).toBe(from === to || (parse(ROLLOUT_MOVES).get(from) ?? []).includes(to));
});
it('knows every state', () => {
  expect([...parse(DEPLOYMENT_MOVES).keys()]).toEqual([...DEPLOYMENT_STATES]);
  expect(Object.keys(DEPLOYMENT_TRANSITIONS)).toEqual([...DEPLOYMENT_STATES]);
  expect([...parse(ROLLOUT_MOVES).keys()]).toEqual([...ROLLOUT_STATES]);
  expect(Object.keys(ROLLOUT_TRANSITIONS)).toEqual([...ROLLOUT_STATES]);
});
it('every deployment can end, and what has ended stays so', () => {
  for (const state of DEPLOYMENT_STATES) {
    const reached = new Set([state]);
    for (const one of reached) for (const next of DEPLOYMENT_TRANSITIONS[one]) reached.add(next);
    expect([...reached].some((one) => !isActive(one))).toBe(true);
  }
  expect(DEPLOYMENT_STATES.filter((state) => !isActive(state))).toEqual(['succeeded', 'failed', 'cancelled']);
});
it('says which rollouts and members still have something to do', () => {
  expect(ROLLOUT_STATES.filter((state) => !isRolloutActive(state))).toEqual([
    'draft',
    'rolled_back',
    'completed',
    'cancelled',
    'failed',
  ]);
  expect(MEMBER_STATES.filter((state) => !isMemberEnded(state))).toEqual([
    'pending',
    'running',
    'soaking',
    'unmeasured',
    'rolling_back',
  ]);
});
it('counts members', () => {
  const counts = countMembers([{ state: 'done' }, { state: 'done' }, { state: 'down' }]);
  expect([counts.done, counts.down, counts.pending]).toEqual([2, 1, 0]);
});
it('shows the loudest app of a desa', () => {
  for (const [index, loud] of TILE_ORDER.entries())
    for (const quiet of TILE_ORDER.slice(index)) expect(tileState(['done', quiet, loud])).toBe(loud);
  expect(tileState(['done', 'pending'])).toBe('running');
  expect(tileState(['pending', 'pending'])).toBe('pending');
  expect(tileState(['done', 'skipped'])).toBe('skipped');
  expect([tileState(['done']), tileState([])]).toEqual(['done', 'skipped']);
});
