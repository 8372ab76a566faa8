import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isGood, type Result } from './perform';

export interface Counts {
  readonly faults: number;
  readonly clean: number;
  /** Wrong, and called well. */
  readonly falseGreens: number;
  /** Well, and called wrong. */
  readonly falseReds: number;
  readonly wrongReasons: number;
  /** Runs after which somebody who was up is down, or runs another release. */
  readonly hurt: number;
}
const isClean = ({ kind }: Result): boolean => kind.startsWith('no-fault');
export const countsOf = (results: readonly Result[]): Counts => {
  const number = (wanted: (one: Result) => boolean): number => results.filter(wanted).length;
  return {
    faults: number((one) => !isClean(one)),
    clean: number(isClean),
    falseGreens: number((one) => one.expected.verdict !== 'green' && one.verdict === 'green'),
    falseReds: number((one) => one.expected.verdict === 'green' && one.verdict !== 'green'),
    wrongReasons: number((one) => one.isVerdictRight && !one.isReasonRight),
    hurt: number((one) => one.down.length + one.changed.length > 0),
  };
};

const COLUMNS = ['kind', 'target', 'runs', 'verdict right', 'reason right', 'seconds'] as const;
const row = (cells: readonly string[], widths: readonly number[]): string =>
  cells.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ');

/** One line for each kind and target; seconds = the middle one and the longest. */
export const tableOf = (results: readonly Result[]): readonly string[] => {
  const groups = new Map<string, Result[]>();
  for (const one of results) {
    const key = `${one.target} ${one.kind}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const rows = [...groups].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, all]) => cellsOf(all));
  const widths = COLUMNS.map((name, at) => Math.max(name.length, ...rows.map((cells) => cells[at]?.length ?? 0)));
  return [row(COLUMNS, widths), ...rows.map((cells) => row(cells, widths))];
};
const cellsOf = (all: readonly Result[]): readonly string[] => {
  const seconds = all.map((one) => one.seconds).sort((left, right) => left - right);
  const right = (is: (one: Result) => boolean): string => `${all.filter(is).length}/${all.length}`;
  const middle = seconds[Math.floor(seconds.length / 2)] ?? 0;
  return [
    all[0]?.kind ?? '',
    all[0]?.target ?? '',
    String(all.length),
    right((one) => one.isVerdictRight),
    right((one) => one.isReasonRight),
    `${middle.toFixed(1)} ≤ ${(seconds.at(-1) ?? 0).toFixed(1)}`,
  ];
};

/** One run in a line; what is not right says what came instead. */
export const lineOf = (one: Result): string => {
  const what = `${isGood(one) ? 'ok' : 'WRONG'} ${one.target} ${one.kind} ${one.app} ${one.kode} seed ${one.seed}`;
  const said = `${one.verdict} ${one.reason ?? '-'} ${one.seconds.toFixed(1)} s`;
  if (isGood(one)) return `${what}: ${said}`;
  const wanted = `wanted ${one.expected.verdict} ${one.expected.reasons.join('|')} ${one.expected.cause ?? ''}`;
  const { down, changed, params, error } = one;
  return `${what}: ${said}; ${wanted} ${JSON.stringify({ down, changed, params, error })}`;
};

export interface Book {
  readonly seed: number;
  readonly startedAt: string;
  readonly seconds: number;
  readonly counts: Counts;
  readonly results: readonly Result[];
}
/** Everything that was seen, as one JSON file; returns its path. */
export const writeBook = (folder: string, name: string, book: Book): string => {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(book, null, 1)}\n`);
  return file;
};
