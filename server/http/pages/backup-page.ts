import path from 'node:path';
import { z } from 'zod';
import { isWhole, type Chore, type ChoreKind } from '../../domain/chore';
import { DUMPS_A_PAGE, type BackupList, type DumpKind } from '../../services/backup-service';
import type { Archive } from '../../stores/archive-store';
import type { Dump } from '../../stores/dump-store';
import type { ArchiveRow, BackupModel, ChoreView, DumpRow } from '../view-models/platform';
import { iso, labelOf, type Words } from './words';

const FRESH_MS = 60 * 60_000;
/** What the worker wrote into an archive's manifest. */
const manifestSchema = z.object({
  nama: z.string().catch(''),
  app: z.string().catch(''),
  files: z.array(z.object({ name: z.string() })).catch([]),
  rows: z.array(z.object({ rows: z.number() })).catch([]),
});

export interface BackupFacts {
  readonly list: BackupList;
  readonly kind: DumpKind;
  readonly page: number;
  /** Deployment a dump was made for → its rollout. */
  readonly rollouts: ReadonlyMap<string, string>;
  readonly places: ReadonlyMap<string, { readonly nama: string; readonly kecamatan: string }>;
  readonly folders: BackupModel['folders'];
  readonly now: Date;
}

const isOpen = (chore: Chore): boolean => chore.endedAt === null;
const openFor = (chores: readonly Chore[], kind: ChoreKind, subject: string): boolean =>
  chores.some((one) => isOpen(one) && one.kind === kind && one.subject === subject);

const dumpRow = (dump: Dump, { list, rollouts }: BackupFacts, newest: ReadonlySet<string>): DumpRow => ({
  id: dump.id,
  schemaName: dump.schemaName,
  file: path.basename(dump.path),
  createdAt: dump.createdAt.toISOString(),
  bytes: dump.bytes,
  tables: dump.tables,
  sha256: dump.sha256,
  rolloutId: dump.deploymentId === null ? null : (rollouts.get(dump.deploymentId) ?? null),
  finding: dump.finding,
  checkedAt: iso(dump.checkedAt),
  checking: openFor(list.chores, 'check_dump', dump.id),
  removable: !newest.has(dump.id),
  removing: openFor(list.chores, 'remove_dump', dump.id),
});

const archiveRow = (archive: Archive, { list, places }: BackupFacts, words: Words): ArchiveRow => {
  const manifest = manifestSchema.parse(archive.manifest);
  const place = places.get(archive.desaKode);
  return {
    id: archive.id,
    desa: {
      kode: archive.desaKode,
      nama: place?.nama ?? (manifest.nama === '' ? archive.desaKode : manifest.nama),
      kecamatan: place?.kecamatan ?? '',
    },
    app: labelOf(words, manifest.app),
    folder: path.basename(archive.path),
    files: manifest.files.length,
    rows: manifest.rows.reduce((sum, one) => sum + one.rows, 0),
    createdAt: archive.createdAt.toISOString(),
    bytes: archive.bytes,
    finding: archive.finding,
    checkedAt: iso(archive.checkedAt),
    checking: openFor(list.chores, 'check_archive', archive.id),
  };
};

/** Open ones, and what went wrong or was finished within the hour. */
const choresOf = ({ list, now, places }: BackupFacts): readonly ChoreView[] => {
  const dumps = new Map(list.dumps.map((one) => [one.id, path.basename(one.path)] as const));
  const archives = new Map(
    list.archives.map((one) => [one.id, places.get(one.desaKode)?.nama ?? one.desaKode] as const),
  );
  return list.chores
    .filter((one) => one.endedAt === null || now.getTime() - one.endedAt.getTime() < FRESH_MS)
    .map((one) => ({
      id: one.id,
      kind: one.kind,
      state: one.state,
      about: one.kind === 'dump' ? one.subject : (dumps.get(one.subject) ?? archives.get(one.subject) ?? ''),
      by: one.requestedBy,
      at: one.createdAt.toISOString(),
      endedAt: iso(one.endedAt),
      reason: one.reason,
    }));
};

export const backupPage = (
  facts: BackupFacts,
  words: Words,
  wish: { readonly canDump: boolean; readonly canAct: boolean },
): BackupModel => {
  const { list, kind } = facts;
  const firsts = new Map<string, string>();
  if (facts.page === 1)
    for (const one of list.dumps) if (isWhole(one) && !firsts.has(one.schemaName)) firsts.set(one.schemaName, one.id);
  const newest = new Set(firsts.values());
  return {
    kind: kind === 'shared' ? 'bersama' : 'sendiri',
    sums: list.sums,
    dumps: list.dumps.map((one) => dumpRow(one, facts, newest)),
    page: facts.page,
    pages: Math.max(1, Math.ceil(list.sums[kind].count / DUMPS_A_PAGE)),
    archives: list.archives.map((one) => archiveRow(one, facts, words)),
    chores: choresOf(facts),
    databases: list.databases,
    folders: facts.folders,
    ...wish,
  };
};
