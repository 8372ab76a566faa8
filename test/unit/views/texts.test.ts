import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MESSAGES, reasonSentence } from '../../../server/texts';
import { eventLine } from '../../../server/texts/event-lines';

const ROOT = path.resolve(__dirname, '../../..');

const leaves = (value: unknown, prefix = ''): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, prefix === '' ? key : `${prefix}.${key}`)) : [[prefix, value]];

test('both languages have the same keys and no empty sentence', () => {
  const [id, en] = [leaves(MESSAGES.id), leaves(MESSAGES.en)];
  expect(en.map(([key]) => key)).toEqual(id.map(([key]) => key));
  expect([...id, ...en].filter(([, text]) => text === '')).toEqual([]);
});

test('texts that are equal in both languages are names and words of both', () => {
  const english = new Map(leaves(MESSAGES.en));
  const equal = leaves(MESSAGES.id).filter(([key, text]) => typeof text === 'string' && english.get(key) === text).map(([, text]) => text);
  expect([...new Set(equal)].sort()).toEqual(
    ['API', 'Bahasa Indonesia', 'CPU', 'English',
      'Disk',
      'internal',
      '—', 'Desa', 'Domain', 'JSON', 'Kabupaten', 'Kelurahan', 'Kode desa', 'Kecamatan', 'Log', 'Menu', 'NIP ………………………', 'No', 'Server', 'SiapPakai', 'Tag', 'Token', 'desa', 'premium', './siappakai up', './siappakai user login-link'].filter((text) => equal.includes(text)).sort(),
  );
});

test('no text is left over: every key is used by a view, a route, a read model or a fixture', () => {
  const files = ['views', 'server', 'test/unit/views/fixtures'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ejs|ts|js)$/.test(name) && !/^texts\/(id|en)\//.test(name))
      .map((name) => readFileSync(path.join(ROOT, folder, name), 'utf8')),
  );
  const everything = files.join('\n');
  const used = (key: string): boolean => {
    const parts = key.split('.');
    const last = parts.at(-1)!;
    if (['reasons', 'states', 'faults', 'errors'].includes(parts[0]!) || /^(rollouts\.(planLines|confirms)|settings\.saved)/.test(key)) return true;
    return new RegExp(`[.'"\\[]${last.replace(/[$-]/g, '\\$&')}\\b`).test(everything) || new RegExp(`\\.${parts.at(-2)!}\\[`).test(everything);
  };
  expect(leaves(MESSAGES.id).map(([key]) => key).filter((key) => !used(key))).toEqual([]);
});

describe('reasons', () => {
  test('give three parts with their values', () => {
    const sentence = reasonSentence(MESSAGES.id, { code: 'wrong_identity', params: { observed: '33.05.22.2003', expected: '33.05.12.2016' } });
    expect(sentence.what).toBe('Yang menjawab adalah desa lain: 33.05.22.2003, seharusnya 33.05.12.2016.');
    expect(sentence.who).not.toBe('');
    expect(sentence.next).not.toBe('');
  });
  test('an unknown code says so and names itself', () => {
    expect(reasonSentence(MESSAGES.id, { code: 'brand_new', params: {} }).what).toContain('brand_new');
    expect(reasonSentence(MESSAGES.en, { code: 'toString', params: {} }).what).toContain('toString');
  });
  test('an answer whose status nobody kept names none', () => {
    expect(reasonSentence(MESSAGES.id, { code: 'http_status', params: {} })).toMatchObject({ short: 'menjawab dengan galat', what: 'Halaman menjawab dengan galat.' });
    expect(reasonSentence(MESSAGES.en, { code: 'http_status', params: { status: 500 } }).what).toBe('The page answers HTTP 500 instead of 200.');
  });
  test('a missing value is a dash, never undefined', () => {
    for (const messages of [MESSAGES.id, MESSAGES.en])
      for (const code of Object.keys(messages.reasons)) expect(JSON.stringify(reasonSentence(messages, { code, params: {} }))).not.toMatch(/undefined|null/);
  });
});

describe('feed lines', () => {
  const span = (seconds: number | null) => `${seconds ?? '—'} dtk`;
  const member = { kode: '33.05.05.2011', nama: 'Klirong', kecamatan: 'Klirong', app: 'opensid', step: 8, steps: 8, reason: null, seconds: 41, serving: '2611.0.0', failedProbes: 0 };
  test('say who and what', () => {
    expect(eventLine(MESSAGES.id, 'member.state', { ...member, state: 'done' }, span)).toEqual({ icon: 'circle-check', tone: 'ok', who: 'Klirong', text: 'selesai, 41 dtk' });
    expect(eventLine(MESSAGES.en, 'member.state', { ...member, state: 'quarantined', reason: { code: 'http_status', params: { status: 500 } } }, span)).toEqual({ icon: 'shield-exclamation', tone: 'act', who: 'Klirong', text: 'quarantined: answers HTTP 500' });
  });
  test('a step is no news, a switch is', () => {
    const step = { kode: member.kode, nama: 'Klirong', kecamatan: 'Klirong', app: 'opensid', step: 5, steps: 8, seconds: 0.1, state: 'done' as const };
    expect(eventLine(MESSAGES.id, 'member.step', { ...step, kind: 'put_files' }, span)).toBeNull();
    expect(eventLine(MESSAGES.id, 'member.step', { ...step, kind: 'switch_traffic' }, span)?.text).toBe('dialihkan ke versi baru');
  });
});

test('every reason that steps, proofs and release checks can give has a sentence of its own', () => {
  const thrown = ['server/steps', 'server/rollouts', 'server/domain', 'provisioners/releases', 'provisioners/lib', 'provisioners/apps'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [...readFileSync(path.join(ROOT, folder, name), 'utf8').matchAll(/(?:new StepError|new Unmeasured|refusal|failed|badStatus)\(\s*'([a-z_]+)'|reason: \{ code: '([a-z_]+)'|startUndo\([^)]*code: '([a-z_]+)'/g)])
      .map((match) => match[1] ?? match[2] ?? match[3]!),
  );
  expect(thrown.length).toBeGreaterThan(20);
  expect([...new Set(thrown)].filter((code) => !Object.hasOwn(MESSAGES.id.reasons, code)).sort()).toEqual([]);
});
