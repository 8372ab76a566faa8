import {
  BEAT_OF,
  DAY_SLOTS,
  hourOf,
  looksOf,
  MARKS,
  sharedStripOf,
  slotOf,
  stripOf,
  type HourOfBeats,
  type SlotOfBeats,
} from '../../../server/domain/heartbeat';

const NONE = { ok: 0, run: 0, act: 0, unk: 0, down: 0 };
const hour = (at: number, marks: string, counts: Partial<HourOfBeats> = {}): HourOfBeats => ({
  hour: at,
  marks,
  ...NONE,
  ...counts,
});
const slot = (at: number, counts: Partial<SlotOfBeats>): SlotOfBeats => ({ slot: at, ...NONE, ...counts });

describe('slots', () => {
  test('ten minutes of UTC; six make an hour', () => {
    expect(slotOf(new Date('1970-01-01T00:59:59.999Z'))).toBe(5);
    expect(slotOf(new Date('1970-01-01T01:00:00.000Z'))).toBe(6);
    expect([hourOf(5), hourOf(6)]).toEqual([0, 1]);
  });
});

describe('the strip of one', () => {
  test('never looked at: no strip at all, instead of a quiet one', () => {
    expect(stripOf([], 1000, 72)).toEqual([]);
  });
  test('the newest slot is the last bar, what is older than a day is not drawn', () => {
    const last = 600 * 6 + 2;
    const strip = stripOf([hour(600, '115000'), hour(600 - 24, '555222')], last, DAY_SLOTS);
    expect(strip).toHaveLength(DAY_SLOTS);
    expect(strip.slice(-3).map((bar) => bar.s)).toEqual(['ok', 'ok', 'down']);
    expect(strip.slice(0, 4).map((bar) => bar.s)).toEqual(['run', 'run', 'run', 'none']);
  });
  test('a bar of several slots shows the worst of them', () => {
    const last = 600 * 6 + 5;
    const bars = stripOf([hour(600, '112141'), hour(599, '111511')], last, 48);
    expect(bars.slice(-4).map((bar) => bar.s)).toEqual(['ok', 'down', 'run', 'unk']);
  });
  test('several apps of one desa: the worst app decides', () => {
    const last = 600 * 6;
    expect(stripOf([hour(600, '100000'), hour(600, '300000')], last, 72).at(-1)).toEqual({ s: 'act' });
  });
});

describe('the strip of many', () => {
  test('one desa of 460 is a cap, not a column', () => {
    const [bar] = sharedStripOf([slot(DAY_SLOTS - 1, { ok: 459, down: 1 })], DAY_SLOTS - 1, 72).slice(-1);
    expect(bar?.s).toBe('down');
    expect(bar?.share).toBeCloseTo(1 / 460);
  });
  test('all right has no share, nothing seen is none', () => {
    const strip = sharedStripOf([slot(DAY_SLOTS - 1, { ok: 10 })], DAY_SLOTS - 1, 72);
    expect(strip.at(-1)).toEqual({ s: 'ok' });
    expect(strip[0]).toEqual({ s: 'none' });
  });
});

describe('what was asked', () => {
  test('held and unmeasured looks are neither sent nor failed', () => {
    expect(looksOf([{ ...NONE, ok: 7, act: 1, down: 2, run: 5, unk: 4 }])).toEqual({ sent: 10, failed: 2 });
  });
});

test('red is for citizens alone', () => {
  expect(Object.entries(BEAT_OF).flatMap(([observed, beat]) => (beat === 'down' ? [observed] : []))).toEqual([
    'down',
    'wrong_identity',
    'dns_elsewhere',
  ]);
  expect(MARKS.indexOf('down')).toBe(MARKS.length - 1);
});
