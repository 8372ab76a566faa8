import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { AppError } from '../../domain/errors';
import type { User } from '../../domain/user';
import { errorSentence } from '../../texts/error-sentence';
import { keepLocale, keepTheme } from '../appearance-cookies';
import { safeBack } from '../middleware/appearance';
import { EMPTY_FORM } from '../view-models/common';
import { first, formOf, route, type Route, type Visit } from '../web';

/** A fresh session id for the new rights; the old one opens nothing any more. */
export const signIn = async (request: Request, user: User): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    request.session.regenerate((error: unknown) =>
      error === undefined || error === null ? resolve() : reject(new AppError('internal', {}, { cause: error })),
    );
  });
  request.session.userId = user.id;
  request.session.ip = request.ip ?? '';
  request.session.userAgent = (request.headers['user-agent'] ?? '').slice(0, 200);
  // Kept before the redirect leaves: the next request must find it.
  await new Promise<void>((resolve, reject) => {
    request.session.save((error: unknown) => {
      if (error === undefined || error === null) resolve();
      else reject(new AppError('internal', {}, { cause: error }));
    });
  });
};
/** Secret of this browser that one-time links are bound to. */
export const browserKey = (request: Request): string =>
  (request.session.browserKey ??= randomBytes(24).toString('base64url'));

/** Before the first account there is nobody to sign in: the page says where the set-up link comes from. */
const showSignIn = async (visit: Visit): Promise<void> => {
  const { account } = await visit.deps.setup.status();
  const { lead, command } = visit.t.web.notSetUp;
  await visit.render('session/sign-in', {
    form: account ? EMPTY_FORM : { values: {}, errors: [{ field: '', message: `${lead} ${command}` }] },
    back: safeBack(first(visit.query('kembali'), '/')),
    lockedUntil: null,
  });
};

/** The language of the account, unless this browser has chosen one already. */
const greet = (visit: Visit, user: User): void => {
  if (!/\bsp_bahasa=/.test(visit.request.headers.cookie ?? '')) keepLocale(visit, user.locale);
};
const trySignIn = async (visit: Visit): Promise<void> => {
  const [email, password, back] = ['email', 'password', 'kembali'].map((name) => first(visit.body(name)));
  try {
    const user = await visit.deps.auth.signIn({ email: email ?? '', password: password ?? '' });
    await signIn(visit.request, user);
    greet(visit, user);
    visit.go(safeBack(back ?? '/'));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'sign_in_failed') throw error;
    const message = errorSentence(visit.locale, error).what;
    await visit.render(
      'session/sign-in',
      {
        // Never which of the two was wrong.
        form: formOf(visit.request.body, [{ field: '', message }]),
        back: safeBack(back ?? '/'),
        lockedUntil: null,
      },
      422,
    );
  }
};

/** A page with one button: only its press uses the link up. */
const showLink = async (visit: Visit): Promise<void> => {
  const token = visit.param('token');
  if (!(await visit.deps.auth.isSignInLinkOpen(token))) throw new AppError('link_invalid');
  await visit.render('session/link', { token });
};
const useLink = async (visit: Visit): Promise<void> => {
  const user = await visit.deps.auth.signInWithLink(visit.param('token'), browserKey(visit.request));
  await signIn(visit.request, user);
  greet(visit, user);
  visit.go('/');
};

const appearance = async (visit: Visit): Promise<void> => {
  const [theme, locale] = [first(visit.body('theme')), first(visit.body('locale'))];
  if (theme !== '') keepTheme(visit, theme);
  if (locale === 'id' || locale === 'en') keepLocale(visit, locale);
  visit.go(safeBack(first(visit.body('kembali'), '/')));
};

export const sessionRoutes: readonly Route[] = [
  route('get', '/masuk', null, showSignIn),
  route('post', '/masuk', null, trySignIn),
  route('get', '/masuk/:token', null, showLink),
  route('post', '/masuk/:token', null, useLink),
  route('post', '/keluar', null, async (visit) => {
    await new Promise<void>((resolve) => visit.request.session.destroy(() => resolve()));
    visit.response.redirect(303, '/masuk');
  }),
  route('post', '/tampilan', null, appearance),
];
