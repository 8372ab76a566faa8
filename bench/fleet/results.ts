import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import path from 'node:path';
import { ROOT } from './build';

const QUIET = 2;
export interface Spread {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}
const round = (value: number): number => Math.round(value * 10) / 10;
/** Nearest rank, so that every number is one that was measured. */
export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number): number => round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
};

const commit = (): string => {
  const git = (...argv: string[]): string => execFileSync('git', argv, { cwd: ROOT, encoding: 'utf8' }).trim();
  try {
    const changed = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      'server',
      'views',
      'migrations',
      'provisioners',
    );
    return `${git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
};

/** What was going on besides: a number measured on a busy machine is worth little. */
export const machineBefore = (): Record<string, unknown> => ({
  at: new Date().toISOString(),
  commit: commit(),
  node: process.version,
  cpus: cpus().length,
  cpu: cpus()[0]?.model ?? '',
  memory: totalmem(),
  loadBefore: loadavg().map(round),
});

/** `bench/results/<name>.json` on a quiet machine, else only a word where it would be; `into` names another folder, quiet or not. */
export const writeResult = (
  name: string,
  before: Readonly<Record<string, unknown>>,
  result: unknown,
  into: string | null,
): void => {
  const [load] = before['loadBefore'] as readonly number[];
  const quiet = (load ?? 99) < QUIET;
  const folder = into ?? path.join(ROOT, 'bench', 'results');
  if (!quiet && into === null) {
    process.stderr.write(`load ${load ?? '?'}: not kept, ${QUIET} is the most\n`);
    return;
  }
  mkdirSync(folder, { recursive: true });
  const document = { ...before, loadAfter: loadavg().map(round), result };
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(document, null, 2)}\n`);
};
