/**
 * Takes out one guard at a time and looks who notices: `npx tsx bench/sabotage.ts [--only NAME,…] [--out FOLDER]`. Works on a
 * copy of what is committed; each guard's tests run once as they are (they must be green) and once without it (one must be
 * red). Exit 1 when a guard is missed by nobody.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { folderOf, GUARDS, takenOut, type Guard } from './sabotage/guards';

const ROOT = path.join(__dirname, '..');
const MINUTES = 5;
const resultSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
  testResults: z.array(z.object({ assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) })),
});
interface Seen {
  readonly passed: number;
  readonly red: readonly string[];
  readonly seconds: number;
}
interface Line extends Seen {
  readonly guard: string;
  readonly keeps: string;
  readonly verdict: 'noticed' | 'NOT NOTICED' | 'RED BEFORE';
}

/** The committed sources with this checkout's libraries. */
const copyOf = (): string => {
  const copy = mkdtempSync(path.join(tmpdir(), 'sp-sabotage-'));
  const archive = execFileSync('git', ['archive', 'HEAD'], { cwd: ROOT, maxBuffer: 1024 ** 3 });
  execFileSync('tar', ['-x', '-C', copy], { input: archive });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
};

const runTests = (copy: string, { tests }: Guard): Seen => {
  const out = path.join(copy, 'sabotage.json');
  rmSync(out, { force: true });
  const began = performance.now();
  const argv = [
    path.join(ROOT, 'node_modules/.bin/jest'),
    '--selectProjects',
    tests.tier,
    '--runInBand',
    '--forceExit',
    '--json',
  ];
  const chosen = tests.only === undefined ? [] : ['-t', tests.only];
  const place = ['--outputFile', out, '--testPathPatterns', `${folderOf(tests.tier)}/.*${tests.file}`];
  spawnSync(process.execPath, [...argv, ...place, ...chosen], {
    ...{ cwd: copy, stdio: 'ignore', timeout: MINUTES * 60_000, killSignal: 'SIGKILL' },
  });
  const seconds = (performance.now() - began) / 1000;
  const result = resultSchema.parse(JSON.parse(readFileSync(out, 'utf8')));
  const all = result.testResults.flatMap((one) => one.assertionResults);
  const red = all.filter((one) => one.status === 'failed').map((one) => one.fullName);
  const broken = result.numRuntimeErrorTestSuites > 0 && red.length === 0 ? ['(the file could not be run)'] : [];
  return { passed: result.numPassedTests, red: [...red, ...broken], seconds };
};

const without = <T>(copy: string, { edits }: Guard, work: () => T): T => {
  const texts = edits.map(({ file }) => readFileSync(path.join(copy, file), 'utf8'));
  try {
    for (const edit of edits) {
      const file = path.join(copy, edit.file);
      writeFileSync(file, takenOut(readFileSync(file, 'utf8'), edit));
    }
    return work();
  } finally {
    for (const [at, { file }] of edits.entries()) writeFileSync(path.join(copy, file), texts[at] ?? '');
  }
};

const sabotage = (copy: string, guard: Guard): Line => {
  const { name, keeps } = guard;
  const before = runTests(copy, guard);
  if (before.red.length > 0 || before.passed === 0) return { ...before, guard: name, keeps, verdict: 'RED BEFORE' };
  const seen = without(copy, guard, () => runTests(copy, guard));
  return { ...seen, guard: name, keeps, verdict: seen.red.length > 0 ? 'noticed' : 'NOT NOTICED' };
};

const tableOf = (lines: readonly Line[]): string =>
  [
    '| guard | keeps it from happening that | tests that turned red | seconds |',
    '|---|---|---|---|',
    ...lines.map(({ guard, keeps, verdict, red, seconds }) => {
      const who = verdict === 'noticed' ? `${red.length}: ${red[0] ?? ''}` : `**${verdict}** ${red[0] ?? ''}`;
      return `| \`${guard}\` | ${keeps} | ${who.replaceAll('|', '\\|')} | ${seconds.toFixed(1)} |`;
    }),
    '',
  ].join('\n');

const { values } = parseArgs({ options: { only: { type: 'string' }, out: { type: 'string' } } });
const names = values.only?.split(',');
const chosen = GUARDS.filter(({ name }) => names?.includes(name) ?? true);
if (chosen.length === 0) throw new Error(`No such guard. There are: ${GUARDS.map((one) => one.name).join(', ')}`);
const copy = copyOf();
const lines: Line[] = [];
try {
  for (const guard of chosen) {
    const line = sabotage(copy, guard);
    lines.push(line);
    process.stderr.write(`${line.guard}: ${line.verdict}, ${line.seconds.toFixed(1)} s, ${line.red[0] ?? ''}\n`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(tableOf(lines));
if (values.out !== undefined) {
  mkdirSync(values.out, { recursive: true });
  writeFileSync(path.join(values.out, 'sabotage.json'), `${JSON.stringify(lines, null, 2)}\n`);
  writeFileSync(path.join(values.out, 'sabotage.md'), tableOf(lines));
}
process.exitCode = lines.every((line) => line.verdict === 'noticed') ? 0 : 1;
