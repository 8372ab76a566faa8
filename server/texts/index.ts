import type { Reason } from '../domain/deployment';
import type { Locale } from '../domain/user';
import { en } from './en';
import { id, type Messages } from './id';
import type { ReasonText } from './reason-text';

export type { Locale, Messages };
export const MESSAGES: Readonly<Record<Locale, Messages>> = { id, en };

const TEXT_BY_CODE = (messages: Messages): Readonly<Record<string, ReasonText>> => messages.reasons;

export interface ReasonSentence {
  readonly short: string;
  readonly what: string;
  readonly who: string;
  readonly next: string;
}

/** The text of a code; a failure at the outside world has a better one when it names its cause. */
const textOf = (messages: Messages, reason: Reason): ReasonText | undefined => {
  const texts = TEXT_BY_CODE(messages);
  const cause = `cause_${String(reason.params['reason'])}`;
  if (reason.code.startsWith('provision_') && Object.hasOwn(texts, cause)) return texts[cause];
  return Object.hasOwn(texts, reason.code) ? texts[reason.code] : undefined;
};

/** The sentence of a reason in one language; a code without text says so and names itself. */
export const reasonSentence = (messages: Messages, reason: Reason): ReasonSentence => {
  const known = textOf(messages, reason);
  const text = known ?? messages.reasons.unknown;
  const params: Reason['params'] = known ? reason.params : { ...reason.params, code: reason.code };
  const value = (name: string): string => {
    const found = params[name];
    if (found === undefined || found === null) return '—';
    const words = name === 'cause' ? causeWords(messages, String(found)) : null;
    return words ?? String(found);
  };
  return { short: text.short(value), what: text.what(value), who: text.who(value), next: text.next(value) };
};

/** A cause is a code too: of a task, or of the failure that came before. */
const causeWords = (messages: Messages, cause: string): string | null => {
  const texts = TEXT_BY_CODE(messages);
  const key = [`cause_${cause}`, cause].find((one) => Object.hasOwn(texts, one));
  return key === undefined ? null : (texts[key]?.short(() => '—') ?? null);
};

/** Whether a code has a sentence of its own. */
export const hasSentence = (messages: Messages, code: string): boolean => Object.hasOwn(messages.reasons, code);
