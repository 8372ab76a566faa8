import { may } from '../../auth/permission';
import { AppError } from '../../domain/errors';
import {
  desaListPage,
  desaMatching,
  queryReader,
  readDesaQuery,
  withStrips,
  type DesaListFacts,
} from '../pages/desa-list-page';
import { desaPage, loginUrl } from '../pages/desa-page';
import { tokensByDesa } from '../pages/token-facts';
import { EMPTY_FORM, type FormState } from '../view-models/common';
import type { DesaTab } from '../view-models/desa';
import { speak } from '../visit-words';
import { first, route, type Route, type Visit } from '../web';
import { desaFacts, readDesaFacts } from './desa-facts';
import { askDomain, askRemove } from './desa-changes';

/** What the list, its filters and every choice by filter read. */
export const listFacts = async (visit: Visit): Promise<DesaListFacts> => {
  const { deps, actor } = visit;
  const [{ desa, seq }, tokens, { words }] = await Promise.all([
    deps.desaModel.everyDesa(actor),
    deps.desaModel.tokenDeadlines(actor),
    speak(visit),
  ]);
  return { desa, tokens: tokensByDesa(tokens, new Date()), apps: words.apps, seq };
};
const showList = async (visit: Visit): Promise<void> => {
  const query = readDesaQuery((name) => visit.query(name));
  const canAct = may(visit.actor, 'desa.update');
  const wish = { query, selected: visit.query('pilih'), canAct, t: visit.t };
  const model = desaListPage(await listFacts(visit), wish);
  const kodes = model.rows.filter((row) => row.apps.length > 0).map((row) => row.kode);
  const strips = await visit.deps.desaModel.strips(visit.actor, kodes, new Date());
  await visit.render('desa/index', withStrips(model, strips));
};

/** Button of the list → kind of change. */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['pasang', 'install'],
  ['perbarui', 'update'],
  ['mulai-ulang', 'restart'],
  ['hentikan', 'stop'],
  ['jalankan', 'start'],
]);
/** More codes than this do not fit into an address; the filter goes there instead. */
const CODES_IN_ADDRESS = 600;

const chooseMany = async (visit: Visit): Promise<void> => {
  const action = ACTIONS.get(first(visit.body('action')));
  if (action === undefined) throw new AppError('invalid_input', {}, { field: 'action' });
  const query = first(visit.body('query'));
  const params = new URLSearchParams({ action });
  const all = first(visit.body('semua')) !== '';
  const filter = readDesaQuery(queryReader(query));
  const kodes = all ? desaMatching(await listFacts(visit), filter).map((one) => one.kode) : visit.body('kode');
  if (kodes.length === 0) throw new AppError('invalid_input', { problem: 'no_desa' }, { field: 'kode' });
  const tooMany = kodes.length > CODES_IN_ADDRESS;
  // A saved view is no filter the plan could repeat: another choice than the one that was seen is never made.
  if (tooMany && (!all || filter.look !== null)) throw new AppError('invalid_input', {}, { field: 'kode' });
  if (tooMany) params.append('query', query);
  else for (const kode of kodes) params.append('kode', kode);
  visit.go(`/pembaruan/baru?${params.toString()}`);
};

const TABS: readonly string[] = ['ikhtisar', 'log', 'riwayat', 'token', 'domain', 'hapus'] satisfies readonly DesaTab[];
const isTab = (text: string): text is DesaTab => TABS.includes(text);
const LEVELS = ['semua', 'peringatan', 'galat'] as const;

const drawDesa = async (visit: Visit, tab: DesaTab, form: FormState, status: number): Promise<void> => {
  const kode = visit.param('kode');
  const { words } = await speak(visit);
  const app = visit.param('app');
  const level = LEVELS.find((one) => one === first(visit.query('tingkat'))) ?? 'semua';
  const canAct = may(visit.actor, 'desa.update', kode);
  const canFollow = may(visit.actor, 'desa.logs', kode);
  const facts = await readDesaFacts(visit, app);
  const shown = tab === 'hapus' && !canAct ? 'ikhtisar' : tab;
  await visit.render('desa/show', desaPage(facts, words, { tab: shown, app, level, form, canAct, canFollow }), status);
};
const showDesa = async (visit: Visit): Promise<void> => {
  const asked = first([...visit.query('bagian'), ...visit.query('tab')]);
  await drawDesa(visit, isTab(asked) ? asked : 'ikhtisar', EMPTY_FORM, 200);
};

const showLog = async (visit: Visit): Promise<void> => {
  if (visit.query('unduh').length === 0) return drawDesa(visit, 'log', EMPTY_FORM, 200);
  const { document, log } = await readDesaFacts(visit, visit.param('app'));
  const name = `${document.kode}-${visit.param('app').replace(/[^a-z0-9-]/g, '')}.log`;
  const text = log.map((line) => `${line.at} ${line.text}\n`).join('');
  visit.response.set('Cache-Control', 'no-store').attachment(name).type('text/plain').send(text);
};

const showPassword = async (visit: Visit): Promise<void> => {
  const { deps, actor } = visit;
  const kode = visit.param('kode');
  const { document, url } = await desaFacts(visit);
  const { username, password } = await deps.desa.firstPassword(actor, kode);
  const { nama, kecamatan } = document;
  await visit.render('desa/password', { kode, nama, kecamatan, username, password, loginUrl: loginUrl(url) });
};

export const desaRoutes: readonly Route[] = [
  route('get', '/desa', 'desa.read', showList),
  route('post', '/desa/aksi', 'desa.read', chooseMany),
  route('get', '/desa/:kode', 'desa.read', showDesa),
  route('get', '/desa/:kode/domain', 'desa.domain', (visit) => drawDesa(visit, 'domain', EMPTY_FORM, 200)),
  route('post', '/desa/:kode/domain', 'desa.domain', (visit) =>
    askDomain(visit, (form) => drawDesa(visit, 'domain', form, 422)),
  ),
  route('get', '/desa/:kode/hapus', 'desa.remove', askRemove),
  route('post', '/desa/:kode/hapus', 'desa.remove', askRemove),
  route('post', '/desa/:kode/sandi', 'desa.password', showPassword),
  route('post', '/desa/:kode/amati', 'desa.read', async (visit) => {
    await visit.deps.desa.lookAgain(visit.actor, visit.param('kode'));
    visit.go(`/desa/${visit.param('kode')}`);
  }),
  route('get', '/desa/:kode/log/:app', 'desa.logs', showLog),
];
