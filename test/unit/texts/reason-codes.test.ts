import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ProvisionError } from '../../../provisioners/contracts';
import { describe as sentenceOf } from '../../../server/cli/output';
import { AppError } from '../../../server/domain/errors';
import { MESSAGES, reasonSentence } from '../../../server/texts';
import { problems as enProblems } from '../../../server/texts/en/errors';
import { problems as idProblems } from '../../../server/texts/id/errors';

const ROOT = path.resolve(__dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const sources = (folder: string): string =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('texts'))
    .map((name) => read(path.join(folder, name)))
    .join('\n');
const all = (text: string, pattern: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map((match) => match[1]!)),
];
/** Quoted words between two lines of a file. */
const between = (file: string, from: string, to: string): readonly string[] => {
  const text = read(file);
  const start = text.indexOf(from);
  expect([file, from, start]).not.toEqual([file, from, -1]);
  return all(text.slice(start, text.indexOf(to, start)), /(?:\? |: |return |\?\? )'([a-z]+(?:_[a-z]+)+)'/g);
};

const SERVER = sources('server');
const PROVISIONERS = sources('provisioners');
/** The words of `type Name = 'a' | 'b';`, wherever it stands. */
const union = (name: string): readonly string[] => {
  const found =
    new RegExp(`type ${name} =([^;]+);`).exec(PROVISIONERS) ?? new RegExp(`type ${name} =([^;]+);`).exec(SERVER);
  expect([name, found !== null]).toEqual([name, true]);
  return all(found?.[1] ?? '', /'([a-z_]+)'/g);
};
const prefixed = (prefix: string, codes: readonly string[]): readonly string[] => codes.map((one) => prefix + one);
const LOOKS = read('server/steps/proof.ts');
const RELEASES = sources('provisioners/releases');
const DATABASES = sources('provisioners/databases');

const EMITTED: Readonly<Record<string, readonly string[]>> = {
  'failures of steps': all(SERVER, /new StepError\(\s*'(\w+)'/g),
  'looks that measured nothing': ['unmeasured', ...all(SERVER, /new Unmeasured\(\s*'(\w+)'/g)],
  'reasons written out': all(SERVER, /\{ code: '(\w+)', params/g),
  'reasons over two lines': all(SERVER, /reason: \{\s*code: '(\w+)'/g),
  'what a look found': all(LOOKS, /failed\(\s*'(\w+)'/g),
  plans: all(read('server/domain/rollout-plan.ts'), /reason\('(\w+)'/g),
  tasks: all(
    sources('server/steps'),
    /mustSucceed\([\s\S]{0,200}?'(provision|migration|own_migration|follow_up)',?\s*\)/g,
  ).map((one) => `${one}_failed`),
  'the world outside': prefixed('provision_', union('ProvisionCode')),
  'refused releases': [
    ...union('ReleaseFault'),
    ...all(RELEASES, /reason: '(\w+)'/g),
    ...all(
      read('server/services/release-service.ts') + read('server/wiring/engine.ts'),
      /'release_invalid', \{ problem: '(\w+)'/g,
    ),
  ],
  'verdicts of OpenSID': prefixed('cause_', [
    ...all(/EXIT_REASONS[^{]+\{([^}]+)\}/.exec(read('provisioners/lib/opensid-files.ts'))![1]!, /'(\w+)'/g),
    ...between('provisioners/lib/opensid-files.ts', 'function failure', '\n}'),
  ]),
  'verdicts of Laravel': prefixed('cause_', between('provisioners/lib/laravel-app.ts', 'const reason =', ';')),
  'proofs of a migration': prefixed('cause_', all(read('server/steps/schema-proof.ts'), /verdict\('(\w+)'/g)),
  databases: prefixed('cause_', all(DATABASES, /reason: '(\w+)'/g)),
  networks: prefixed('cause_', all(read('provisioners/targets/docker/networks.ts'), /reason: '(no_\w+)'/g)),
  'names an authority refuses': prefixed(
    'certificate_',
    all(/REFUSAL_PROBLEMS = \[([^\]]+)\]/.exec(read('server/domain/certificate.ts'))![1]!, /'(\w+)'/g),
  ),
  'certificates that do not come': all(read('server/services/certificate-state.ts'), /'(certificate_\w+)'/g),
  'findings of doctor': prefixed('doctor_', [
    ...union('EngineLack'),
    ...prefixed('host_', union('HostLimitCode')),
    ...all(read('server/wiring/doctor.ts'), /code: '(\w+)',\s*ok:/g),
  ]),
};

test('the codes are found where they are written', () => {
  for (const [where, codes] of Object.entries(EMITTED)) expect([where, codes.length > 0]).toEqual([where, true]);
  expect(Object.values(EMITTED).flat()).toEqual(
    expect.arrayContaining([
      ...['same_failure', 'unmeasured', 'install_release_differs', 'desa_behind', 'pair_too_new', 'host_taken'],
      ...['encoded_php', 'provision_no_space', 'migration_failed', 'cause_not_migrated', 'cause_task_died', 'held'],
      ...['doctor_disk', 'doctor_part', 'doctor_no_live_restore', 'wrong_identity', 'busy', 'cancelled', 'not_stored'],
    ]),
  );
});

describe.each(['id', 'en'] as const)('in %s', (locale) => {
  const messages = MESSAGES[locale];
  test.each(Object.entries(EMITTED))('%s: each code has its three parts', (_where, codes) => {
    expect(codes.filter((code) => !Object.hasOwn(messages.reasons, code))).toEqual([]);
    for (const code of codes) {
      const { short, what, who, next } = reasonSentence(messages, { code, params: {} });
      expect([code, [short, what, who, next].every((part) => part.length >= 3)]).toEqual([code, true]);
      expect([code, /[.…]$/.test(what)]).toEqual([code, true]);
    }
  });

  test('each problem of a refused act has words', () => {
    const problems: Readonly<Record<string, unknown>> = locale === 'id' ? idProblems : enProblems;
    const known = (code: string): boolean => Object.hasOwn(problems, code) || Object.hasOwn(messages.reasons, code);
    const written = [...all(SERVER, /problem: '(\w+)'/g), ...prefixed('pattern_', union('PatternFault'))];
    expect(written.length).toBeGreaterThan(10);
    expect(written.filter((code) => !known(code))).toEqual([]);
  });

  test('encoded and premium releases say that they need a token of OpenDesa', () => {
    const wanted = locale === 'id' ? 'butuh token OpenDesa' : 'needs an OpenDesa token';
    for (const code of ['encoded_php', 'premium_needs_token']) {
      const { short, what } = reasonSentence(messages, { code, params: { files: 3, path: 'donjo-app/a.php' } });
      expect(short).toBe(wanted);
      expect(what).toMatch(locale === 'id' ? /butuh token OpenDesa/ : /OpenDesa token/);
    }
  });
});

test('a sentence that is equal in both languages was forgotten', () => {
  const equal = Object.keys(MESSAGES.id.reasons).filter((code) => {
    const [id, en] = [MESSAGES.id, MESSAGES.en].map((messages) => reasonSentence(messages, { code, params: {} }));
    return id!.what === en!.what || id!.who === en!.who || id!.next === en!.next;
  });
  expect(equal).toEqual([]);
});

test('every reason that has a sentence is one that something emits', () => {
  // A fallback, and three that the screens know before anything measures them.
  const others = new Set(['unknown', 'dns_elsewhere', 'fingerprint_differs', 'old_release_gone']);
  const emitted = new Set(Object.values(EMITTED).flat());
  const spare = Object.keys(MESSAGES.id.reasons).filter((code) => !emitted.has(code) && !others.has(code));
  expect(spare).toEqual([]);
});

test('a cause is told in words', () => {
  const reason = { code: 'migration_failed', params: { cause: 'not_migrated' } };
  expect(reasonSentence(MESSAGES.id, reason).short).toBe('migrasi gagal: migrasi tidak tuntas');
  const undo = { code: 'provision_failed', params: { reason: 'incomplete_dump', message: 'The dump is cut short' } };
  expect(reasonSentence(MESSAGES.en, undo).what).toBe('The snapshot of the database stopped before its end.');
});

describe('the terminal says what happened and what to do', () => {
  const said = (error: unknown): string => sentenceOf(error, 'id');
  test('a plan that cannot start', () => {
    const error = new AppError('rollout_blocked', { problem: 'desa_behind', count: 2, first: '33.05.05.2011' });
    expect(said(error)).toBe(
      '2 desa, antara lain 33.05.05.2011, masih memakai kode yang lebih lama; migrasi ditahan. Perbarui desa yang tertinggal dulu. [rollout_blocked]',
    );
  });
  test('a refused release', () => {
    const error = new AppError(
      'release_invalid',
      { problem: 'encoded_php', files: 4, path: 'app/a.php' },
      { field: 'location' },
    );
    expect(said(error)).toBe(
      'location: 4 berkas PHP terkunci, antara lain app/a.php; rilis ini butuh token OpenDesa. Pakai rilis umum, atau pasang token OpenDesa. [release_invalid]',
    );
  });
  test('a wrong word, by its code alone', () => {
    expect(said(new AppError('confirmation_mismatch', { expected: 'demo' }))).toBe(
      'Ketikan konfirmasi tidak sama. Ketik persis: demo [confirmation_mismatch]',
    );
    expect(said(new AppError('database_down'))).toContain('siappakai up');
  });
  test('a failure of the world outside', () => {
    expect(said(new ProvisionError('no_space', 'write failed'))).toBe(
      'Disk server tidak cukup untuk langkah ini. Hapus cuplikan atau rilis lama, lalu Ulangi. [no_space: write failed]',
    );
  });
});
