import type { Reason } from '../domain/deployment';
import type { Locale } from '../domain/user';
import { en } from './en';
import { id, type Messages } from './id';
import type { ReasonText } from './reason-text';

export type { Locale, Messages };
export const MESSAGES: Readonly<Record<Locale, Messages>> = { id, en };

const TEXT_BY_CODE = (messages: Messages): Readonly<Record<string, ReasonText>> => messages.reasons;

export interface ReasonSentence {
  /** Under which the message is explained, see message-book.ts. */
  readonly code: string;
  readonly short: string;
  readonly what: string;
  readonly who: string;
  readonly next: string;
}

/** The code whose text is told: a failure at the outside world has a better one when it names its cause. */
const toldCode = (messages: Messages, reason: Reason): string | null => {
  const texts = TEXT_BY_CODE(messages);
  const cause = `cause_${String(reason.params['reason'])}`;
  if (reason.code.startsWith('provision_') && Object.hasOwn(texts, cause)) return cause;
  return Object.hasOwn(texts, reason.code) ? reason.code : null;
};

/** The sentence of a reason in one language; a code without text says so and names itself. */
export const reasonSentence = (messages: Messages, reason: Reason): ReasonSentence => {
  const code = toldCode(messages, reason);
  const text = TEXT_BY_CODE(messages)[code ?? 'unknown'] ?? messages.reasons.unknown;
  const params: Reason['params'] = code === null ? { ...reason.params, code: reason.code } : reason.params;
  const value = (name: string): string => {
    const found = params[name];
    if (found === undefined || found === null) return '—';
    const words = name === 'cause' ? causeWords(messages, String(found)) : null;
    return words ?? String(found);
  };
  return {
    code: code ?? 'unknown',
    short: text.short(value),
    what: text.what(value),
    who: text.who(value),
    next: text.next(value),
  };
};

/** A cause is a code too: of a task, or of the failure that came before. */
const causeWords = (messages: Messages, cause: string): string | null => {
  const texts = TEXT_BY_CODE(messages);
  const key = [`cause_${cause}`, cause].find((one) => Object.hasOwn(texts, one));
  return key === undefined ? null : (texts[key]?.short(() => '—') ?? null);
};

/** Whether a code has a sentence of its own. */
export const hasSentence = (messages: Messages, code: string): boolean => Object.hasOwn(messages.reasons, code);
