import { z } from 'zod';
import { AppError } from '../../domain/errors';
import { LOCALES, type Locale } from '../../domain/user';
import { messageBook, messageOf, messagePage, type MessageMeaning } from '../../texts/message-book';
import { listOperation } from './list-operation';
import { operation } from './operation';

const meaning = z.object({ what: z.string(), who: z.string().nullable(), next: z.string() });
const meanings = z.object({ id: z.array(meaning), en: z.array(meaning) });
const item = z.object({ code: z.string(), page: z.string(), meanings });

const inBoth = (code: string): Readonly<Record<Locale, MessageMeaning[]>> => ({
  id: [...(messageOf('id', code)?.meanings ?? [])],
  en: [...(messageOf('en', code)?.meanings ?? [])],
});
const toItem = (code: string): z.output<typeof item> => ({ code, page: messagePage(code), meanings: inBoth(code) });

export const messageList = listOperation({
  name: 'message.list',
  summary: 'Every message by its code: what it means, who is affected, what to do next',
  method: 'get',
  path: '/messages',
  action: null,
  cli: ['message list'],
  screens: ['get /panduan/pesan'],
  query: z.strictObject({ search: z.string().trim().min(1).max(100).exactOptional() }),
  item,
  key: (one) => one.code,
  order: 'asc',
  columns: [
    { name: 'code', of: (one) => one.code },
    { name: 'what', of: (one) => one.meanings.en[0]?.what ?? null },
    { name: 'next', of: (one) => one.meanings.en[0]?.next ?? null },
  ],
  rows: async (_context, { search }) => searchMessages(search ?? '').map(toItem),
});

/** Codes whose own name or a sentence in one of the languages contains the words. */
export const searchMessages = (words: string): readonly string[] => {
  const wanted = words.toLowerCase();
  const texts = (code: string): string =>
    LOCALES.flatMap((locale) => inBoth(code)[locale].flatMap(({ what, next }) => [what, next])).join('\n');
  return messageBook('id')
    .map(({ code }) => code)
    .filter((code) => code.includes(wanted) || texts(code).toLowerCase().includes(wanted));
};

export const messageShow = operation({
  name: 'message.show',
  summary: 'What one message means, who is affected and what to do next',
  method: 'get',
  path: '/messages/{code}',
  action: null,
  cli: ['message show'],
  screens: ['get /panduan/pesan/:code'],
  params: z.strictObject({ code: z.string().min(1).max(100) }),
  answer: item,
  async run(_context, { code }) {
    if (messageOf('id', code) === null) throw new AppError('not_found', { what: 'message', code });
    return toItem(code);
  },
});
