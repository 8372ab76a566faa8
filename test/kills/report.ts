import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MOMENTS, OPERATIONS, VICTIMS } from './cell';
import { isGood, type Result } from './perform';

/** The value below which so many hundredths of them lie; ms. */
export const quantile = (values: readonly number[], hundredths: number): number =>
  values.toSorted((left, right) => left - right)[Math.ceil((values.length * hundredths) / 100) - 1] ?? 0;

const resumed = (results: readonly Result[]): readonly number[] => results.flatMap((one) => one.resumedMs ?? []);
const cellText = (own: readonly Result[]): string => {
  if (own.length === 0) return '–';
  const good = own.filter(isGood).length;
  return good === own.length ? String(good) : `${good}/${own.length}`;
};

/** Markdown: operations × moments down, victims across; in a field how many spots had the same final world (`good/all` when not all). */
export const tableOf = (results: readonly Result[]): readonly string[] => {
  const victims = VICTIMS.filter((victim) => results.some(({ cell }) => cell.victim === victim));
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = OPERATIONS.flatMap((operation) =>
    MOMENTS.flatMap((moment) => {
      const own = results.filter(({ cell }) => cell.operation === operation && cell.spot.moment === moment);
      if (own.length === 0) return [];
      const across = victims.map((victim) => cellText(own.filter(({ cell }) => cell.victim === victim)));
      return [row([operation, moment, ...across])];
    }),
  );
  const times = victims.map((victim) => {
    const own = resumed(results.filter(({ cell }) => cell.victim === victim));
    return `${(quantile(own, 50) / 1000).toFixed(1)} / ${(quantile(own, 95) / 1000).toFixed(1)}`;
  });
  const head = row(['operation', 'moment', ...victims]);
  return [
    head,
    row(['---', '---', ...victims.map(() => '---:')]),
    ...lines,
    row(['resumed, s', 'p50 / p95', ...times]),
  ];
};

export interface Summary {
  readonly cells: number;
  readonly good: number;
  readonly stuck: number;
  readonly doubled: number;
  readonly otherWorld: number;
  readonly neverThere: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}
export const summaryOf = (results: readonly Result[]): Summary => {
  const number = (wanted: (one: Result) => boolean): number => results.filter(wanted).length;
  const times = resumed(results);
  return {
    cells: results.length,
    good: number(isGood),
    stuck: number((one) => one.end === null),
    doubled: number((one) => one.doubled.length > 0),
    otherWorld: number((one) => one.differences.length > 0),
    neverThere: number((one) => !one.wasStruck),
    p50Ms: Math.round(quantile(times, 50)),
    p95Ms: Math.round(quantile(times, 95)),
  };
};
export const summaryLine = (what: string, one: Summary): string =>
  `${what}: ${one.good} of ${one.cells} as undisturbed, ${one.stuck} stuck, ${one.doubled} with something twice, ${one.otherWorld} another world, ${one.neverThere} never there; resumed p50 ${one.p50Ms} ms, p95 ${one.p95Ms} ms`;

/** Everything that was seen, as one JSON file; returns its path. */
export const writeBook = (folder: string, name: string, book: object): string => {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(book, null, 1)}\n`);
  return file;
};
