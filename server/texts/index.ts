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

/** The sentence of a reason in one language; a code without text says so and names itself. */
export const reasonSentence = (messages: Messages, reason: Reason): ReasonSentence => {
  const known = Object.hasOwn(messages.reasons, reason.code) ? TEXT_BY_CODE(messages)[reason.code] : undefined;
  const text = known ?? messages.reasons.unknown;
  const params: Reason['params'] = known ? reason.params : { ...reason.params, code: reason.code };
  const value = (name: string): string => {
    const found = params[name];
    return found === undefined || found === null ? '—' : String(found);
  };
  return { short: text.short(value), what: text.what(value), who: text.who(value), next: text.next(value) };
};
