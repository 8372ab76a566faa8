import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { readIfThere } from '../atomic-file';
import { foreignVariables } from '../config';

/** Where a line of the run goes; the last one is `N passed, N failed, N skipped`. */
type Say = (line: string) => void;

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
const PASSED: Count = { passed: 1, failed: 0, skipped: 0 };
const FAILED: Count = { passed: 0, failed: 1, skipped: 0 };

/** A program of node_modules/.bin (or node_modules/<package>/…) with arguments; a check counts as one test. */
interface Check {
  readonly name: string;
  readonly argv: readonly string[];
  readonly minutes: number;
}
const CHECKS: readonly Check[] = [
  { name: 'types', argv: ['tsc', '--noEmit', '-p', 'tsconfig.json'], minutes: 5 },
  { name: 'types of tests', argv: ['tsc', '--noEmit', '-p', 'test/tsconfig.json'], minutes: 5 },
  { name: 'lint', argv: ['eslint', '.'], minutes: 10 },
  { name: 'format', argv: ['prettier', '--check', '--log-level', 'warn', '.'], minutes: 5 },
  { name: 'dead code', argv: ['knip', '--no-progress'], minutes: 5 },
];

interface Tier {
  /** A project of jest.config.cjs. */
  readonly name: string;
  readonly minutes: number;
  readonly workers: number;
}
/**
 * Rounds, from the quick to the slow; the tiers of one run beside each other. A browser breaks off when a container brings or takes a
 * network, so nothing but `e2e` itself touches the engine while it runs; it waits so long that `integration` finds room beside it. Where
 * files measure an engine they run one after the other.
 */
const ROUNDS: readonly (readonly Tier[])[] = [
  [{ name: 'unit', minutes: 15, workers: 2 }],
  [
    { name: 'e2e', minutes: 60, workers: 1 },
    { name: 'integration', minutes: 60, workers: 2 },
  ],
  [{ name: 'docker', minutes: 20, workers: 1 }],
  [{ name: 'contract', minutes: 40, workers: 1 }],
];

/** Runs in the checkout; what it prints goes to this terminal's `output` side (2 = stderr); resolves with the exit code, null when time was up. */
const stream = (root: string, argv: readonly string[], minutes: number, output: 1 | 2 = 2): Promise<number | null> => {
  const [program = '', ...args] = argv;
  const child = spawn(path.join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    // Of its own group: when time is up everything it started ends with it.
    detached: true,
    env: { ...foreignVariables(), NODE_OPTIONS: '--max-old-space-size=4096', FORCE_COLOR: '0' },
    stdio: ['ignore', output, 2],
  });
  return new Promise((resolve) => {
    let late = false;
    const end = (): void => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    const clock = setTimeout(end, minutes * 60_000);
    // Its own group does not hear the terminal: a person's Ctrl-C is handed on.
    const interrupt = (): void => {
      end();
      // Whatever runs beside it hears it too before everything is over.
      setImmediate(() => process.exit(1));
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const done = (code: number | null): void => {
      clearTimeout(clock);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      resolve(late ? null : code);
    };
    child.on('error', () => done(127));
    child.on('close', done);
  });
};

const jestResultSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
  testResults: z
    .array(
      z.object({
        name: z.string(),
        status: z.string(),
        message: z.string(),
        assertionResults: z.array(
          z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()) }),
        ),
      }),
    )
    .default([]),
});

const SHOWN_LINES = 12;
// Colour codes of a terminal say nothing in a log.
// eslint-disable-next-line no-control-regex
const COLOURS = /\u001b\[[0-9;]*m/g;
const firstLines = (text: string): string[] =>
  text
    .replaceAll(COLOURS, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, SHOWN_LINES)
    .map((line) => `    ${line.slice(0, 240)}`);

/** What failed, named, with the first lines of why: said at the end, where a person looks first. */
export const failuresOf = (report: string | null): readonly string[] => {
  if (report === null) return ['✕ the tier ended without a result'];
  const { testResults } = jestResultSchema.parse(JSON.parse(report));
  return testResults
    .filter((file) => file.status === 'failed')
    .flatMap((file) => {
      const failed = file.assertionResults.filter((test) => test.status === 'failed');
      if (failed.length === 0) return [`✕ ${file.name}`, ...firstLines(file.message)];
      return failed.flatMap((test) => [
        `✕ ${path.basename(file.name)}: ${test.fullName}`,
        ...firstLines(test.failureMessages.join('\n')),
      ]);
    });
};

/** What jest wrote down; a suite that could not run counts as one failed test, and so does a run without a result. */
export const countOf = (report: string | null, exitCode: number | null): Count => {
  if (report === null) return FAILED;
  const result = jestResultSchema.parse(JSON.parse(report));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
};

interface TierResult {
  readonly count: Count;
  /** What failed and why, and how many in what time. */
  readonly said: readonly string[];
}
const secondsSince = (started: number): number => Math.round((Date.now() - started) / 1000);

const runTier = async (root: string, folder: string, tier: Tier): Promise<TierResult> => {
  const started = Date.now();
  const report = path.join(folder, `${tier.name}.json`);
  const output = ['--json', `--outputFile=${report}`, '--ci'];
  const limits = ['--maxWorkers', String(tier.workers), '--forceExit'];
  const exitCode = await stream(root, ['jest', '--selectProjects', tier.name, ...output, ...limits], tier.minutes);
  const text = readIfThere(report);
  const count = countOf(text, exitCode);
  const said = `${tier.name}: ${count.passed} passed, ${count.failed} failed in ${String(secondsSince(started))} s`;
  return { count, said: [...(count.failed === 0 ? [] : failuresOf(text)), said] };
};

const sum = (counts: readonly Count[]): Count => ({
  passed: counts.reduce((total, count) => total + count.passed, 0),
  failed: counts.reduce((total, count) => total + count.failed, 0),
  skipped: counts.reduce((total, count) => total + count.skipped, 0),
});

/** What the run needs from outside: the checkout, something that brings an engine up or throws, and the images tests begin with (seconds). */
export interface TestRun {
  readonly root: string;
  readonly ensureEngine: () => Promise<string>;
  readonly ensureImages: () => Promise<number>;
  readonly say: Say;
}

/** Brings something up that tests stand on, and says how it went. */
const groundCheck = async (name: string, say: Say, ensure: () => Promise<string>): Promise<Count> => {
  try {
    say(`${name}: ${await ensure()}`);
    return PASSED;
  } catch (error) {
    say(`${name}: ${error instanceof Error ? error.message : 'failed'}`);
    return FAILED;
  }
};

const staticCheck = async ({ root, say }: TestRun, check: Check): Promise<Count> => {
  const exitCode = await stream(root, check.argv, check.minutes);
  say(`${check.name}: ${exitCode === 0 ? 'ok' : exitCode === null ? 'out of time' : 'failed'}`);
  return exitCode === 0 ? PASSED : FAILED;
};

/** Which faults, how many and where; see `--help`. */
export interface FaultOptions {
  readonly seed?: string;
  readonly only?: string;
  readonly count?: string;
  readonly target?: string;
  readonly out?: string;
}
const FAULT_MINUTES = 120;
/** What a real target stands on; says how it went when it does not stand. */
const isGrounded = async (run: TestRun): Promise<boolean> => {
  const engine = await groundCheck('engine', run.say, run.ensureEngine);
  const images = await groundCheck('images', run.say, async () => `${(await run.ensureImages()).toFixed(0)} s`);
  const { passed, failed, skipped } = sum([engine, images]);
  if (failed > 0) run.say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0;
};
/**
 * The fault kit instead of the suite: seeded faults on a scripted target and on the real engine, with the table on stdout and
 * `N passed, N failed, N skipped` as its last line. Resolves with the exit code.
 */
export const runFaults = async (run: TestRun, options: FaultOptions): Promise<0 | 1 | 2> => {
  if (options.target !== 'scripted' && !(await isGrounded(run))) return 1;
  const code = await stream(run.root, ['tsx', FAULT_KIT, ...kitArguments(options)], FAULT_MINUTES, 1);
  return code === 0 || code === 2 ? code : 1;
};
const FAULT_KIT = path.join('test', 'faults', 'run.ts');
const KILL_TABLE = path.join('test', 'kills', 'run.ts');
const KILL_MINUTES = 180;
/**
 * Every part killed in the middle of every operation instead of the suite, with the table on stdout and `N passed, N failed, N skipped`
 * as its last line. Resolves with the exit code.
 */
export const runKills = async (run: TestRun, options: FaultOptions): Promise<0 | 1 | 2> => {
  const isScripted = options.target === undefined || options.target === 'scripted';
  if (!isScripted && !(await isGrounded(run))) return 1;
  const code = await stream(run.root, ['tsx', KILL_TABLE, ...kitArguments(options)], KILL_MINUTES, 1);
  return code === 0 || code === 2 ? code : 1;
};
/** A folder is meant from here, the kit runs in the checkout. */
const kitArguments = ({ seed, only, count, target, out }: FaultOptions): readonly string[] =>
  Object.entries({ seed, only, count, target, out: out === undefined ? undefined : path.resolve(out) }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`--${name}`, value]),
  );

/**
 * Static checks, then every tier of tests. An engine that cannot be started is a failure, never a reason to skip. Says
 * `N passed, N failed, N skipped` as the very last line and resolves with the exit code.
 */
export const runTests = async (run: TestRun): Promise<0 | 1> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'siappakai-test-'));
  const counts: Count[] = [];
  const last: string[] = [];
  try {
    const waiting = [...CHECKS];
    const checks = async (): Promise<void> => {
      for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
        const count = await staticCheck(run, check);
        counts.push(count);
        if (count.failed > 0) last.push(`✕ ${check.name}`);
      }
    };
    const ground = async (): Promise<void> => {
      counts.push(await groundCheck('engine', run.say, run.ensureEngine));
      counts.push(await groundCheck('images', run.say, async () => `${(await run.ensureImages()).toFixed(0)} s`));
    };
    await Promise.all([checks(), ground().then(checks)]);
    for (const round of ROUNDS)
      for (const { count, said } of await Promise.all(round.map((tier) => runTier(run.root, folder, tier)))) {
        last.push(...said);
        counts.push(count);
      }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const line of last) run.say(line);
  const { passed, failed, skipped } = sum(counts);
  run.say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 ? 0 : 1;
};
