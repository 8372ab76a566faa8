import type { Column } from '../../services/operations/csv';
import { csvOf } from '../../services/operations/csv';
import type { AuditItem } from '../../services/audit-service';
import { actTitle, auditFilter, auditPage, readAuditFilter } from '../pages/audit-page';
import type { Words } from '../pages/words';
import type { Zone } from '../format';
import { speak } from '../visit-words';
import { first, route, type Route, type Visit } from '../web';

const PAGE = 50;
/** A spreadsheet holds them, and one answer does not fill the memory. */
const CSV_ROWS = 20_000;
const CSV_PAGE = 2000;
const OFFSET: Readonly<Record<Zone, number>> = { WIB: 7, WITA: 8, WIT: 9 };

const filterOf = (visit: Visit) => readAuditFilter((name) => first(visit.query(name)));
const cursorOf = (visit: Visit): number | null => {
  const text = first(visit.query('sebelum'));
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
};

const show = async (visit: Visit): Promise<void> => {
  const { deps, actor } = visit;
  const filter = filterOf(visit);
  const beforeId = cursorOf(visit);
  const { words } = await speak(visit);
  const wanted = auditFilter(filter, OFFSET[words.f.zone]);
  const [items, regions, verdict] = await Promise.all([
    deps.audit.list(actor, { ...wanted, limit: PAGE + 1, ...(beforeId === null ? {} : { beforeId }) }),
    deps.transact.read.wilayah.all(),
    first(visit.query('periksa')) === '' ? null : deps.audit.verify(actor),
  ]);
  const names = new Map(regions.map((one) => [String(one.kode), one.nama] as const));
  const nameOf = (kode: string): string | null => names.get(kode) ?? null;
  await visit.render('audit/index', auditPage({ items, pageSize: PAGE, filter, beforeId, verdict, nameOf }, words));
};

const columns = (words: Words): readonly Column<AuditItem>[] => {
  const w = words.t.audit.columns;
  const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  return [
    { name: 'id', of: (one) => one.id },
    { name: w.at, of: (one) => one.at.toISOString() },
    { name: w.by, of: (one) => one.actor },
    { name: w.act, of: (one) => actTitle(words, one.act) },
    { name: 'act', of: (one) => one.act },
    { name: w.object, of: (one) => one.object },
    { name: 'before', of: (one) => json(one.before) },
    { name: 'after', of: (one) => json(one.after) },
  ];
};
/** Everything the filter lets through, newest first, at most 20,000 rows. */
const download = async (visit: Visit): Promise<void> => {
  const { deps, actor } = visit;
  const { words } = await speak(visit);
  const wanted = auditFilter(filterOf(visit), OFFSET[words.f.zone]);
  const all: AuditItem[] = [];
  let beforeId: number | null = null;
  while (all.length < CSV_ROWS) {
    const place: { readonly beforeId?: number } = beforeId === null ? {} : { beforeId };
    const page: readonly AuditItem[] = await deps.audit.list(actor, { ...wanted, ...place, limit: CSV_PAGE });
    all.push(...page);
    beforeId = page.at(-1)?.id ?? null;
    if (page.length < CSV_PAGE) break;
  }
  const name = `jejak-audit-${new Date().toISOString().slice(0, 10)}.csv`;
  visit.response
    .set('Cache-Control', 'no-store')
    .attachment(name)
    .type('text/csv')
    .send(csvOf(columns(words), all));
};

export const auditRoutes: readonly Route[] = [
  route('get', '/jejak-audit', 'audit.read', show),
  route('get', '/jejak-audit.csv', 'audit.read', download),
];
