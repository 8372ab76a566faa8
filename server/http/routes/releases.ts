import type { Channel } from '../../../provisioners/contracts';
import { may } from '../../auth/permission';
import { AppError } from '../../domain/errors';
import type { Release } from '../../domain/release';
import { importProgress } from '../../services/read-models/import-progress';
import { releaseListPage, releasePage, type ReleaseFacts } from '../pages/release-page';
import { EMPTY_FORM, type FormState } from '../view-models/common';
import { speak } from '../visit-words';
import { first, route, type Route, type Visit } from '../web';
import { labelOf } from '../pages/words';
import { confirmed } from './confirmed';
import { refusedForm } from './refused';
import { keepUpload, uploadOf } from './upload';

export { importUpload } from './upload';

const readFacts = async (visit: Visit, releases: readonly Release[]): Promise<ReleaseFacts> => {
  const { deps } = visit;
  const progress = await importProgress(deps.transact.read, releases, new Date());
  return { releases, usage: await deps.releases.usage(), progress };
};
const drawList = async (visit: Visit, form: FormState, status: number): Promise<void> => {
  const facts = await readFacts(visit, await visit.deps.releases.list(visit.actor));
  const open = visit.query('impor').length > 0;
  const wish = { form, open, canAct: may(visit.actor, 'release.import') };
  await visit.render('releases/index', releaseListPage(facts, (await speak(visit)).words, wish), status);
};

const channelOf = (text: string): Channel | null => (text === 'premium' || text === 'umum' ? text : null);
const textOf = (visit: Visit, name: string): string | null => first(visit.body(name)).trim() || null;
const refuse = (field: string, problem?: string): AppError =>
  new AppError('invalid_input', problem === undefined ? {} : { problem }, { field });

/** Where the release comes from, by the source that was chosen. */
const locationOf = (visit: Visit): { readonly location: string; readonly tag: string | null } => {
  const source = first(visit.body('sumber'), 'repositori');
  if (source === 'unggah') {
    const file = uploadOf(visit.request);
    if (file === null) throw refuse('berkas', 'empty');
    return { location: file, tag: null };
  }
  const location = textOf(visit, 'lokasi');
  if (location === null) throw refuse('lokasi', 'empty');
  const tag = textOf(visit, 'tag');
  if (source !== 'repositori') {
    if (!location.startsWith('/')) throw refuse('lokasi');
    return { location, tag };
  }
  if (!/^https:\/\/\S+$/.test(location)) throw refuse('lokasi');
  if (tag === null) throw refuse('tag', 'empty');
  return { location, tag };
};
const importRelease = async (visit: Visit): Promise<void> => {
  try {
    const place = locationOf(visit);
    const id = await visit.deps.releases.import(visit.actor, {
      ...place,
      app: first(visit.body('app')),
      channel: channelOf(first(visit.body('kanal'))),
      credential: textOf(visit, 'token'),
    });
    keepUpload(visit.request);
    visit.go(`/rilis/${id}`);
  } catch (error) {
    await drawList(visit, refusedForm(visit, error, { location: 'lokasi' }), 422);
  }
};

const showRelease = async (visit: Visit): Promise<void> => {
  const { deps, actor } = visit;
  const one = await deps.releases.find(actor, visit.param('id'));
  const facts = await readFacts(visit, await deps.releases.list(actor));
  const desa = await deps.desaModel.list(actor, { installed: 'only' });
  const canAct = may(actor, 'release.import');
  await visit.render('releases/show', releasePage(one, facts, desa, (await speak(visit)).words, canAct));
};
/** Image and files go; the name is typed first. A release in use is refused before anything is asked. */
const removeRelease = async (visit: Visit): Promise<void> => {
  const { deps, actor, t } = visit;
  const release = await deps.releases.find(actor, visit.param('id'));
  const { words } = await speak(visit);
  const used = (await deps.releases.usage()).get(release.id);
  if (used !== undefined) throw new AppError('release_in_use', { version: release.version, desa: used });
  const w = t.releases.removal;
  const name = `${labelOf(words, release.app)} ${release.version}`;
  const yes = await confirmed(visit, {
    active: 'releases',
    crumbs: [{ label: t.releases.title, href: '/rilis' }],
    question: {
      title: w.title(name),
      will: w.will(words.f.bytes(release.bytes)),
      wont: w.wont,
      takes: null,
      word: release.version,
      action: `/rilis/${release.id}/hapus`,
      hidden: [],
      button: w.go,
      icon: 'trash',
      kind: 'loses-data',
      back: '/rilis',
    },
  });
  if (!yes) return;
  await deps.releases.remove(actor, release.id);
  visit.go('/rilis', w.done(name));
};

export const releaseRoutes: readonly Route[] = [
  route('get', '/rilis', 'release.read', (visit) => drawList(visit, EMPTY_FORM, 200)),
  route('post', '/rilis/impor', 'release.import', importRelease),
  route('get', '/rilis/:id', 'release.read', showRelease),
  route('get', '/rilis/:id/hapus', 'release.prune', removeRelease),
  route('post', '/rilis/:id/hapus', 'release.prune', removeRelease),
];
