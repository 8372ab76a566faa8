import { errors as enErrors, problems as enProblems } from './en/errors';
import { errors as idErrors, problems as idProblems, type ErrorText } from './id/errors';
import { MESSAGES, type Locale } from './index';
import type { ReasonText } from './reason-text';

/** What a message tells: what happened, who is affected (null: nobody but who asked) and what to do next. "…" stands for a value. */
export interface MessageMeaning {
  readonly what: string;
  readonly who: string | null;
  readonly next: string;
}
export interface MessageEntry {
  /** As it stands beside a message, e.g. `wrong_identity`. */
  readonly code: string;
  /** More than one when a code is used in two places. */
  readonly meanings: readonly MessageMeaning[];
}

const TABLES = {
  id: { reasons: MESSAGES.id.reasons, problems: idProblems, errors: idErrors },
  en: { reasons: MESSAGES.en.reasons, problems: enProblems, errors: enErrors },
} as const satisfies Record<Locale, unknown>;

const blank = (): string => '…';
const ofReason = (text: ReasonText): MessageMeaning => ({
  what: text.what(blank),
  who: text.who(blank),
  next: text.next(blank),
});
const ofError = ({ what, next }: ErrorText): MessageMeaning => {
  const fill = (sentence: string): string => sentence.replace(/\{\w+\}/g, '…');
  return { what: fill(what), who: null, next: fill(next) };
};

const read = (locale: Locale): ReadonlyMap<string, readonly MessageMeaning[]> => {
  const { reasons, problems, errors } = TABLES[locale];
  const book = new Map<string, readonly MessageMeaning[]>();
  const add = (code: string, meaning: MessageMeaning): void => {
    const known = book.get(code) ?? [];
    if (!known.some((one) => one.what === meaning.what)) book.set(code, [...known, meaning]);
  };
  for (const [code, text] of Object.entries<ReasonText>(reasons)) add(code, ofReason(text));
  for (const table of [problems, errors])
    for (const [code, text] of Object.entries<ErrorText>(table)) add(code, ofError(text));
  return book;
};
const BOOKS: Partial<Record<Locale, ReadonlyMap<string, readonly MessageMeaning[]>>> = {};
const bookOf = (locale: Locale): ReadonlyMap<string, readonly MessageMeaning[]> => (BOOKS[locale] ??= read(locale));

/** Every message there is, by code. */
export const messageBook = (locale: Locale): readonly MessageEntry[] =>
  [...bookOf(locale)].map(([code, meanings]) => ({ code, meanings })).sort((a, b) => (a.code < b.code ? -1 : 1));

/** Null when no message has this code. */
export const messageOf = (locale: Locale, code: string): MessageEntry | null => {
  const meanings = bookOf(locale).get(code);
  return meanings === undefined ? null : { code, meanings };
};

/** The page of the dashboard that explains a code. */
export const messagePage = (code: string): string => `/panduan/pesan/${encodeURIComponent(code)}`;
