import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { OPERATIONS } from '../../server/services/operations';
import type { Operation } from '../../server/services/operations/operation';
import { calledBy } from '../helpers/called-command';
import { runnerOf } from '../helpers/documented-runs';
import { COMMANDS, wordsOf } from '../helpers/documented-lines';
import { FOREIGN, RULES, STANDS_FOR, type Ground, type Rule } from '../helpers/docs-rules';
import { openDocsWorld } from '../helpers/docs-world';
import { startSmtp } from '../helpers/local-smtp';
import { startSshd } from '../helpers/local-sshd';

jest.setTimeout(120_000);
const WATCHED_MS = 1500;
const ID = /^(01JB2Z8M4Q6T9V3X7C5N1K0PRD|ID)$/;

let ground: Ground;
beforeAll(async () => {
  const [world, smtp, sshd] = await Promise.all([openDocsWorld(), startSmtp(), startSshd()]);
  const key = path.join(world.usb, 'kunci');
  writeFileSync(key, sshd.privateKey, { mode: 0o600 });
  ground = { world, smtp, sshd, key };
});
afterAll(() => Promise.all([ground.world.close(), ground.smtp.stop(), ground.sshd.stop()]));

const used = new Set<RegExp>();
/** The words as they are here; nothing of the examples is left. */
const fill = async (name: string, words: readonly string[], rule: Rule): Promise<readonly string[]> => {
  const id = words.some((word) => ID.test(word)) ? await rule.id?.(ground) : undefined;
  const filled = words.flatMap((word): readonly string[] => {
    if (ID.test(word)) return [id ?? word];
    const known = STANDS_FOR.find(([form]) => form.test(word));
    if (known === undefined) return [word];
    used.add(known[0]);
    return known[1](ground, known[0].exec(word)!, name);
  });
  expect(filled.filter((word) => FOREIGN.test(word) && word !== id && word !== ground.sshd.fingerprint)).toEqual([]);
  return filled;
};

const operationOf = (name: string, words: readonly string[], rule: Rule): Operation | null => {
  const named = OPERATIONS.filter((one) => one.cli.includes(name));
  const wanted = words.includes('--help')
    ? null
    : rule.prints === undefined
      ? named.length === 1
        ? named[0]!.name
        : undefined
      : rule.prints(words);
  if (wanted === null) return null;
  const found = OPERATIONS.find((one) => one.name === wanted);
  if (found === undefined) throw new Error(`${name}: say in its rule which answer it prints`);
  return found;
};
const { stdin } = process;
const pipe = (value: unknown): unknown => Object.defineProperty(process, 'stdin', { configurable: true, value });

interface Ran {
  readonly out: string;
  readonly said: string;
}
const run = async (words: readonly string[], rule: Rule): Promise<Ran> => {
  if (rule.stdin !== undefined) pipe(Readable.from([`${rule.stdin}\n`]));
  const leave = words.includes('--watch') ? setTimeout(() => process.emit('SIGINT'), WATCHED_MS) : undefined;
  try {
    const { code, out, said } = await ground.world.line.tell(words);
    const fine = (rule.codes ?? [0]).includes(code);
    expect([words.join(' '), code, fine ? '' : said]).toEqual([words.join(' '), fine ? code : 0, '']);
    return { out, said };
  } finally {
    clearTimeout(leave);
    pipe(stdin);
  }
};
/** Asks for the JSON document of a command that was filled in, and holds it against the document of REST. */
const answerOf = async (words: readonly string[], rule: Rule, operation: Operation | null): Promise<unknown> => {
  const { out } = await run([...words, '--json'], rule);
  const documents = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const answer = operation?.name === 'rollout.events' ? documents : documents[0];
  expect(documents.length).toBeGreaterThan(0);
  // With --wait it is the rollout that was started; of an import the release.
  const wrong = operation === null ? [] : ground.world.wrong(operation, answer);
  expect([words.join(' '), wrong]).toEqual([words.join(' '), []]);
  return answer;
};

/** What is no JSON is known by a text. */
const SAYS: readonly (readonly [string, (name: string, operation: Operation | null) => string])[] = [
  ['--help', (name) => `Usage: siappakai ${name}`.trim()],
  ['completion', () => '_siappakai() {'],
  ['--csv', (_name, operation) => `${(operation?.columns ?? ['?']).join(',')}\r\n`],
];

const runLine = async (text: string): Promise<void> => {
  const words = wordsOf(text).slice(1);
  const { name } = calledBy(words);
  const rule = RULES[name] ?? {};
  await ground.world.enter(rule.scene ?? 'installed');
  await rule.before?.(ground);
  const filled = await fill(name, words, rule);
  const says = SAYS.find(([word]) => words.includes(word));
  const operation = operationOf(name, words, rule);
  if (says !== undefined) {
    expect((await run(filled, rule)).out).toContain(says[1](name, operation));
    return;
  }
  // Who only reads is asked in both ways; who changes something may do it once.
  const onceOnly = name === 'rollout watch' || operation?.method !== 'get' || !operation.cli.includes(name);
  if (!onceOnly) {
    const { out, said } = await run(filled, rule);
    expect(`${out}${said}`.trim()).not.toBe('');
  }
  const answer = await answerOf(filled, rule, operation);
  await rule.then?.(ground, answer as Readonly<Record<string, unknown>>, words);
  if (rule.spoils === true) ground.world.spoil();
};

const LINES = [...COMMANDS.keys()].filter((text) => runnerOf(text) === 'world');

test.each(LINES)('%s', runLine);

test('a command that is wrong is red', async () => {
  for (const text of [
    './siappakai desa lisst',
    './siappakai desa list --stattus down',
    './siappakai desa show 33.05.99.2001',
    './siappakai release show NOMOR',
  ])
    await expect(runLine(text)).rejects.toThrow();
});

test('nothing is kept that no document needs', () => {
  const names = new Set(LINES.map((text) => calledBy(wordsOf(text).slice(1)).name));
  expect(Object.keys(RULES).filter((name) => !names.has(name))).toEqual([]);
  expect(STANDS_FOR.map(([form]) => form).filter((form) => !used.has(form))).toEqual([]);
});
