import type { Messages } from '../id';

/** What messages mean. */
export const guide: Messages['guide'] = {
  title: 'What messages mean',
  lead: 'Every message carries a code. Look for the code or for a piece of the sentence. “…” stands for a name or a number.',
  search: 'Search codes and sentences',
  go: 'Search',
  found: (n) => `${n} messages`,
  none: (words) => `No message contains “${words}”.`,
  code: 'Code',
  what: 'Meaning',
  next: 'What to do next',
  meaning: (n, of) => `Meaning ${n} of ${of}`,
  nobody: 'Only you, who sent it; nothing changed.',
  terminal: 'In the terminal',
  all: 'All messages',
  explain: 'What this message means',
};
