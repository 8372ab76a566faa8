import type { StripBar } from '../../domain/heartbeat';
import type { DesaDocument, InstanceDocument } from '../../services/read-models/desa-model';
import { digitsOf } from '../../domain/names';
import { compareVersions } from '../../domain/release';
import type { Messages } from '../../texts';
import { DESA_LOOKS } from '../state-looks';
import type { DesaStatus } from '../state-looks';
import type { AppState } from '../view-models/common';
import type { Choice, DesaFilter, DesaListModel, DesaRow, SavedView } from '../view-models/desa';
import { installedOf, isBehind, needsPerson, sortedOf, versionKey, wholeOf } from './desa-list-counts';
import { didYouMean } from './near-name';
import { NO_TOKEN, type TokenFacts } from './token-facts';

export const PAGE_SIZE = 50;
/** A saved view that no single filter says. */
export type Look = 'tindakan' | 'tertinggal' | 'token';
export interface DesaQuery extends DesaFilter {
  readonly look: Look | null;
  /** Counts from 1. */
  readonly page: number;
}
export interface DesaListFacts {
  readonly desa: readonly DesaDocument[];
  /** kode → token of the desa */
  readonly tokens: ReadonlyMap<string, TokenFacts>;
  /** Names of the apps in their order. */
  readonly apps: readonly { readonly name: string; readonly label: string }[];
  readonly seq: number;
}
export interface DesaListWish {
  readonly query: DesaQuery;
  readonly selected: readonly string[];
  readonly canAct: boolean;
  readonly t: Messages;
}

const LOOKS: readonly string[] = ['tindakan', 'tertinggal', 'token'] satisfies readonly Look[];
const isLook = (text: string): text is Look => LOOKS.includes(text);
const SORTS: readonly string[] = ['nama', 'kecamatan', 'keadaan'] satisfies readonly DesaFilter['sort'][];
const isSort = (text: string): text is DesaFilter['sort'] => SORTS.includes(text);

/** Reads the query string of the list; what is not understood is left out. Trouble comes first unless asked otherwise. */
export const readDesaQuery = (values: (name: string) => readonly string[]): DesaQuery => {
  const one = (name: string): string => values(name)[0] ?? '';
  const several = (name: string): readonly string[] => [...new Set(values(name).filter((value) => value !== ''))];
  const page = Number.parseInt(one('halaman'), 10);
  return {
    search: one('cari').trim(),
    kecamatan: several('kecamatan'),
    status: several('keadaan'),
    versions: several('versi'),
    apps: several('aplikasi'),
    sort: isSort(one('urut')) ? (one('urut') as DesaFilter['sort']) : 'keadaan',
    direction: one('arah') === 'naik' ? 'naik' : 'turun',
    look: isLook(one('lihat')) ? (one('lihat') as Look) : null,
    page: Number.isFinite(page) && page > 0 ? page : 1,
  };
};
export const queryReader =
  (query: string) =>
  (name: string): readonly string[] =>
    new URLSearchParams(query).getAll(name);

/** Query string of a filter, without order and page, without "?". */
const filterText = (query: DesaQuery): string => {
  const params = new URLSearchParams();
  if (query.search !== '') params.append('cari', query.search);
  for (const [name, values] of [
    ['kecamatan', query.kecamatan],
    ['keadaan', query.status],
    ['versi', query.versions],
    ['aplikasi', query.apps],
  ] as const)
    for (const value of values) params.append(name, value);
  if (query.look !== null) params.append('lihat', query.look);
  return params.toString();
};
const listText = (query: DesaQuery): string => {
  const order =
    query.sort === 'keadaan' && query.direction === 'turun' ? '' : `urut=${query.sort}&arah=${query.direction}`;
  return [filterText(query), order].filter((part) => part !== '').join('&');
};

const found = (one: DesaDocument, search: string): boolean => {
  const wanted = search.toLowerCase();
  const digits = wanted.replaceAll('.', '');
  if (/^\d+$/.test(digits)) return digitsOf(one.kode).includes(digits);
  return [one.nama, one.host ?? ''].some((text) => text.toLowerCase().includes(wanted));
};
const looks: Readonly<Record<Look, (one: DesaDocument, facts: DesaListFacts) => boolean>> = {
  tindakan: needsPerson,
  tertinggal: isBehind,
  token: (one, facts) => ['expiring', 'expired'].includes((facts.tokens.get(one.kode) ?? NO_TOKEN).state),
};
const anyOf = (wanted: readonly string[], has: (value: string) => boolean): boolean =>
  wanted.length === 0 || wanted.some(has);

/** The desa a filter means, in the order of the list. */
export const desaMatching = (facts: DesaListFacts, query: DesaQuery): readonly DesaDocument[] =>
  facts.desa.filter((one) => {
    const runs = (is: (instance: InstanceDocument) => boolean): boolean => installedOf(one).some(is);
    return (
      anyOf(query.kecamatan, (kode) => digitsOf(kode) === digitsOf(one.kecamatanKode)) &&
      anyOf(query.status, (status) => status === one.status) &&
      anyOf(query.apps, (app) => runs((instance) => instance.app === app)) &&
      anyOf(query.versions, (version) => runs((instance) => versionKey(instance) === version)) &&
      (query.look === null || looks[query.look](one, facts)) &&
      (query.search === '' || found(one, query.search))
    );
  });

const JENIS: readonly string[] = ['desa', 'kelurahan', 'desa_adat'] satisfies readonly DesaRow['jenis'][];
export const jenisOf = (text: string): DesaRow['jenis'] => (JENIS.includes(text) ? (text as DesaRow['jenis']) : 'desa');

/** What answers is shown only when it was seen recently. */
export const appState = (one: InstanceDocument, label: string): AppState => ({
  app: one.app,
  label,
  wanted: one.health === 'not_installed' ? null : one.release,
  release: one.health === 'unknown' || one.health === 'not_installed' ? null : one.observedRelease,
  state: one.health,
  behind: one.behind,
});
/** The newest look at any app of the desa; of one that is not measured, how long the longest unseen app is unseen. */
export const lastSeen = (one: DesaDocument): string | null => {
  const own = installedOf(one);
  const blind = one.status === 'unknown' ? own.filter((instance) => instance.health === 'unknown') : [];
  const times = (blind.length > 0 ? blind : own).flatMap((instance) => instance.observedAt ?? []).sort();
  return times.at(blind.length > 0 ? 0 : -1) ?? null;
};

/** Since when the first of its apps is in trouble. */
export const troubleSince = (one: DesaDocument): string | null =>
  installedOf(one)
    .flatMap(({ health, observedSince }) =>
      health !== 'not_installed' && ['down', 'act'].includes(DESA_LOOKS[health].tone) ? (observedSince ?? []) : [],
    )
    .sort()[0] ?? null;

interface KnownRow {
  readonly token: TokenFacts;
  readonly row: DesaRow;
}
const known = new WeakMap<DesaDocument, KnownRow>();
/** The same object again as long as what it shows is the same. */
const rowOf = (one: DesaDocument, facts: DesaListFacts): DesaRow => {
  const token = facts.tokens.get(one.kode) ?? NO_TOKEN;
  const before = known.get(one);
  if (before?.token === token) return before.row;
  const row = drawRow(one, token, facts);
  known.set(one, { token, row });
  return row;
};
const drawRow = (one: DesaDocument, token: TokenFacts, facts: DesaListFacts): DesaRow => {
  const reason = installedOf(one).find((instance) => instance.reason !== null)?.reason ?? null;
  return {
    kode: one.kode,
    nama: one.nama,
    kecamatan: one.kecamatan,
    jenis: jenisOf(one.jenis),
    host: one.host ?? '',
    status: one.status,
    statusReason: reason === null ? null : { code: reason, params: {} },
    since: troubleSince(one),
    observedAt: lastSeen(one),
    apps: one.instances.map((instance) =>
      appState(instance, facts.apps.find((app) => app.name === instance.app)?.label ?? instance.app),
    ),
    tokenState: token.state,
    tokenEndsOn: token.endsOn,
    beats: [],
  };
};

interface Ending {
  readonly desa: readonly DesaDocument[];
  readonly count: number;
}
const ending = new WeakMap<ReadonlyMap<string, TokenFacts>, Ending>();
/** Desa whose token ends; counted once for all who got the same list. */
const endingTokens = (facts: DesaListFacts): number => {
  const known = ending.get(facts.tokens);
  if (known?.desa === facts.desa) return known.count;
  const count = facts.desa.filter((one) => looks.token(one, facts)).length;
  ending.set(facts.tokens, { desa: facts.desa, count });
  return count;
};

const viewsOf = (facts: DesaListFacts, query: DesaQuery): readonly SavedView[] => {
  const now = filterText(query);
  const whole = wholeOf(facts.desa);
  const view = (key: SavedView['key'], text: string, number: number): SavedView => ({
    key,
    count: number,
    query: text === '' ? '' : `?${text}`,
    current: now === text,
  });
  return [
    view('all', '', facts.desa.length),
    view('action', 'lihat=tindakan', whole.needsPerson),
    view('down', 'keadaan=down', whole.statuses.get('down') ?? 0),
    view('behind', 'lihat=tertinggal', whole.behind.length),
    view('token', 'lihat=token', endingTokens(facts)),
    view('not_installed', 'keadaan=not_installed', facts.desa.length - whole.installed),
  ];
};

const choicesOf = (facts: DesaListFacts, t: Messages): DesaListModel['choices'] => {
  const { kecamatan, statuses, apps, versions } = wholeOf(facts.desa);
  const label = (app: string): string => facts.apps.find((one) => one.name === app)?.label ?? app;
  const choice = (value: string, text: string, count: number): Choice => ({ value, label: text, count });
  const versionOf = (key: string): readonly [string, string] => {
    const at = key.lastIndexOf('@');
    return [key.slice(0, at), key.slice(at + 1)];
  };
  return {
    kecamatan: [...kecamatan].map(([kode, { nama, count }]) => choice(kode, nama, count)),
    status: (Object.keys(DESA_LOOKS) as DesaStatus[])
      .filter((status) => statuses.has(status))
      .map((status) => choice(status, t.states.desa[status], statuses.get(status) ?? 0)),
    versions: [...versions]
      .map(([key, count]) => ({ key, count, parts: versionOf(key) }))
      .sort(
        (left, right) => left.parts[0].localeCompare(right.parts[0]) || compareVersions(right.parts[1], left.parts[1]),
      )
      .map(({ key, count, parts }) => choice(key, `${label(parts[0])} ${parts[1]}`, count)),
    apps: facts.apps
      .filter((one) => apps.has(one.name))
      .map((one) => choice(one.name, one.label, apps.get(one.name) ?? 0)),
  };
};

/** The list of desa: rows of one page, saved views, choices and counts, all from the same look at the rows. */
export const desaListPage = (facts: DesaListFacts, wish: DesaListWish): DesaListModel => {
  const { query, selected, canAct, t } = wish;
  const inOrder = sortedOf(facts.desa, query.sort, query.direction);
  const matching = desaMatching({ ...facts, desa: inOrder }, query);
  const pages = Math.max(1, Math.ceil(matching.length / PAGE_SIZE));
  const page = Math.min(query.page, pages);
  const shown = matching.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
  const whole = wholeOf(facts.desa);
  const { search, kecamatan, status, versions, apps, sort, direction } = query;
  return {
    rows: shown.map((one) => rowOf(one, facts)),
    apps: facts.apps.filter((one) => whole.apps.has(one.name)).map((one) => ({ app: one.name, label: one.label })),
    filter: { search, kecamatan, status, versions, apps, sort, direction },
    views: viewsOf(facts, query),
    choices: choicesOf(facts, t),
    total: facts.desa.length,
    matching: matching.length,
    installed: whole.installed,
    answering: whole.answering,
    counts: Object.fromEntries(whole.statuses),
    observedAt: whole.observedAt,
    page,
    pages,
    query: listText(query),
    didYouMean:
      matching.length > 0 || search === ''
        ? null
        : didYouMean(
            search,
            facts.desa.map((one) => one.nama),
          ),
    selected,
    canAct,
    live: { stream: 'fleet', seq: facts.seq },
  };
};

/** The day of each desa that is shown, drawn only for the rows of one page. */
export const withStrips = (model: DesaListModel, strips: ReadonlyMap<string, readonly StripBar[]>): DesaListModel => ({
  ...model,
  rows: model.rows.map((row) => {
    const beats = strips.get(row.kode) ?? row.beats;
    const before = beaten.get(row);
    if (before?.beats === beats) return before;
    const now = { ...row, beats };
    beaten.set(row, now);
    return now;
  }),
});
/** Row without its day → the same with the day it got last. */
const beaten = new WeakMap<DesaRow, DesaRow>();
