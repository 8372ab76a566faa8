import type { Messages } from '.';

type Words = Readonly<Record<string, string>>;
const own = (words: Words, word: string): string | null => (Object.hasOwn(words, word) ? (words[word] ?? null) : null);

/** What a key of a written-down change is called. */
export const auditKey = (messages: Messages, key: string): string => own(messages.audit.keys, key) ?? key;

/** A value of a written-down change in words, where it is one of ours; everything else is what it is. */
export const auditValue = (messages: Messages, key: string, value: unknown): unknown => {
  if (typeof value === 'boolean') return messages.audit.answers[value ? 'yes' : 'no'];
  const words: Readonly<Record<string, Words>> = {
    access: messages.profile.access,
    how: messages.audit.hows,
    locale: messages.profile.languages,
    role: messages.profile.roles,
    state: { ...messages.states.rollout, ...messages.states.server },
  };
  const known = Object.hasOwn(words, key) ? words[key] : undefined;
  return (typeof value === 'string' && known !== undefined ? own(known, value) : null) ?? value;
};
