import type { Observed } from './instance';

/** Ten minutes: the finest a strip tells apart. */
const SLOT_SECONDS = 600;
export const HOUR_SLOTS = 6;
/** Slots of a day. */
export const DAY_SLOTS = 144;
export const DAY_HOURS = 24;
export const slotOf = (at: Date): number => Math.floor(at.getTime() / 1000 / SLOT_SECONDS);
export const hourOf = (slot: number): number => Math.floor(slot / HOUR_SLOTS);

/** ok right · run planned change · act serves, needs a person · unk could not be measured · down wrong or no answer. */
export type Beat = 'ok' | 'run' | 'act' | 'unk' | 'down';
/** Looks by what they found. */
export type BeatCounts = Readonly<Record<Beat, number>>;
/** Mildest first: the place in this list is the digit kept in `marks`. */
export const MARKS = ['none', 'ok', 'run', 'act', 'unk', 'down'] as const;
export type Mark = (typeof MARKS)[number];
export const markOf = (digit: number): Mark => MARKS[digit] ?? 'none';

/** One hour of one instance; `marks` has a digit for each ten minutes. */
export interface HourOfBeats extends BeatCounts {
  readonly hour: number;
  readonly marks: string;
}
export interface SlotOfBeats extends BeatCounts {
  readonly slot: number;
}

export const BEAT_OF: Readonly<Record<Observed, Beat>> = {
  healthy: 'ok',
  installing: 'run',
  updating: 'run',
  held: 'run',
  stopped: 'run',
  degraded: 'act',
  drift: 'act',
  unknown: 'unk',
  down: 'down',
  wrong_identity: 'down',
  dns_elsewhere: 'down',
};

/** One bar; `share` (0–1) of the looks that were not right, for many desa in one bar. */
export interface StripBar {
  readonly s: Mark;
  readonly share?: number;
}
const BEATS: readonly Beat[] = ['ok', 'run', 'act', 'unk', 'down'];
const NOTHING: BeatCounts = { ok: 0, run: 0, act: 0, unk: 0, down: 0 };
const add = (left: BeatCounts, right: BeatCounts): BeatCounts => ({
  ok: left.ok + right.ok,
  run: left.run + right.run,
  act: left.act + right.act,
  unk: left.unk + right.unk,
  down: left.down + right.down,
});

/** Bar of a slot in a day that ends with slot `last` and is drawn in `bars` bars (a divisor of 144). */
const barOf = (slot: number, last: number, bars: number): number =>
  Math.floor((slot - (last - DAY_SLOTS + 1)) / (DAY_SLOTS / bars));

/** A day of one instance up to slot `last`, oldest first: the worst of each part. Empty when it was never looked at. */
export const stripOf = (
  hours: readonly Pick<HourOfBeats, 'hour' | 'marks'>[],
  last: number,
  bars: number,
): readonly StripBar[] => {
  if (hours.length === 0) return [];
  const worst = Array.from({ length: bars }, () => 0);
  for (const { hour, marks } of hours)
    for (const [index, digit] of marks.split('').entries()) {
      const bar = barOf(hour * HOUR_SLOTS + index, last, bars);
      const known = worst[bar];
      if (known !== undefined) worst[bar] = Math.max(known, Number(digit));
    }
  return worst.map((digit) => ({ s: markOf(digit) }));
};

/** A day of many: the worst of each part with its share of the looks. */
export const sharedStripOf = (slots: readonly SlotOfBeats[], last: number, bars: number): readonly StripBar[] => {
  if (slots.length === 0) return [];
  const sums = Array.from({ length: bars }, () => NOTHING);
  for (const one of slots) {
    const bar = barOf(one.slot, last, bars);
    const sum = sums[bar];
    if (sum !== undefined) sums[bar] = add(sum, one);
  }
  return sums.map((sum) => {
    const s = [...BEATS].reverse().find((beat) => sum[beat] > 0) ?? 'none';
    if (s === 'none' || s === 'ok') return { s };
    return { s, share: sum[s] / BEATS.reduce((all, beat) => all + sum[beat], 0) };
  });
};

/** What was asked and what failed; held and unmeasured looks are neither. */
export const looksOf = (rows: readonly BeatCounts[]): { readonly sent: number; readonly failed: number } => {
  const sum = rows.reduce<BeatCounts>(add, NOTHING);
  return { sent: sum.ok + sum.act + sum.down, failed: sum.down };
};
