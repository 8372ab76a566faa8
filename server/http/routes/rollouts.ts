import { AppError } from '../../domain/errors';
import { MEMBER_STATES, type MemberState } from '../../domain/rollout';
import type { BoardModel } from '../../services/read-models/board-model';
import type { Command } from '../../services/rollout-service';
import { reasonSentence } from '../../texts';
import { boardPage, usualDensity, type BoardWish } from '../pages/board';
import { cancelConfirm, cancelWord, rollbackConfirm, rollbackWord } from '../pages/board-acts';
import { memberPage } from '../pages/member';
import { reportPage } from '../pages/report';
import { groupByDesa, tallyRow, titleOf } from '../pages/rollout-facts';
import type { MemberModel } from '../view-models/rollouts';
import { speak } from '../visit-words';
import { first, route, type Route, type Visit } from '../web';
import { planRoutes } from './plans';
import { canAct } from './rights';

const PAGE = 20;
const boards = (visit: Visit): BoardModel => visit.deps.boardModel;
const pageOf = (visit: Visit): number => Math.max(1, Number.parseInt(first(visit.query('halaman'), '1'), 10) || 1);

const list = async (visit: Visit): Promise<void> => {
  const { words } = await speak(visit);
  const page = pageOf(visit);
  const { rows, total } = await boards(visit).list(visit.actor, page, PAGE);
  const ready = (await visit.deps.releases.list(visit.actor)).find((one) => one.state === 'ready');
  const label = words.apps.find((one) => one.name === ready?.app)?.label ?? ready?.app ?? '';
  await visit.render('rollouts/index', {
    rows: rows.map((one) => tallyRow(one, words)),
    page,
    pages: Math.max(1, Math.ceil(total / PAGE)),
    canAct: canAct(visit, 'rollout.control'),
    readyRelease: ready === undefined ? null : `${label} ${ready.version}`,
  });
};

const drawerOf = async (visit: Visit): Promise<MemberModel | null> => {
  const kode = first(visit.query('desa'));
  if (kode === '') return null;
  const facts = await boards(visit).member(visit.actor, visit.param('id'), kode, first(visit.query('app')) || null);
  const { words, publicUrl } = await speak(visit);
  return memberPage(facts, words, { place: 'drawer', publicUrl });
};
const wishOf = async (visit: Visit, desa: number): Promise<BoardWish> => {
  const density = first(visit.query('tampil'));
  const state = first(visit.query('keadaan'));
  const screen = first(visit.query('layar')) === 'dinding' ? 'wall' : 'page';
  return {
    groupBy: first(visit.query('urut')) === 'gelombang' ? 'gelombang' : 'kecamatan',
    density: density === 'nama' || density === 'rapat' || density === 'daftar' ? density : usualDensity(desa, screen),
    screen,
    filter: MEMBER_STATES.find((one): one is MemberState => one === state) ?? null,
    drawer: await drawerOf(visit),
    tiles: visit.request.get('x-sp-parts') === undefined ? 'all' : 'trouble',
    canAct: canAct(visit, 'rollout.control'),
    now: new Date(),
  };
};
const board = async (visit: Visit): Promise<void> => {
  const facts = await boards(visit).board(visit.actor, visit.param('id'));
  const { words } = await speak(visit);
  const wish = await wishOf(visit, groupByDesa(facts.members).length);
  await visit.render('rollouts/board', boardPage(facts, words, wish));
};
const member = async (visit: Visit): Promise<void> => {
  const app = first(visit.query('app')) || null;
  const facts = await boards(visit).member(visit.actor, visit.param('id'), visit.param('kode'), app);
  const { words, publicUrl } = await speak(visit);
  await visit.render('rollouts/member', memberPage(facts, words, { place: 'page', publicUrl }));
};

const report = async (visit: Visit): Promise<void> => {
  const id = visit.param('id');
  if (first(visit.query('format')) === 'json') {
    const sentence = (reason: Parameters<typeof reasonSentence>[1]): string => reasonSentence(visit.t, reason).what;
    const document = await visit.deps.rolloutModel.show(visit.actor, id, sentence);
    visit.response.type('application/json').send(JSON.stringify(document));
    return;
  }
  const model = boards(visit);
  const facts = await model.board(visit.actor, id);
  const { words, settings } = await speak(visit);
  const wish = {
    kabupaten: settings.kabupaten?.nama ?? '',
    office: settings.brandName ?? 'Diskominfo',
    turns: await model.turns(visit.actor, id),
  };
  await visit.render('rollouts/report', reportPage(facts, words, wish));
};

const press =
  (command: Command) =>
  async (visit: Visit): Promise<void> => {
    const only = first(visit.body('kode')) || null;
    await visit.deps.rollouts.command(visit.actor, visit.param('id'), command, only);
    visit.go(`/pembaruan/${visit.param('id')}`, visit.t.web.notices[command]);
  };

const CONFIRMS = {
  rollback: { confirm: rollbackConfirm, word: rollbackWord },
  cancel: { confirm: cancelConfirm, word: cancelWord },
} as const;
type Confirmed = keyof typeof CONFIRMS;
const ask =
  (command: Confirmed) =>
  async (visit: Visit): Promise<void> => {
    const facts = await boards(visit).board(visit.actor, visit.param('id'));
    const { words } = await speak(visit);
    const confirm = CONFIRMS[command].confirm(facts, words);
    await visit.render('rollouts/confirm', {
      rolloutId: facts.rollout.id,
      rolloutTitle: titleOf(facts, words),
      confirm,
    });
  };
const confirmed =
  (command: Confirmed) =>
  async (visit: Visit): Promise<void> => {
    const facts = await boards(visit).board(visit.actor, visit.param('id'));
    const { words } = await speak(visit);
    const { confirm, word } = CONFIRMS[command];
    const expected = word(facts, words);
    const typed = first(visit.body('confirm')).trim();
    if (typed === expected) return press(command)(visit);
    const form = {
      values: { confirm: typed },
      errors: [{ field: 'confirm', message: words.t.web.forms.typed(expected) }],
    };
    await visit.render(
      'rollouts/confirm',
      {
        rolloutId: facts.rollout.id,
        rolloutTitle: titleOf(facts, words),
        confirm: confirm(facts, words, form),
      },
      422,
    );
  };

const known = (handle: Route['handle']): Route['handle'] => {
  return async (visit) => {
    if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(visit.param('id'))) throw new AppError('not_found', { what: 'rollout' });
    await handle(visit);
  };
};

export const rolloutRoutes: readonly Route[] = [
  route('get', '/pembaruan', 'rollout.read', list),
  ...planRoutes,
  route('get', '/pembaruan/:id', 'rollout.read', known(board)),
  route('get', '/pembaruan/:id/desa/:kode', 'rollout.read', known(member)),
  route('get', '/pembaruan/:id/laporan', 'rollout.read', known(report)),
  route('post', '/pembaruan/:id/jeda', 'rollout.control', known(press('pause'))),
  route('post', '/pembaruan/:id/lanjut', 'rollout.control', known(press('resume'))),
  route('post', '/pembaruan/:id/ulangi', 'rollout.control', known(press('retry'))),
  route('get', '/pembaruan/:id/batal', 'rollout.control', known(ask('cancel'))),
  route('post', '/pembaruan/:id/batal', 'rollout.control', known(confirmed('cancel'))),
  route('get', '/pembaruan/:id/mundur', 'rollout.control', known(ask('rollback'))),
  route('post', '/pembaruan/:id/mundur', 'rollout.control', known(confirmed('rollback'))),
];
