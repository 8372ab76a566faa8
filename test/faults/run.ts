import { randomInt } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { drawRuns } from './draw';
import { FAULTS, CLEAN } from './kinds';
import type { Ground, TargetName } from './kind';
import { isGood, type Result } from './perform';
import { openRealGround } from './real-ground';
import { countsOf, lineOf, tableOf, writeBook } from './report';
import { inLanes, inWorlds } from './schedule';
import { openScriptedGrounds } from './scripted-ground';

/** The fault kit from the command line; `./siappakai test --faults` starts it. Results on stdout, what happens on stderr. */
const USUAL: Readonly<Record<TargetName, { readonly faults: number; readonly clean: number }>> = {
  scripted: { faults: 150, clean: 50 },
  real: { faults: 64, clean: 24 },
};
const WORLDS = 4;
const LANES = 3;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Asked {
  readonly seed: number;
  readonly only: string | null;
  readonly count: number | null;
  readonly targets: readonly TargetName[];
  readonly out: string;
}
class WrongUse extends Error {}
const TARGETS: Readonly<Record<string, readonly TargetName[]>> = {
  all: ['scripted', 'real'],
  scripted: ['scripted'],
  real: ['real'],
};
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
const readAsked = (): Asked => {
  const { only, target = 'all', out, ...numbers } = parsed();
  const names = [...FAULTS, ...CLEAN].map((one) => one.name);
  if (only !== undefined && !names.includes(only))
    throw new WrongUse(`no kind ${only}; there are: ${names.join(', ')}`);
  const targets = TARGETS[target];
  if (targets === undefined) throw new WrongUse(`no target ${target}; there are: ${Object.keys(TARGETS).join(', ')}`);
  return {
    seed: wholeNumber('seed', numbers['seed']) ?? randomInt(1_000_000),
    only: only ?? null,
    count: wholeNumber('count', numbers['count']),
    targets,
    out: out ?? path.resolve(__dirname, '../../bench/results'),
  };
};

const open = async (target: TargetName): Promise<readonly Ground[]> => {
  if (target === 'real') return [await openRealGround(say)];
  return openScriptedGrounds(WORLDS);
};

const runTarget = async (target: TargetName, asked: Asked): Promise<readonly Result[]> => {
  const grounds = await open(target);
  const results: Result[] = [];
  const [began, startedAt] = [performance.now(), new Date().toISOString()];
  const heard = (one: Result): void => {
    results.push(one);
    say(lineOf(one));
  };
  try {
    const { faults, clean } = USUAL[target];
    const { seed, only, count } = asked;
    const numbers = { faults: count ?? faults, clean: count === null ? clean : Math.ceil(count / 3) };
    const runs = drawRuns({ seed, target, ...numbers, only, kodes: grounds[0]?.kodes ?? [] });
    const [first] = grounds;
    if (target === 'real' && first !== undefined) await inLanes(first, runs, LANES, heard);
    else await inWorlds(grounds, runs, heard);
  } finally {
    await Promise.all(grounds.map((one) => one.close()));
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  const book = { seed: asked.seed, startedAt, seconds, counts: countsOf(results), results };
  say(writeBook(asked.out, `faults-${target}-seed-${asked.seed}`, book));
  return results;
};

const main = async (): Promise<void> => {
  const asked = readAsked();
  print(`seed ${asked.seed}`);
  const results: Result[] = [];
  for (const target of asked.targets) results.push(...(await runTarget(target, asked)));
  for (const line of tableOf(results)) print(line);
  for (const one of results.filter((result) => !isGood(result))) print(lineOf(one));
  const { faults, clean, falseGreens, falseReds, wrongReasons, hurt } = countsOf(results);
  print(`${faults} faults, ${clean} runs without a fault`);
  print(`false greens ${falseGreens}, false reds ${falseReds}, wrong reasons ${wrongReasons}, somebody hurt ${hurt}`);
  const failed = results.filter((one) => !isGood(one)).length;
  print(`${results.length - failed} passed, ${failed} failed, 0 skipped`);
  process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
};

main().catch((error: unknown) => {
  const isWrongUse = error instanceof WrongUse;
  say(isWrongUse ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = isWrongUse ? 2 : 1;
});
