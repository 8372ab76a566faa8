import type { AuditFilter } from '../../stores/audit-store';
import type { AuditItem, ChainVerdict } from '../../services/audit-service';
import type { IconName } from '../icons';
import type { AuditChange, AuditFilterView, AuditModel, AuditRowView } from '../view-models/audit';
import { auditKey, auditValue } from '../../texts/audit-words';
import type { Words } from './words';

const LONGEST = 120;
const LOOKS: Readonly<Record<string, IconName>> = {
  rollout: 'ripple',
  desa: 'building-cottage',
  release: 'package',
  token: 'key',
  setting: 'settings',
  backup: 'history',
  database: 'database',
  server: 'server-2',
  user: 'user-circle',
  sign_in: 'logout',
  personal_token: 'key',
  wilayah: 'building-community',
};
const groupOf = (act: string): string => act.split('.')[0] ?? act;

/** Names of the places that audit objects name. */
export type NameOf = (kode: string) => string | null;

const PAGES: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/^desa:(\d\d\.\d\d\.\d\d\.\d{4})$/, ([, kode]) => `/desa/${kode ?? ''}`],
  [/^rollout:(\w+)$/, ([, id]) => `/pembaruan/${id ?? ''}`],
  [/^release:(\w+)$/, ([, id]) => `/rilis/${id ?? ''}`],
  [/^server:([a-z0-9-]+)$/, ([, name]) => `/server/${name ?? ''}`],
  [/^(?:dump|archive):\w+$/, () => '/cadangan'],
  [/^database:[a-z]+$/, () => '/basis-data'],
  [/^setting:\w+$/, () => '/pengaturan'],
];
/** Page of what an act was done to; null when there is none. */
const hrefOf = (object: string): string | null => {
  for (const [form, page] of PAGES) {
    const match = form.exec(object);
    if (match !== null) return page(match);
  }
  return null;
};
/** Means nothing to people; its end tells two of them apart. */
const ULID = /^[0-9A-Z]{20}(?=[0-9A-Z]{6}$)/;
const objectText = (object: string, nameOf: NameOf, words: Words): string => {
  if (object.startsWith('setting:')) return auditKey(words.t, object.slice('setting:'.length));
  const kode = /^desa:([\d.]+)$/.exec(object)?.[1];
  const name = kode === undefined ? null : nameOf(kode);
  const bare = object.replace(/^[a-z_]+:/, '').replace(ULID, '…');
  return name === null ? bare : `${name} ${bare}`;
};

const ISO = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const plain = (value: unknown, words: Words): string => {
  if (typeof value === 'string') return ISO.test(value) ? words.f.exact(value) : value.replace(ULID, '…');
  if (Array.isArray(value)) return value.map((one) => plain(one, words)).join(', ');
  return typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map(([key, inner]) => `${key}: ${plain(inner, words)}`)
        .join(', ')
    : JSON.stringify(value);
};
const shown = (value: unknown, words: Words): string | null => {
  if (value === undefined || value === null) return null;
  const text = plain(value, words);
  if (text === '') return null;
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
};
const entriesOf = (value: unknown): ReadonlyMap<string, unknown> => {
  if (value === null || value === undefined) return new Map();
  return typeof value === 'object' && !Array.isArray(value) ? new Map(Object.entries(value)) : new Map([['', value]]);
};
const changesOf = ({ before, after }: AuditItem, words: Words): readonly AuditChange[] => {
  const [old, fresh] = [entriesOf(before), entriesOf(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key) => {
    const [was, is] = [old, fresh].map((side) => shown(auditValue(words.t, key, side.get(key)), words));
    return was === is ? [] : [{ key: auditKey(words.t, key), before: was ?? null, after: is ?? null }];
  });
};

const titlesOf = (words: Words): Readonly<Record<string, string>> => words.t.audit.acts;
export const actTitle = (words: Words, act: string): string => titlesOf(words)[act] ?? act;

const rowOf = (item: AuditItem, words: Words, nameOf: NameOf): AuditRowView => ({
  id: item.id,
  at: item.at.toISOString(),
  actor: item.actor.replace(/ \([0-9A-Z]{26}\)$/, ''),
  icon: LOOKS[groupOf(item.act)] ?? 'flag',
  tone: item.act === 'sign_in.locked' ? 'act' : 'wait',
  title: actTitle(words, item.act),
  act: item.act,
  object: objectText(item.object, nameOf, words),
  href: hrefOf(item.object),
  changes: changesOf(item, words),
});

const chainOf = (verdict: ChainVerdict | null): AuditModel['chain'] => {
  if (verdict === null) return null;
  return verdict.intact
    ? { state: 'intact', entries: verdict.entries }
    : { state: verdict.reason, brokenAt: verdict.brokenAt };
};

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d\d-\d\d$/;
/** Midnight of a day as people of this installation count it; undefined when it is no day. */
const dayStart = (text: string, offsetHours: number): Date | undefined => {
  const at = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) ? undefined : new Date(at - offsetHours * 3_600_000);
};

/** What the database is asked for. */
export const auditFilter = (view: AuditFilterView, offsetHours: number): Omit<AuditFilter, 'limit'> => {
  const [since, until] = [dayStart(view.since, offsetHours), dayStart(view.until, offsetHours)];
  return {
    ...(view.by === '' ? {} : { actorHas: view.by }),
    ...(view.object === '' ? {} : { objectHas: view.object }),
    ...(view.act === '' ? {} : { actStarts: view.act }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { before: new Date(until.getTime() + DAY_MS) }),
  };
};

const NAMES = { by: 'oleh', act: 'tindakan', object: 'objek', since: 'dari', until: 'sampai' } as const;
const FILTER_KEYS = Object.keys(NAMES) as readonly (keyof AuditFilterView)[];
export const readAuditFilter = (query: (name: string) => string): AuditFilterView => ({
  by: query(NAMES.by).trim(),
  act: query(NAMES.act).trim(),
  object: query(NAMES.object).trim(),
  since: query(NAMES.since).trim(),
  until: query(NAMES.until).trim(),
});
const address = (path: string, view: AuditFilterView, more: Readonly<Record<string, string>> = {}): string => {
  const query = new URLSearchParams(more);
  for (const key of FILTER_KEYS) if (view[key] !== '') query.set(NAMES[key], view[key]);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
};

export interface AuditPageFacts {
  /** One more than a page tells that there are older ones. */
  readonly items: readonly AuditItem[];
  readonly pageSize: number;
  readonly filter: AuditFilterView;
  readonly beforeId: number | null;
  readonly verdict: ChainVerdict | null;
  readonly nameOf: NameOf;
}
export const auditPage = (facts: AuditPageFacts, words: Words): AuditModel => {
  const { items, pageSize, filter, beforeId } = facts;
  const page = items.slice(0, pageSize);
  const last = page.at(-1);
  return {
    rows: page.map((one) => rowOf(one, words, facts.nameOf)),
    filter,
    filtered: FILTER_KEYS.some((key) => filter[key] !== ''),
    groups: Object.entries(words.t.audit.groups).map(([value, label]) => ({ value, label })),
    older:
      items.length > pageSize && last !== undefined
        ? address('/jejak-audit', filter, { sebelum: String(last.id) })
        : null,
    newest: beforeId === null ? null : address('/jejak-audit', filter),
    csv: address('/jejak-audit.csv', filter),
    check: address('/jejak-audit', filter, { periksa: '1' }),
    chain: chainOf(facts.verdict),
  };
};
