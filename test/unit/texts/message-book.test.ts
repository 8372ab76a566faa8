import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ERROR_STATUS } from '../../../server/domain/error-codes';
import { searchMessages } from '../../../server/services/operations/messages';
import { MESSAGES, reasonSentence } from '../../../server/texts';
import { messageBook, messageOf, messagePage } from '../../../server/texts/message-book';
import { messageDocument } from '../../../server/texts/message-page';

const codes = (locale: 'id' | 'en') => messageBook(locale).map(({ code, meanings }) => `${code} ${meanings.length}`);

it('explains the same codes in both languages', () => {
  expect(codes('en')).toEqual(codes('id'));
});

it('has a page for every code an answer or a reason can carry', () => {
  const carried = [...Object.keys(ERROR_STATUS), ...Object.keys(MESSAGES.id.reasons)];
  expect(carried.length).toBeGreaterThan(150);
  expect(carried.filter((code) => messageOf('id', code) === null)).toEqual([]);
});

it.each(['id', 'en'] as const)('leaves no hole in a sentence (%s)', (locale) => {
  const sentences = messageBook(locale).flatMap(({ code, meanings }) =>
    meanings.flatMap(({ what, who, next }) => [what, who ?? '…', next].map((text) => [code, text] as const)),
  );
  expect(sentences.filter(([, text]) => text === '' || /undefined|null|NaN|[{}]| {2}/.test(text))).toEqual([]);
});

it('a reason names the page of the sentence it got', () => {
  const sentence = reasonSentence(MESSAGES.id, { code: 'provision_failed', params: { reason: 'structure_missing' } });
  expect([sentence.code, messageOf('id', sentence.code)?.meanings[0]?.next]).toEqual([
    'cause_structure_missing',
    sentence.next,
  ]);
  const unknown = reasonSentence(MESSAGES.id, { code: 'brand_new', params: {} });
  expect([unknown.code, messageOf('id', unknown.code) === null]).toEqual(['unknown', false]);
});

it('is found by its code and by words of both languages', () => {
  expect(searchMessages('wrong_identity')).toContain('wrong_identity');
  expect(searchMessages('desa lain')).toContain('wrong_identity');
  expect(searchMessages('Another')).toContain('wrong_identity');
  expect(searchMessages('tidak ada kalimat ini')).toEqual([]);
  expect(messagePage('wrong_identity')).toBe('/panduan/pesan/wrong_identity');
});

it('stands in the documents as it stands in the dashboard: npx tsx bench/message-page.ts', () => {
  const file = path.join(__dirname, '..', '..', '..', 'docs', 'pesan.md');
  expect(readFileSync(file, 'utf8')).toBe(messageDocument());
});
