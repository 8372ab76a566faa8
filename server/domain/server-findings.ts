import type { MachineFacts } from '../../provisioners/contracts';
import type { Finding, ServerState } from './server';

const GIB = 1024 ** 3;
const NEEDS = {
  cores: 2,
  memoryBytes: 3.5 * GIB,
  diskFreeBytes: 20 * GIB,
  neighbours: 4096,
  engine: [20, 10],
} as const;
const SYSTEMS: readonly string[] = ['debian', 'ubuntu'];
const ARCHITECTURES: readonly string[] = ['x86_64', 'aarch64'];
const SKEW = { warning: 5, error: 60 } as const;

/** Every code has its sentence and its remedy in `server/texts/server-findings.ts`. */
export const FINDING_CODES = [
  'os_unsupported',
  'arch_unsupported',
  'cores_few',
  'memory_small',
  'disk_small',
  'sudo_missing',
  'engine_missing',
  'engine_silent',
  'engine_old',
  'storage_driver',
  'live_restore_off',
  'neighbours_few',
  'clock_off',
  'not_measured',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

type Params = Finding['params'];
const error = (code: FindingCode, params: Params = {}): Finding => ({ code, severity: 'error', params });
const warning = (code: FindingCode, params: Params = {}): Finding => ({ code, severity: 'warning', params });
const gib = (bytes: number): number => Math.round((bytes / GIB) * 10) / 10;

const isOlder = (version: string, [major, minor]: readonly [number, number]): boolean => {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
};

const systemFindings = (facts: MachineFacts): readonly Finding[] => [
  ...(facts.osId !== null && SYSTEMS.includes(facts.osId)
    ? []
    : [error('os_unsupported', { found: facts.osId ?? '?', version: facts.osVersion })]),
  ...(facts.arch !== null && ARCHITECTURES.includes(facts.arch)
    ? []
    : [error('arch_unsupported', { found: facts.arch ?? '?' })]),
  ...(facts.elevation === 'none' ? [error('sudo_missing')] : []),
];

/** A size below its need; one that could not be measured is told too, never taken for good. */
const sizeFindings = (facts: MachineFacts): readonly Finding[] => {
  const check = (what: string, found: number | null, need: number, finding: () => Finding): readonly Finding[] => {
    if (found === null) return [warning('not_measured', { what })];
    return found < need ? [finding()] : [];
  };
  const { cores, memoryBytes, diskFreeBytes, neighbourLimit } = facts;
  return [
    ...check('cores', cores, NEEDS.cores, () => warning('cores_few', { found: cores, need: NEEDS.cores })),
    ...check('memory', memoryBytes, NEEDS.memoryBytes, () =>
      error('memory_small', { found: gib(memoryBytes ?? 0), need: gib(NEEDS.memoryBytes) }),
    ),
    ...check('disk', diskFreeBytes, NEEDS.diskFreeBytes, () =>
      error('disk_small', { found: gib(diskFreeBytes ?? 0), need: gib(NEEDS.diskFreeBytes) }),
    ),
    ...check('neighbours', neighbourLimit, NEEDS.neighbours, () =>
      warning('neighbours_few', { found: neighbourLimit, need: NEEDS.neighbours }),
    ),
  ];
};

const engineFindings = (facts: MachineFacts): readonly Finding[] => {
  if (facts.engine === 'missing') return [error('engine_missing')];
  if (facts.engine === 'silent') return [error('engine_silent')];
  const version = facts.engineVersion ?? '0';
  return [
    ...(isOlder(version, NEEDS.engine) ? [error('engine_old', { found: version, need: NEEDS.engine.join('.') })] : []),
    ...(facts.storageDriver?.startsWith('overlay') === true
      ? []
      : [warning('storage_driver', { found: facts.storageDriver })]),
    ...(facts.liveRestore === true ? [] : [warning('live_restore_off')]),
  ];
};

const clockFindings = (facts: MachineFacts): readonly Finding[] => {
  if (facts.skewSeconds === null) return [warning('not_measured', { what: 'clock' })];
  const seconds = Math.abs(facts.skewSeconds);
  if (seconds >= SKEW.error) return [error('clock_off', { seconds: facts.skewSeconds })];
  return seconds >= SKEW.warning ? [warning('clock_off', { seconds: facts.skewSeconds })] : [];
};

/** What a machine lacks to carry villages, errors first. */
export const judgeMachine = (facts: MachineFacts): readonly Finding[] => {
  const all = [...systemFindings(facts), ...sizeFindings(facts), ...engineFindings(facts), ...clockFindings(facts)];
  return [...all.filter((one) => one.severity === 'error'), ...all.filter((one) => one.severity === 'warning')];
};

export const stateOf = (findings: readonly Finding[]): ServerState =>
  findings.some((one) => one.severity === 'error') ? 'unfit' : 'ready';
