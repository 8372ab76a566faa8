import { createFormat } from '../../../server/http/format';
import { auditPage } from '../../../server/http/pages/audit-page';
import { MESSAGES, type Locale } from '../../../server/texts';
import { auditKey, auditValue } from '../../../server/texts/audit-words';
import { NOW } from '../views/fixtures/page';

const FILTER = { by: '', act: '', object: '', since: '', until: '' };
/** What the page says changed. */
const changes = (locale: Locale, before: unknown, after: unknown): readonly string[] => {
  const item = { id: 1, actor: 'Rina', act: 'sign_in', object: 'user:a@b.id', before, after, at: new Date(NOW) };
  const facts = { items: [item], pageSize: 10, filter: FILTER, beforeId: null, verdict: null, nameOf: () => null };
  const { rows } = auditPage(facts, { t: MESSAGES[locale], f: createFormat(locale, 'WIB', NOW), apps: [] });
  return rows.flatMap((row) => row.changes.map((one) => `${one.key}: ${one.before ?? '—'} → ${one.after ?? '—'}`));
};

test.each([
  ['id', { how: 'link' }, 'cara: — → tautan sekali pakai'],
  ['en', { how: 'link' }, 'by: — → one-time link'],
  ['id', { access: 'read' }, 'hak: — → hanya membaca'],
  ['en', { access: 'read' }, 'rights: — → reads only'],
  ['id', { kept: true }, 'tersimpan: — → ya'],
] as const)('%s: %j is told in words', (locale, after, said) => {
  expect(changes(locale, null, after)).toEqual([said]);
});

test('states are told as everywhere else, and a value that is nobody’s word stays', () => {
  expect(changes('id', { state: 'rolling' }, { state: 'paused' })).toEqual(['keadaan: Bergulir → Dijeda']);
  expect(changes('id', null, { state: 'unreachable' })).toEqual(['keadaan: — → Tidak terjangkau']);
  expect(changes('id', null, { name: 'link', how: 'toString' })).toEqual(['nama: — → link', 'cara: — → toString']);
  expect(changes('id', 30, 60)).toEqual([': 30 → 60']);
});

test('the terminal has the same words', () => {
  expect([auditKey(MESSAGES.id, 'how'), auditValue(MESSAGES.id, 'how', 'password')]).toEqual(['cara', 'kata sandi']);
  expect([auditKey(MESSAGES.id, 'jti'), auditValue(MESSAGES.id, 'jti', 'x')]).toEqual(['jti', 'x']);
});
