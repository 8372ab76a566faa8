import type { AppError } from '../domain/errors';
import type { Locale } from '../domain/user';
import { errors as enErrors, problems as enProblems } from './en/errors';
import { errors as idErrors, problems as idProblems, type ErrorText } from './id/errors';
import { hasSentence, MESSAGES, reasonSentence } from './index';

const TABLES = {
  id: { errors: idErrors, problems: idProblems },
  en: { errors: enErrors, problems: enProblems },
} as const satisfies Record<Locale, unknown>;

/** Words that stand in a sentence with braces and are no facts. */
const LITERAL = new Set(['desa', 'kec', 'jenis', 'suffix']);
const PATTERN_TEXT = /^(pattern_|hosts_clash$)/;

/**
 * What is wrong and what to do, in one language: by `problem` or `reason` of the error's facts (a problem may be the reason
 * of a plan, a release or a step), else by its code.
 */
export const errorSentence = (locale: Locale, error: AppError): ErrorText => {
  const { errors, problems } = TABLES[locale];
  const keys = [error.params['problem'], error.params['reason']].filter((one) => typeof one === 'string');
  const key = keys.find((one) => Object.hasOwn(problems, one));
  const reason = key === undefined ? keys.find((one) => hasSentence(MESSAGES[locale], one)) : undefined;
  if (reason !== undefined) {
    const { what, next } = reasonSentence(MESSAGES[locale], { code: reason, params: error.params });
    return { what, next };
  }
  const text = (key === undefined ? undefined : problems[key]) ?? errors[error.code];
  const literal = key !== undefined && PATTERN_TEXT.test(key);
  const fill = (sentence: string): string =>
    sentence.replace(/\{(\w+)\}/g, (braced, name: string) => {
      if (literal && LITERAL.has(name)) return braced;
      const value = error.params[name];
      return value === undefined || value === null ? '—' : String(value);
    });
  return { what: fill(text.what), next: fill(text.next) };
};
