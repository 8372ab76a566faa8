import type { Command } from 'commander';
import { messageList, messageShow } from '../../services/operations/messages';
import type { Locale } from '../../texts';
import { listing, showing } from '../perform';
import type { Run } from '../program';

export const messageCommands =
  (locale: Locale) =>
  (noun: Command, run: Run): void => {
    const list = noun
      .command('list')
      .description(messageList.summary)
      .option('--search <text>', 'in codes and sentences');
    listing(list, run, messageList, {
      input: ({ search }: { readonly search?: string }) => (search === undefined ? {} : { search }),
    });
    showing(noun.command('show <code>').description(messageShow.summary), run, messageShow, {
      input: (_options: object, code = '') => ({ code }),
      lines: ({ meanings }) =>
        meanings[locale].flatMap(({ what, who, next }) => [what, ...(who === null ? [] : [who]), next]),
    });
  };
