import { AppError } from '../../domain/errors';
import { searchMessages } from '../../services/operations/messages';
import { messageOf } from '../../texts/message-book';
import { first, route, type Route, type Visit } from '../web';

const list = async (visit: Visit): Promise<void> => {
  const words = first(visit.query('cari')).trim().slice(0, 100);
  const entries = searchMessages(words).flatMap((code) => messageOf(visit.locale, code) ?? []);
  await visit.render('guide/index', { words, entries });
};
const show = async (visit: Visit): Promise<void> => {
  const entry = messageOf(visit.locale, visit.param('code'));
  if (entry === null) throw new AppError('not_found', { what: 'message', code: visit.param('code') });
  await visit.render('guide/show', { entry });
};

export const guideRoutes: readonly Route[] = [
  route('get', '/panduan/pesan', 'profile.own', list),
  route('get', '/panduan/pesan/:code', 'profile.own', show),
];
