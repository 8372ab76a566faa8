import {
  DAY_HOURS,
  HOUR_SLOTS,
  hourOf,
  slotOf,
  stripOf,
  type HourOfBeats,
  type StripBar,
} from '../../domain/heartbeat';
import type { Stores } from '../../stores';

type HourOfMarks = Pick<HourOfBeats, 'hour' | 'marks'>;
/** After this nobody writes into an hour any more. */
const SETTLED_MS = 5 * 60_000;

/** The worst of every slot, from hour `first` on, as one row of many hours. */
const merged = (rows: readonly HourOfMarks[], first: number, hours: number): HourOfMarks => {
  const worst = new Array<string>(hours * HOUR_SLOTS).fill('0');
  for (const { hour, marks } of rows)
    for (let index = 0; index < marks.length; index += 1) {
      const [slot, digit] = [(hour - first) * HOUR_SLOTS + index, marks.charAt(index)];
      if (digit > (worst[slot] ?? '9')) worst[slot] = digit;
    }
  return { hour: first, marks: worst.join('') };
};

/**
 * Remembers the hours of a desa that are over, a line of 144 digits each: a page of the list reads the marks of 150 apps in 25 hours, and
 * only those of the last hour are ever new.
 */
export class StripMemory {
  private through = 0;
  private readonly past = new Map<string, HourOfMarks | null>();
  private readonly strips = new Map<string, { readonly marks: string; readonly strip: readonly StripBar[] }>();

  /** As `stripOf`, by kode; the same array again as long as nobody saw anything new. */
  async stripsOf(
    read: Stores,
    kodes: readonly string[],
    now: Date,
    bars: number,
  ): Promise<ReadonlyMap<string, readonly StripBar[]>> {
    const last = slotOf(now);
    const found = await this.marksOf(read, kodes, now);
    return new Map(
      [...found].map(([kode, hours]) => {
        const marks = hours.reduce((text, one) => `${text} ${one.hour} ${one.marks}`, `${last} ${bars}`);
        const known = this.strips.get(kode);
        if (known?.marks === marks) return [kode, known.strip] as const;
        const strip = stripOf(hours, last, bars);
        this.strips.set(kode, { marks, strip });
        return [kode, strip] as const;
      }),
    );
  }

  /** Marks of a day by kode; none for a desa nobody ever looked at. */
  async marksOf(
    read: Stores,
    kodes: readonly string[],
    now: Date,
  ): Promise<ReadonlyMap<string, readonly HourOfMarks[]>> {
    const through = hourOf(slotOf(new Date(now.getTime() - SETTLED_MS))) - 1;
    if (through !== this.through) this.past.clear();
    this.through = through;
    const last = slotOf(now);
    const first = hourOf(last) - DAY_HOURS;
    const recent = await read.heartbeats.marksOfDesa(kodes, last, hoursBetween(through + 1, hourOf(last)));
    const unknown = kodes.filter((kode) => !this.past.has(kode));
    if (unknown.length > 0) await this.learn(read, unknown, first, through);
    return new Map(
      kodes.flatMap((kode) => {
        const own = [...(recent.get(kode) ?? []), ...[this.past.get(kode) ?? []].flat()];
        return own.length === 0 ? [] : [[kode, own] as const];
      }),
    );
  }

  private async learn(read: Stores, kodes: readonly string[], first: number, through: number): Promise<void> {
    const found = await read.heartbeats.marksOfDesa(kodes, through, hoursBetween(first, through));
    // An hour may have ended meanwhile.
    if (through !== this.through) return;
    for (const kode of kodes) {
      const rows = found.get(kode) ?? [];
      this.past.set(kode, rows.length === 0 ? null : merged(rows, first, through - first + 1));
    }
  }
}
const hoursBetween = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
