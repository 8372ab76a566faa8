import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { EXAMPLES } from '../../server/cli/examples';
import { settingSchemas } from '../../server/domain/settings';
import { calledBy, PROGRAM as program } from '../helpers/called-command';
import { DEMO_LINES, MACHINE_LINES } from '../helpers/docs-machine-lines';
import {
  COMMANDS,
  DOCUMENTED,
  DOCUMENTS as FILES,
  linesOf,
  readDocument as read,
  wordsOf,
} from '../helpers/documented-lines';
import { runnerOf } from '../helpers/documented-runs';

const ROOT = path.resolve(__dirname, '../..');
/** Words of a call of the program, without what stands before it. */
const callOf = (text: string): readonly string[] => {
  const words = wordsOf(text);
  return words.slice(words.indexOf('./siappakai') + 1);
};
const LINES = DOCUMENTED.filter(({ text }) => wordsOf(text).includes('./siappakai'));

/** What is wrong with a line, or null. */
const problemOf = (words: readonly string[]): string | null => {
  const { command, rest } = calledBy(words);
  if (rest.includes('--help')) return rest.length === 1 ? null : 'words beside --help';
  if (command.commands.length > 0) return `no such command: ${rest[0] ?? '(none)'}`;
  const options = [...command.options, ...program.options];
  const [given, seen]: [string[], Set<string>] = [[], new Set()];
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index]!;
    if (!word.startsWith('-')) {
      given.push(word);
      continue;
    }
    const option = options.find((one) => one.long === word || one.short === word);
    if (option === undefined) return `no such option: ${word}`;
    seen.add(option.attributeName());
    if (option.required || option.optional) index += 1;
    if (index >= rest.length) return `${word} lacks its value`;
  }
  const missing = options.find((one) => one.mandatory && !seen.has(one.attributeName()));
  if (missing !== undefined) return `${missing.flags} is missing`;
  const { registeredArguments: wanted } = command;
  if (given.length < wanted.filter((one) => one.required).length) return 'an argument is missing';
  return given.length > wanted.length && wanted.at(-1)?.variadic !== true ? 'too many arguments' : null;
};

const leaves = (command: Command, prefix = ''): readonly string[] =>
  command.commands.flatMap((one) => {
    const name = `${prefix}${one.name()}`;
    return one.commands.length > 0 ? leaves(one, `${name} `) : [name];
  });

test('every command in README and docs exists, with its options and arguments', () => {
  expect(LINES.length).toBeGreaterThan(100);
  const wrong = LINES.map(({ file, text }) => [file, text, problemOf(callOf(text))]);
  expect(wrong.filter(([, , problem]) => problem !== null)).toEqual([]);
});

test('every command in README and docs is run by a test', () => {
  expect(COMMANDS.size).toBeGreaterThan(100);
  expect([...COMMANDS].filter(([text]) => runnerOf(text) === null)).toEqual([]);
  const listed = [...Object.keys(MACHINE_LINES), ...Object.keys(DEMO_LINES)];
  expect(listed.filter((text) => !COMMANDS.has(text))).toEqual([]);
});

test('a new command needs a test that runs it', () => {
  const found = (text: string) => linesOf('x.md', text).map((one) => one.text);
  const page = [
    '# A',
    '```bash',
    './siappakai up --yes   # go',
    '',
    '```',
    'Or `./siappakai desa list`, `x.sh`, `./siappakai <noun>`.',
  ];
  expect(found(page.join('\n'))).toEqual(['./siappakai up --yes', './siappakai desa list']);
  expect(found('```text\nnot a command\n```')).toEqual([]);
  expect(runnerOf('./siappakai up --yes')).toBeNull();
  expect(runnerOf('curl http://127.0.0.1:8700/healthz')).toBeNull();
  expect(runnerOf('SIAPPAKAI_HOME=/x ./siappakai desa list')).toBeNull();
  expect(runnerOf('./siappakai desa list')).toBe('world');
});

test('commands stand in blocks of the shell', () => {
  const inOthers = FILES.flatMap((file) =>
    [...read(file).matchAll(/```(?!bash\n|sh\n)(\w+)\n([\s\S]*?)```/g)].filter((one) => one[2]!.includes('siappakai ')),
  );
  expect(inOthers.map((one) => one[0])).toEqual([]);
});

test('the check itself finds what is wrong', () => {
  expect(problemOf(['desa', 'perbarui'])).toBe('no such command: perbarui');
  expect(problemOf(['desa', 'restart', '--force'])).toBe('no such option: --force');
  expect(problemOf(['desa', 'remove', '33.05.05.2011'])).toBe('--confirm <kode> is missing');
  expect(problemOf(['desa', 'show'])).toBe('an argument is missing');
  expect(problemOf(['status', 'web'])).toBe('too many arguments');
  expect(problemOf(['database', 'dump', '/a.gz', '--json'])).toBeNull();
});

test('docs/perintah.md shows each command at least once', () => {
  const shown = new Set(
    LINES.filter((one) => one.file === 'docs/perintah.md').map(({ text }) => calledBy(callOf(text)).name),
  );
  expect(leaves(program).filter((name) => !shown.has(name) && !/(^| )help$/.test(name))).toEqual([]);
});

test('every command has one example, which is right, in its help', () => {
  const names = leaves(program).filter((name) => !/(^| )help$/.test(name));
  expect(Object.keys(EXAMPLES).sort()).toEqual([...names].sort());
  for (const [name, example] of Object.entries(EXAMPLES)) {
    const words = wordsOf(example);
    expect([example, calledBy(words).name, problemOf(words)]).toEqual([example, name, null]);
    let help = '';
    const { command } = calledBy(words);
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toContain(`Example: ./siappakai ${example}`);
  }
});

test('settings and variables that are named exist', () => {
  const text = read('docs/perintah.md');
  const table = text.slice(text.indexOf('| Pengaturan |'), text.indexOf('## Beberapa pemasangan'));
  const named = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap((row) =>
    [...row[1]!.matchAll(/`(\w+)`/g)].map((one) => one[1]!),
  );
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !Object.hasOwn(settingSchemas, name))).toEqual([]);
  const config = read('server/config.ts');
  const variables = FILES.flatMap((file) => [...read(file).matchAll(/SIAPPAKAI_[A-Z_]+/g)].map(String));
  expect([...new Set(variables)].filter((name) => !config.includes(name))).toEqual([]);
});

test('every page is in the table of contents, and no link leads nowhere', () => {
  const index = read('docs/README.md');
  const pages = FILES.filter((file) => /^docs\/(?!README)/.test(file)).map((file) => path.basename(file));
  expect(pages.filter((name) => !index.includes(`(${name})`))).toEqual([]);
  const broken = FILES.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)]
      .map((one) => [file, one[1]!] as const)
      .filter(([, target]) => !existsSync(path.join(ROOT, path.dirname(file), target))),
  );
  expect(broken).toEqual([]);
});
