import type {
  LiveBatch,
  LiveMember,
  LiveNews,
  LiveStream,
  LiveSummary,
  RolloutSummary,
  SlotChange,
} from '../domain/live-events';
import type { MemberState } from '../domain/rollout';
import type { StreamEvent } from '../stores/event-store';
import { MESSAGES, type Locale } from '../texts';
import { isNews, newsLine } from '../texts/news';

/** A page shows sixteen lines; whoever missed more reads the report. */
const NEWS = 40;

export interface Speech {
  /** Seconds in words, by language. */
  readonly spanOf: (locale: Locale) => (seconds: number | null) => string;
  readonly labelOf: (app: string) => string;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

const membersOf = (rows: readonly StreamEvent[]): readonly LiveMember[] => {
  const members = new Map<string, LiveMember>();
  for (const { type, body } of rows) {
    if (type !== 'member.state' && type !== 'member.step') continue;
    const [kode, app] = [textOf(body['kode']), textOf(body['app'])];
    const before = members.get(`${kode} ${app}`)?.[2] ?? '';
    const state = type === 'member.state' ? (textOf(body['state']) as MemberState) : before;
    members.set(`${kode} ${app}`, [kode, app, state, numberOf(body['step']), numberOf(body['steps'])]);
  }
  return [...members.values()];
};
const newsOf = (rows: readonly StreamEvent[], locale: Locale, { spanOf, labelOf }: Speech): readonly LiveNews[] => {
  const news: LiveNews[] = [];
  for (let index = rows.length - 1; index >= 0 && news.length < NEWS; index -= 1) {
    const row = rows[index];
    if (row === undefined || !isNews(row.type)) continue;
    const line = newsLine(MESSAGES[locale], row.type, row.body, spanOf(locale), labelOf);
    if (line !== null) news.unshift([row.seq, row.at.getTime(), line.icon, line.tone, line.who, line.text]);
  }
  return news;
};

/** One frame for the rows after number `after`, which follow each other without a gap. */
export const frameOf = (
  stream: string,
  after: number,
  rows: readonly StreamEvent[],
  locale: Locale,
  speech: Speech,
): LiveBatch => ({
  stream: stream as LiveStream,
  after,
  last: rows.at(-1)?.seq ?? after,
  members: membersOf(rows),
  kinds: [...new Set(rows.map((row) => row.type).filter((type) => isNews(type) && !type.startsWith('member.')))],
  news: newsOf(rows, locale, speech),
});

type Slot = RolloutSummary['slots'][number];
const keyOf = ({ kode, app }: Slot): string => `${kode} ${app}`;
const changed = <T extends object>(before: Partial<T> | undefined, now: T): Partial<T> =>
  Object.fromEntries(Object.entries(now).filter(([name, value]) => before?.[name as keyof T] !== value)) as Partial<T>;

const slotChanges = (before: readonly Slot[], now: readonly Slot[]): readonly SlotChange[] => {
  const known = new Map(before.map((slot) => [keyOf(slot), slot] as const));
  return now.map((slot): SlotChange => {
    const key = keyOf(slot);
    const change = changed(known.get(key), slot);
    return Object.keys(change).length === 0 ? key : { key, ...change };
  });
};

const numbersOf = ({ probesSent, probesFailed, slotsUsed }: RolloutSummary) => ({
  probesSent,
  probesFailed,
  slotsUsed,
});
/** What a browser that has `before` must hear; null = nothing. */
export const summaryChange = (before: RolloutSummary | null, now: RolloutSummary): LiveSummary | null => {
  const numbers = changed(before === null ? undefined : numbersOf(before), numbersOf(now));
  const says = Object.fromEntries(Object.entries(now.says).filter(([place, text]) => before?.says[place] !== text));
  const old = before?.slots ?? [];
  const slots = slotChanges(old, now.slots);
  const same = before !== null && slots.length === old.length && slots.every((one, index) => one === keyAt(old, index));
  const silent = Object.keys(says).length === 0;
  if (same && silent && Object.keys(numbers).length === 0) return null;
  return { ...numbers, stream: now.stream, ...(silent ? {} : { says }), ...(same ? {} : { slots }) };
};
const keyAt = (slots: readonly Slot[], index: number): string | undefined => {
  const slot = slots[index];
  return slot === undefined ? undefined : keyOf(slot);
};
