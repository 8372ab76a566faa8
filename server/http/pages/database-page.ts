import type { DatabaseDocument, DatabaseReport } from '../../services/read-models/database-model';
import type { DatabaseCard, DatabaseListModel, FactCell } from '../view-models/platform';
import { iso, labelOf, type Words } from './words';

/** From here on few connections are left for more desa. */
const CROWDED = 0.8;
const OLD_DUMP_MS = 35 * 86_400_000;

const releaseFact = ({ schemaRelease, late }: DatabaseDocument, { t, f }: Words): FactCell => {
  const w = t.databases.facts;
  const label = w.release;
  if (schemaRelease === null) return { label, value: '—', note: w.noRelease, tone: 'wait', icon: 'circle-dashed' };
  return late.length === 0
    ? { label, value: schemaRelease, note: w.allThere, tone: 'ok', icon: 'circle-check' }
    : { label, value: schemaRelease, note: w.late(f.n(late.length)), tone: 'act', icon: 'git-compare' };
};
const factsOf = (one: DatabaseDocument, words: Words, now: Date): readonly FactCell[] => {
  const { t, f } = words;
  const w = t.databases.facts;
  const { measure, lastDump } = one;
  const crowded = measure !== null && measure.connections.used / Math.max(1, measure.connections.max) >= CROWDED;
  const unmeasured = { value: '—', note: w.unmeasured, tone: 'unk', icon: 'help' } as const;
  const oldDump = lastDump === null || now.getTime() - lastDump.createdAt.getTime() > OLD_DUMP_MS;
  return [
    measure?.bytes == null
      ? { label: w.size, ...unmeasured }
      : {
          label: w.size,
          value: f.bytes(measure.bytes),
          note: w.measuredAt(f.ago(iso(measure.sizedAt))),
          tone: 'ok',
          icon: 'database',
        },
    measure === null
      ? { label: w.connections, ...unmeasured }
      : {
          label: w.connections,
          value: t.common.of(f.n(measure.connections.used), f.n(measure.connections.max)),
          note: crowded ? w.crowded : w.measuredAt(f.ago(iso(measure.sampledAt))),
          tone: crowded ? 'act' : 'ok',
          icon: crowded ? 'gauge' : 'circle-check',
        },
    releaseFact(one, words),
    {
      label: w.dump,
      value: lastDump === null ? '—' : f.day(lastDump.createdAt.toISOString()),
      note: lastDump === null ? w.noDump : oldDump ? w.oldDump : f.bytes(lastDump.bytes),
      tone: oldDump ? 'act' : 'ok',
      icon: oldDump ? 'history' : 'circle-check',
    },
  ];
};

const cardOf = (one: DatabaseDocument, words: Words, now: Date): DatabaseCard => ({
  name: one.name,
  schemaName: one.schemaName,
  label: labelOf(words, one.app),
  channel: one.channel === 'premium' ? 'premium' : 'umum',
  desa: one.desa,
  facts: factsOf(one, words, now),
  connections: one.measure?.connections ?? null,
  schemaRelease: one.schemaRelease,
  late: one.late,
  laneSince: iso(one.laneSince),
});

export const databasePage = (
  report: DatabaseReport,
  words: Words,
  wish: { readonly canDump: boolean; readonly canUpdate: boolean; readonly now: Date },
): DatabaseListModel => ({
  shared: report.shared.map((one) => cardOf(one, words, wish.now)),
  own: report.own.map(({ app, schemas, bytes }) => ({ label: labelOf(words, app), schemas, bytes })),
  canDump: wish.canDump,
  canUpdate: wish.canUpdate,
});
