import type { Locale } from '../texts';
import type { Visit } from './web';

const YEAR = { maxAge: 365 * 86_400_000, sameSite: 'lax', path: '/' } as const;

/** Language and theme travel in cookies: they work before sign-in and without JavaScript. */
export const keepLocale = ({ response }: Visit, locale: Locale): void =>
  void response.cookie('sp_bahasa', locale, { ...YEAR, httpOnly: true });

/** light or dark; anything else follows the device. */
export const keepTheme = ({ response }: Visit, theme: string): void => {
  if (theme === 'light' || theme === 'dark') response.cookie('sp_tema', theme, YEAR);
  else response.clearCookie('sp_tema', { path: '/' });
};
