import { ERROR_STATUS, type ErrorCode } from '../../server/domain/error-codes';
import { AppError } from '../../server/domain/errors';
import { problems as en } from '../../server/texts/en/errors';
import { problems as id } from '../../server/texts/id/errors';
import { errorSentence } from '../../server/texts/error-sentence';

const CODES = Object.keys(ERROR_STATUS) as ErrorCode[];

test.each(['id', 'en'] as const)('every code has a sentence and a next step in %s', (locale) => {
  for (const code of CODES) {
    const { what, next } = errorSentence(locale, new AppError(code));
    expect([code, what.length > 8, next.length > 8]).toEqual([code, true, true]);
  }
});

test('both languages know the same problems and use the same facts', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(id).sort());
  const facts = (text: { what: string; next: string } | undefined): string[] =>
    [...`${text?.what ?? ''} ${text?.next ?? ''}`.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(id)) expect([key, facts(en[key])]).toEqual([key, facts(id[key])]);
});

test('facts are filled in; placeholders of a domain pattern stay', () => {
  const changed = new AppError('host_key_changed', { host: 'a.id', expected: 'SHA256:x', actual: null });
  expect(errorSentence('en', changed).what).toContain('SHA256:x was expected, — was found');
  const pattern = new AppError('invalid_input', { problem: 'pattern_desa_missing' });
  expect(errorSentence('id', pattern).what).toBe('Pola harus berisi {desa}.');
  const used = new AppError('release_in_use', { version: '2409.0.0', desa: 3 });
  expect(errorSentence('id', used).what).toBe('Rilis 2409.0.0 masih dipakai 3 desa.');
  expect(
    errorSentence('en', new AppError('ssh_unreachable', { reason: 'port_closed', host: 'a.id', port: 22 })).what,
  ).toBe('Port 22 of a.id is closed.');
});

test('an unknown account, a wrong password and a locked account read alike', () => {
  expect(errorSentence('id', new AppError('sign_in_failed')).what).toMatch(/email atau kata sandi tidak cocok, atau/i);
});
