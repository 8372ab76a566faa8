import { sha256 } from '../../auth/one-time-token';
import { AppError } from '../../domain/errors';
import { keepLocale, keepTheme } from '../appearance-cookies';
import { themeOf } from '../middleware/appearance';
import { profilePage } from '../pages/profile-page';
import { EMPTY_FORM, type FormState } from '../view-models/common';
import type { ProfileModel } from '../view-models/profile';
import { first, formOf, route, type Route, type Visit } from '../web';
import { refusedForm } from './refused';

const draw = async (visit: Visit, refused: ProfileModel['refused'], form: FormState, status: number): Promise<void> => {
  const { deps, actor } = visit;
  const [user, signIns, tokens] = await Promise.all([
    deps.auth.find(actor.id),
    deps.auth.signIns(actor),
    deps.personalTokens.list(actor),
  ]);
  if (user === null) throw new AppError('not_signed_in');
  const region = user.wilayahKode === null ? null : await deps.transact.read.wilayah.find(user.wilayahKode);
  const facts = {
    user,
    wilayah: region?.nama ?? user.wilayahKode,
    signIns,
    current: sha256(visit.request.sessionID),
    tokens,
    theme: themeOf(visit.request) ?? ('auto' as const),
    now: new Date(),
  };
  await visit.render('profile/index', profilePage(facts, refused, form), status);
};
const field = (visit: Visit, name: string): string => first(visit.body(name));

const saveMe = async (visit: Visit): Promise<void> => {
  const locale = field(visit, 'bahasa') === 'en' ? 'en' : 'id';
  try {
    await visit.deps.users.changeOwn(visit.actor, { name: field(visit, 'nama'), locale });
  } catch (error) {
    return draw(visit, 'me', refusedForm(visit, error, { name: 'nama', locale: 'bahasa' }), 422);
  }
  keepLocale(visit, locale);
  keepTheme(visit, field(visit, 'tema'));
  visit.go('/profil', visit.t.profile.notices.saved);
};

const PASSWORD_FIELDS = { current: 'lama', password: 'baru' };
const savePassword = async (visit: Visit): Promise<void> => {
  const [current, password] = [field(visit, 'lama'), field(visit, 'baru')];
  try {
    const { sessionID: sessionId } = visit.request;
    await visit.deps.users.changeOwnPassword(visit.actor, { current, password, sessionId });
  } catch (error) {
    const wrong = error instanceof AppError && error.code === 'sign_in_failed';
    const form = wrong
      ? formOf({}, [{ field: 'lama', message: visit.t.profile.wrongPassword }])
      : refusedForm(visit, error, PASSWORD_FIELDS);
    return draw(visit, 'password', { ...form, values: {} }, 422);
  }
  visit.go('/profil', visit.t.profile.notices.password);
};

const endSignIn = async (visit: Visit): Promise<void> => {
  const { deps, actor, t } = visit;
  const id = visit.param('id');
  if (id === 'lain') await deps.auth.revokeOthers(actor, visit.request.sessionID);
  else await deps.auth.revoke(actor, id);
  visit.go('/profil', t.profile.notices.ended);
};

const TOKEN_FIELDS = { name: 'nama_token', access: 'akses', days: 'hari' };
const makeToken = async (visit: Visit): Promise<void> => {
  const days = field(visit, 'hari');
  const access = field(visit, 'akses') === 'full' ? 'full' : 'read';
  try {
    const input = { name: field(visit, 'nama_token'), access, days: days === '' ? null : Number(days) } as const;
    const { token, item } = await visit.deps.personalTokens.create(visit.actor, input);
    await visit.render('profile/token', { name: item.name, token, expiresAt: item.expiresAt?.toISOString() ?? null });
  } catch (error) {
    if (error instanceof AppError && error.field === null) throw error;
    return draw(visit, 'token', refusedForm(visit, error, TOKEN_FIELDS), 422);
  }
};
const revokeToken = async (visit: Visit): Promise<void> => {
  const { name } = await visit.deps.personalTokens.revoke(visit.actor, visit.param('id'));
  visit.go('/profil', visit.t.profile.notices.revoked(name));
};

export const profileRoutes: readonly Route[] = [
  route('get', '/profil', 'profile.own', (visit) => draw(visit, null, EMPTY_FORM, 200)),
  route('post', '/profil', 'profile.own', saveMe),
  route('post', '/profil/sandi', 'profile.own', savePassword),
  route('post', '/profil/sesi/:id/akhiri', 'profile.own', endSignIn),
  route('post', '/profil/token', 'profile.own', makeToken),
  route('post', '/profil/token/:id/cabut', 'profile.own', revokeToken),
];
