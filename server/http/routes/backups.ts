import path from 'node:path';
import { AppError } from '../../domain/errors';
import type { DumpKind } from '../../services/backup-service';
import type { Archive } from '../../stores/archive-store';
import type { Dump } from '../../stores/dump-store';
import { backupPage } from '../pages/backup-page';
import { speak } from '../visit-words';
import { first, route, type Route, type Visit } from '../web';
import { confirmed } from './confirmed';
import { canAct } from './rights';

const rolloutsOf = (visit: Visit, dumps: readonly Dump[]): Promise<ReadonlyMap<string, string>> =>
  visit.deps.transact.read.dumps.rolloutsOf(dumps.flatMap((one) => one.deploymentId ?? []));
const placesOf = async (visit: Visit, archives: readonly Archive[]) => {
  const { wilayah } = visit.deps.transact.read;
  const places = await wilayah.findMany([...new Set(archives.map((one) => one.desaKode))]);
  const above = await wilayah.findMany([...new Set(places.flatMap((one) => one.parent ?? []))]);
  const names = new Map(above.map((one) => [one.kode, one.nama] as const));
  return new Map(
    places.map(({ kode, nama, parent }) => [
      String(kode),
      { nama, kecamatan: parent === null ? '' : (names.get(parent) ?? '') },
    ]),
  );
};

const show = async (visit: Visit): Promise<void> => {
  const { deps, actor } = visit;
  const kind: DumpKind = first(visit.query('jenis')) === 'sendiri' ? 'own' : 'shared';
  const page = Math.max(1, Number.parseInt(first(visit.query('halaman'), '1'), 10) || 1);
  const list = await deps.backups.list(actor, kind, page);
  const [{ words }, rollouts, places] = await Promise.all([
    speak(visit),
    rolloutsOf(visit, list.dumps),
    placesOf(visit, list.archives),
  ]);
  const facts = { list, kind, page, rollouts, places, folders: deps.folders, now: new Date() };
  const wish = { canDump: canAct(visit, 'database.dump'), canAct: canAct(visit, 'backup.write') };
  await visit.render('backups/index', backupPage(facts, words, wish));
};

const back = (visit: Visit): string =>
  first(visit.body('jenis')) === 'sendiri' ? '/cadangan?jenis=sendiri' : '/cadangan';
const dumpNow = async (visit: Visit): Promise<void> => {
  const { asked, already } = visit.t.backups.notices;
  const fresh = await visit.deps.backups.dumpNow(visit.actor, first(visit.body('basis_data')));
  visit.go('/cadangan', fresh ? asked : already);
};
const check = async (visit: Visit): Promise<void> => {
  const what = visit.param('jenis');
  if (what !== 'cuplikan' && what !== 'arsip') throw new AppError('not_found', { what: 'page' });
  await visit.deps.backups.check(visit.actor, what === 'arsip' ? 'archive' : 'dump', visit.param('id'));
  visit.go(back(visit), visit.t.backups.notices.checking);
};
const remove = async (visit: Visit): Promise<void> => {
  const { deps, actor, t } = visit;
  const dump = await deps.backups.findDump(actor, visit.param('id'));
  const { words } = await speak(visit);
  const w = t.backups.remove;
  const at = words.f.day(dump.createdAt.toISOString());
  const yes = await confirmed(visit, {
    active: 'backups',
    crumbs: [{ label: t.backups.title, href: '/cadangan' }],
    question: {
      title: w.title(dump.schemaName, at),
      will: w.will(path.basename(dump.path), words.f.bytes(dump.bytes)),
      wont: w.wont,
      takes: null,
      word: w.word,
      action: `/cadangan/cuplikan/${dump.id}/hapus`,
      hidden: [],
      button: w.go,
      icon: 'trash',
      kind: 'loses-data',
      back: '/cadangan',
    },
  });
  if (!yes) return;
  await deps.backups.removeDump(actor, dump.id);
  visit.go('/cadangan', t.backups.notices.removing);
};

export const backupRoutes: readonly Route[] = [
  route('get', '/cadangan', 'backup.read', show),
  route('post', '/cadangan/buat', 'database.dump', dumpNow),
  route('post', '/cadangan/:jenis/:id/periksa', 'backup.write', check),
  route('get', '/cadangan/cuplikan/:id/hapus', 'backup.write', remove),
  route('post', '/cadangan/cuplikan/:id/hapus', 'backup.write', remove),
];
