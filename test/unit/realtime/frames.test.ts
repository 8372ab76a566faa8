import type { LiveBodies, LiveType, RolloutSummary } from '../../../server/domain/live-events';
import { frameOf, summaryChange } from '../../../server/realtime/frames';
import type { StreamEvent } from '../../../server/stores/event-store';

const STREAM = 'rollout:01JD';
const AT = new Date('2026-11-21T13:58:14.000Z');
const speech = { spanOf: () => (seconds: number | null) => `${seconds ?? 0} dtk`, labelOf: () => 'OpenSID' };
const row = <T extends LiveType>(seq: number, type: T, body: LiveBodies[T]): StreamEvent => ({
  stream: STREAM,
  seq,
  type,
  body: { ...body },
  at: AT,
});
const who = { kode: '33.05.05.2011', nama: 'Klirong', kecamatan: 'Klirong', app: 'opensid' };
const state = (seq: number, now: LiveBodies['member.state']['state'], more: object = {}): StreamEvent =>
  row(seq, 'member.state', {
    ...who,
    state: now,
    step: 0,
    steps: 8,
    reason: null,
    seconds: 41,
    serving: null,
    failedProbes: 0,
    ...more,
  });
const step = (seq: number, at: number): StreamEvent =>
  row(seq, 'member.step', { ...who, step: at, steps: 8, kind: 'put_files', state: 'running', seconds: null });

test('a frame stands for all its rows: the newest state of each app, every line, every other kind once', () => {
  const rows = [
    state(8, 'running'),
    step(9, 1),
    row(10, 'rollout.stage', { stage: 'waves', state: 'running', seconds: null }),
    state(11, 'running', { app: 'pbb' }),
    step(12, 2),
    row(13, 'rollout.stage', { stage: 'soak', state: 'running', seconds: null }),
    state(14, 'done', { app: 'pbb', step: 8 }),
  ];
  const frame = frameOf(STREAM, 7, rows, 'id', speech);
  expect(frame).toMatchObject({ stream: STREAM, after: 7, last: 14, kinds: ['rollout.stage'] });
  expect(frame.members).toEqual([
    ['33.05.05.2011', 'opensid', 'running', 2, 8],
    ['33.05.05.2011', 'pbb', 'done', 8, 8],
  ]);
  expect(frame.news.map(([seq]) => seq)).toEqual([8, 10, 11, 13, 14]);
  expect(frame.news.at(-1)).toEqual([
    14,
    AT.getTime(),
    'circle-check',
    'ok',
    'Klirong, Klirong',
    'OpenSID selesai, 41 dtk',
  ]);
});

test('a step alone says nothing of the state, rows nobody shows still carry their numbers', () => {
  expect(frameOf(STREAM, 3, [step(4, 5)], 'id', speech).members).toEqual([['33.05.05.2011', 'opensid', '', 5, 8]]);
  const strange = { stream: STREAM, seq: 5, type: 'later', body: {}, at: AT };
  expect(frameOf(STREAM, 4, [strange], 'id', speech)).toMatchObject({ last: 5, members: [], kinds: [], news: [] });
  expect(frameOf(STREAM, 4, [], 'id', speech)).toMatchObject({ after: 4, last: 4 });
});

test('of very many lines only the newest come', () => {
  const rows = Array.from({ length: 500 }, (_, index) => state(index + 1, 'running'));
  const { news } = frameOf(STREAM, 0, rows, 'id', speech);
  expect([news.length, news.at(-1)?.[0]]).toEqual([40, 500]);
});

describe('summary', () => {
  const slot = { ...who, step: 1, steps: 8, label: '1/8 Citra', since: 'x', probes: '' };
  const summary = (change: Partial<RolloutSummary> = {}): RolloutSummary => ({
    stream: STREAM,
    seq: 1,
    probesSent: 5,
    probesFailed: 0,
    slotsUsed: 1,
    says: { eta: '21.12', pace: '', wave1: '0/2' },
    slots: [slot],
    ...change,
  });

  test('comes whole first, then what changed; nothing when only its number did', () => {
    const whole = summaryChange(null, summary());
    expect(whole).toMatchObject({
      stream: STREAM,
      probesSent: 5,
      probesFailed: 0,
      says: { eta: '21.12', pace: '', wave1: '0/2' },
    });
    expect(whole?.slots).toEqual([{ key: '33.05.05.2011 opensid', ...slot }]);
    expect(summaryChange(summary(), summary({ seq: 2 }))).toBeNull();
    expect(summaryChange(summary(), summary({ probesSent: 6 }))).toEqual({ stream: STREAM, probesSent: 6 });
    const says = { eta: '21.12', pace: '', wave1: '1/2' };
    expect(summaryChange(summary(), summary({ says }))).toEqual({ stream: STREAM, says: { wave1: '1/2' } });
  });

  test('names slots that are as they were, tells what changed of the others, in their order', () => {
    const other = { ...slot, kode: '33.05.03.2020' };
    const now = summary({ slots: [other, { ...slot, label: '2/8 Berkas' }] });
    expect(summaryChange(summary(), now)?.slots).toEqual([
      { key: '33.05.03.2020 opensid', ...other },
      { key: '33.05.05.2011 opensid', label: '2/8 Berkas' },
    ]);
    expect(summaryChange(now, summary({ slots: [now.slots[1] ?? slot] }))?.slots).toEqual(['33.05.05.2011 opensid']);
    expect(summaryChange(summary(), summary({ slots: [] }))?.slots).toEqual([]);
  });
});
