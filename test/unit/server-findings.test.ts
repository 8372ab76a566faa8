import type { MachineFacts } from '../../provisioners/contracts';
import { shellQuote } from '../../provisioners/lib/shell-quote';
import { FINDING_CODES, judgeMachine, stateOf } from '../../server/domain/server-findings';
import { findingText } from '../../server/texts/server-findings';

const GIB = 1024 ** 3;
const FIT: MachineFacts = {
  osId: 'debian',
  osVersion: '12',
  kernel: '6.1',
  arch: 'x86_64',
  cores: 4,
  memoryBytes: 8 * GIB,
  diskFreeBytes: 100 * GIB,
  elevation: 'root',
  engine: 'running',
  engineVersion: '20.10.24+dfsg1',
  storageDriver: 'overlay2',
  liveRestore: true,
  cgroupVersion: '2',
  neighbourLimit: 16384,
  skewSeconds: 0,
};
const codes = (change: Partial<MachineFacts>): string[] =>
  judgeMachine({ ...FIT, ...change }).map((one) => `${one.severity}:${one.code}`);

test('a fit machine has no findings', () => {
  expect(codes({})).toEqual([]);
  expect(stateOf([])).toBe('ready');
});

test.each<[Partial<MachineFacts>, string]>([
  [{ osId: 'alpine' }, 'error:os_unsupported'],
  [{ osId: null }, 'error:os_unsupported'],
  [{ arch: 'armv7l' }, 'error:arch_unsupported'],
  [{ cores: 1 }, 'warning:cores_few'],
  [{ memoryBytes: 2 * GIB }, 'error:memory_small'],
  [{ diskFreeBytes: 3 * GIB }, 'error:disk_small'],
  [{ elevation: 'none' }, 'error:sudo_missing'],
  [{ engine: 'missing', engineVersion: null }, 'error:engine_missing'],
  [{ engine: 'silent', engineVersion: null }, 'error:engine_silent'],
  [{ engineVersion: '19.03.8' }, 'error:engine_old'],
  [{ storageDriver: 'vfs' }, 'warning:storage_driver'],
  [{ liveRestore: false }, 'warning:live_restore_off'],
  [{ neighbourLimit: 1024 }, 'warning:neighbours_few'],
  [{ skewSeconds: -9 }, 'warning:clock_off'],
  [{ skewSeconds: 3600 }, 'error:clock_off'],
  [{ memoryBytes: null }, 'warning:not_measured'],
  [{ skewSeconds: null }, 'warning:not_measured'],
])('%j → %s', (change, expected) => expect(codes(change)).toEqual([expected]));

test('errors come first and decide', () => {
  const found = judgeMachine({ ...FIT, cores: 1, engine: 'missing', engineVersion: null });
  expect(found.map((one) => one.code)).toEqual(['engine_missing', 'cores_few']);
  expect(stateOf(found)).toBe('unfit');
});

test.each(['id', 'en'] as const)('every finding has a sentence and a remedy in %s', (locale) => {
  for (const code of FINDING_CODES) {
    const params = { found: 1, need: 2, seconds: 3, what: 'x' };
    const { what, remedy } = findingText(locale, { code, severity: 'error', params });
    expect(what).not.toMatch(/[{}?]/);
    expect(remedy.length).toBeGreaterThan(10);
  }
});

test('quotes everything that a shell could read in another way', () => {
  expect(shellQuote(['docker', 'info', '--format', '{{json .}}'])).toBe("docker info --format '{{json .}}'");
  expect(shellQuote(['echo', '', "it's", 'a=b', '~'])).toBe(String.raw`echo '' 'it'\''s' 'a=b' '~'`);
  expect(shellQuote(['A=b'])).toBe("'A=b'");
  expect(() => shellQuote(['echo', 'a\0b'])).toThrow();
  expect(() => shellQuote([])).toThrow();
});
