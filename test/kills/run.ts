import { randomInt } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { OPERATIONS, VICTIMS, type Cell } from './cell';
import { inFields, referencesOf, type References } from './chains';
import { openField, type Field } from './field';
import { isGood, lineOf, type Result } from './perform';
import { summaryLine, summaryOf, tableOf, writeBook } from './report';
import { randomCells, tableCells } from './table';
import { realCells } from './real-cells';
import { openRealField } from './real-field';
import { inRealField } from './real-perform';
import { bundleWorker } from './worker';

/** The kill points from the command line; `./siappakai test --kills` starts it. Results on stdout, what happens on stderr. */
const FIELDS = 4;
const RANDOM_KILLS = 100;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

class WrongUse extends Error {}
interface Asked {
  readonly seed: number;
  readonly count: number;
  readonly only: string | null;
  readonly targets: readonly string[];
  readonly out: string;
}
const wholeNumber = (name: string, text: string | undefined): number | null => {
  if (text === undefined) return null;
  if (!/^\d{1,9}$/.test(text)) throw new WrongUse(`--${name} is a whole number, not ${text}`);
  return Number(text);
};
const parsed = (): Readonly<Partial<Record<string, string>>> => {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ options: { seed: text, only: text, count: text, target: text, out: text } }).values;
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : '');
  }
};
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  all: ['scripted', 'real'],
  scripted: ['scripted'],
  real: ['real'],
};
const readAsked = (): Asked => {
  const { seed, count, only, target = 'scripted', out } = parsed();
  const targets = TARGETS[target];
  if (targets === undefined) throw new WrongUse(`no target ${target}; there are: ${Object.keys(TARGETS).join(', ')}`);
  const names: readonly string[] = [...VICTIMS, ...OPERATIONS, 'random'];
  if (only !== undefined && !names.includes(only)) throw new WrongUse(`no ${only}; there are: ${names.join(', ')}`);
  return {
    seed: wholeNumber('seed', seed) ?? randomInt(1_000_000),
    count: wholeNumber('count', count) ?? RANDOM_KILLS,
    only: only ?? null,
    targets,
    out: out ?? path.resolve(__dirname, '../../bench/results'),
  };
};

const struck = async (
  fields: readonly Field[],
  cells: readonly Cell[],
  references: References,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  await inFields(fields, cells, references, (one) => {
    results.push(one);
    say(`${results.length}/${cells.length} ${lineOf(one)}`);
  });
  return results;
};

const runAll = async (asked: Asked, fields: readonly Field[], first: Field): Promise<readonly Result[]> => {
  const { seed, count, only, out } = asked;
  const [began, startedAt] = [performance.now(), new Date().toISOString()];
  const references = await referencesOf(first);
  const table = only === 'random' ? [] : await struck(fields, tableCells(references, seed, only), references);
  const drawn = only === null || only === 'random' ? randomCells(references, seed, count) : [];
  const random = await struck(
    fields,
    drawn.map(([, cell]) => cell),
    references,
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  const book = { seed, startedAt, seconds, table, random, seeds: drawn.map(([own]) => own) };
  say(writeBook(out, `kills-seed-${seed}`, book));
  for (const line of tableOf(table)) print(line);
  if (table.length > 0) print(summaryLine('table', summaryOf(table)));
  if (random.length > 0) print(summaryLine(`random, seeds ${seed} to ${seed + drawn.length - 1}`, summaryOf(random)));
  return [...table, ...random];
};

const onScripted = async (asked: Asked): Promise<readonly Result[]> => {
  const bundle = await bundleWorker();
  const fields: Field[] = [];
  try {
    while (fields.length < FIELDS) fields.push(await openField(bundle.file));
    const [first] = fields;
    return first === undefined ? [] : await runAll(asked, fields, first);
  } finally {
    await Promise.all(fields.map((one) => one.close()));
    bundle.remove();
  }
};

const onReal = async ({ seed, only, out }: Asked): Promise<readonly Result[]> => {
  const cells = realCells(only);
  if (cells.length === 0) return [];
  const [began, startedAt] = [performance.now(), new Date().toISOString()];
  const field = await openRealField(say);
  const results: Result[] = [];
  try {
    await inRealField(field, cells, (one) => {
      results.push(one);
      say(`${results.length}/${cells.length} real ${lineOf(one)}`);
    });
  } finally {
    await field.close();
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  say(writeBook(out, `kills-real-seed-${seed}`, { seed, startedAt, seconds, table: results }));
  for (const line of tableOf(results)) print(line);
  print(summaryLine('real', summaryOf(results)));
  return results;
};

const main = async (): Promise<void> => {
  const asked = readAsked();
  print(`seed ${asked.seed}`);
  const results: Result[] = [];
  if (asked.targets.includes('scripted')) results.push(...(await onScripted(asked)));
  if (asked.targets.includes('real')) results.push(...(await onReal(asked)));
  for (const one of results.filter((result) => !isGood(result))) print(lineOf(one));
  const failed = results.filter((one) => !isGood(one)).length;
  print(`${results.length - failed} passed, ${failed} failed, 0 skipped`);
  process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
};

main().catch((error: unknown) => {
  const isWrongUse = error instanceof WrongUse;
  say(isWrongUse ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = isWrongUse ? 2 : 1;
});
