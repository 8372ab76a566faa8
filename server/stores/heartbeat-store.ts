import type { Knex } from 'knex';
import {
  DAY_HOURS,
  DAY_SLOTS,
  HOUR_SLOTS,
  hourOf,
  MARKS,
  type Beat,
  type BeatCounts,
  type HourOfBeats,
  type SlotOfBeats,
} from '../domain/heartbeat';
import { number, text, type Row } from './rows';

/** One look at one instance. */
export interface NewBeat {
  readonly instanceId: string;
  readonly beat: Beat;
}
const BEATS: readonly Beat[] = ['ok', 'run', 'act', 'down', 'unk'];
const GROW = BEATS.map((beat) => `${beat} = ${beat} + VALUES(${beat})`).join(', ');
const WORSE = 'marks = INSERT(marks, ?, 1, GREATEST(SUBSTRING(marks, ?, 1), SUBSTRING(VALUES(marks), ?, 1)))';
const PRUNE_ROWS = 5000;

const countsOf = (row: Row): BeatCounts => ({
  ok: number(row, 'ok'),
  run: number(row, 'run'),
  act: number(row, 'act'),
  down: number(row, 'down'),
  unk: number(row, 'unk'),
});
const totals = (beats: readonly NewBeat[]): BeatCounts => {
  const sums = { ok: 0, run: 0, act: 0, down: 0, unk: 0 };
  for (const { beat } of beats) sums[beat] += 1;
  return sums;
};
const marksOf = (slot: number, beat: Beat): string => {
  const at = slot % HOUR_SLOTS;
  return '0'.repeat(at) + String(MARKS.indexOf(beat)) + '0'.repeat(HOUR_SLOTS - 1 - at);
};
const hourOfText = (part: string): { readonly hour: number; readonly marks: string } => {
  const [hour = '', marks = ''] = part.split(':');
  return { hour: Number(hour), marks };
};
/** Hours a day that ends with slot `last` touches. */
const hoursOf = (last: number): readonly number[] =>
  Array.from({ length: DAY_HOURS + 1 }, (_, back) => hourOf(last) - back);

/** Two days of looks. Counters grow and marks only get worse, so that several workers may write the same hour. */
export class HeartbeatStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async add(slot: number, beats: readonly NewBeat[]): Promise<void> {
    if (beats.length === 0) return;
    const hour = hourOf(slot);
    const rows = beats.map(() => '(?, ?, ?, ?, ?, ?, ?, ?)').join(', ');
    const values = beats.flatMap(({ instanceId, beat }) => [
      hour,
      instanceId,
      marksOf(slot, beat),
      ...BEATS.map((one) => (one === beat ? 1 : 0)),
    ]);
    const place = (slot % HOUR_SLOTS) + 1;
    await this.db.raw(
      `INSERT INTO heartbeats (hour, instance_id, marks, ${BEATS.join(', ')}) VALUES ${rows} ON DUPLICATE KEY UPDATE ${WORSE}, ${GROW}`,
      [...values, place, place, place],
    );
    const sums = totals(beats);
    await this.db.raw(
      `INSERT INTO fleet_beats (slot, ${BEATS.join(', ')}) VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE ${GROW}`,
      [slot, ...BEATS.map((beat) => sums[beat])],
    );
  }

  /** A day of these instances up to slot `last`, by instance. */
  async ofInstances(ids: readonly string[], last: number): Promise<ReadonlyMap<string, readonly HourOfBeats[]>> {
    const found = new Map<string, HourOfBeats[]>(ids.map((id) => [id, []]));
    if (ids.length === 0) return found;
    const rows = (await this.db('heartbeats')
      .whereIn('hour', [...hoursOf(last)])
      .whereIn('instance_id', [...ids])) as Row[];
    for (const row of rows)
      found.get(text(row, 'instance_id'))?.push({
        hour: number(row, 'hour'),
        marks: text(row, 'marks'),
        ...countsOf(row),
      });
    return found;
  }

  /**
   * Marks of all apps of these desa, by kode: of a day up to slot `last`, or of the hours named; one line per app, whatever the number of
   * hours.
   */
  async marksOfDesa(
    kodes: readonly string[],
    last: number,
    hours = hoursOf(last),
  ): Promise<ReadonlyMap<string, readonly Pick<HourOfBeats, 'hour' | 'marks'>[]>> {
    const instances = (await this.db('instances')
      .whereIn('wilayah_kode', [...kodes])
      .select('id', 'wilayah_kode')) as Row[];
    const kodeOf = new Map(instances.map((row) => [text(row, 'id'), text(row, 'wilayah_kode')] as const));
    const found = new Map<string, { readonly hour: number; readonly marks: string }[]>();
    const rows = (await this.db('heartbeats')
      .whereIn('hour', [...hours])
      .whereIn('instance_id', [...kodeOf.keys()])
      .groupBy('instance_id')
      .select('instance_id', this.db.raw("GROUP_CONCAT(hour, ':', marks) AS line"))) as Row[];
    for (const row of rows) {
      const kode = kodeOf.get(text(row, 'instance_id')) ?? '';
      const own = text(row, 'line').split(',').map(hourOfText);
      found.set(kode, [...(found.get(kode) ?? []), ...own]);
    }
    return found;
  }

  /** A day of the whole fleet up to slot `last`. */
  async ofFleet(last: number): Promise<readonly SlotOfBeats[]> {
    const rows = (await this.db('fleet_beats').whereBetween('slot', [last - DAY_SLOTS + 1, last])) as Row[];
    return rows.map((row) => ({ slot: number(row, 'slot'), ...countsOf(row) }));
  }

  /** Takes away what is older than `slot`, a piece at a time; true = there may be more. */
  async prune(slot: number): Promise<boolean> {
    await this.db('fleet_beats').where('slot', '<', slot).delete();
    const gone = await this.db('heartbeats').where('hour', '<', hourOf(slot)).limit(PRUNE_ROWS).delete();
    return gone === PRUNE_ROWS;
  }
}
