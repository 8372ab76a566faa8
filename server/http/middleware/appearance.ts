import type { Request } from 'express';
import type { Locale } from '../../texts';

/** Language and theme travel in cookies: they work before sign-in and without JavaScript. */
const cookie = (request: Request, name: string): string | null => {
  const found = (request.headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim().split('='))
    .find(([key]) => key === name);
  return found?.[1] ?? null;
};
export const localeOf = (request: Request, otherwise: Locale = 'id'): Locale => {
  const chosen = cookie(request, 'sp_bahasa');
  return chosen === 'en' || chosen === 'id' ? chosen : otherwise;
};
export const themeOf = (request: Request): 'light' | 'dark' | null => {
  const theme = cookie(request, 'sp_tema');
  return theme === 'dark' || theme === 'light' ? theme : null;
};
/** Only paths of our own: a forged `kembali` must not lead elsewhere. */
export const safeBack = (path: string): string => (/^\/(?![/\\])/.test(path) ? path : '/');
