import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { EXAMPLES } from '../../server/cli/examples';
import { buildProgram } from '../../server/cli/program';
import { settingSchemas } from '../../server/domain/settings';

const ROOT = path.resolve(__dirname, '../..');
const DOCS = readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const FILES = ['README.md', ...DOCS.map((name) => `docs/${name}`)];
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const program = buildProgram(
  {
    locale: 'id',
    version: '0',
    makeCli: () => {
      throw new Error('nothing may run');
    },
  },
  () => undefined,
);

/** Words of a line as bash sees them; a comment ends it. */
const wordsOf = (line: string): readonly string[] =>
  [...line.replace(/\s#\s.*$/, '').matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(
    (one) => one[1] ?? one[2] ?? one[3]!,
  );

interface Line {
  readonly where: string;
  readonly words: readonly string[];
}
/** Lines of code blocks and inline code that call the program. */
const linesOf = (file: string): readonly Line[] => {
  const text = read(file);
  const fenced = [...text.matchAll(/```(?:bash|sh)?\n([\s\S]*?)```/g)].flatMap((one) => one[1]!.split('\n'));
  const inline = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map((one) => one[1]!);
  return [...fenced, ...inline].flatMap((line) => {
    const words = wordsOf(line);
    const at = words.indexOf('./siappakai');
    return at < 0 || words.includes('…') || words.some((word) => word.startsWith('<'))
      ? []
      : [{ where: `${file}: ${line.trim()}`, words: words.slice(at + 1) }];
  });
};
const LINES = FILES.flatMap(linesOf);

interface Called {
  readonly command: Command;
  readonly name: string;
  readonly rest: readonly string[];
}
const called = (words: readonly string[]): Called => {
  let [command, rest] = [program, words];
  const names: string[] = [];
  for (let next = command.commands.find((one) => one.name() === rest[0]); next !== undefined;) {
    names.push(next.name());
    [command, rest] = [next, rest.slice(1)];
    next = command.commands.find((one) => one.name() === rest[0]);
  }
  return { command, name: names.join(' '), rest };
};

/** What is wrong with a line, or null. */
const problemOf = (words: readonly string[]): string | null => {
  const { command, rest } = called(words);
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
  expect(LINES.length).toBeGreaterThan(60);
  expect(LINES.map(({ where, words }) => [where, problemOf(words)]).filter(([, problem]) => problem !== null)).toEqual(
    [],
  );
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
  const shown = new Set(linesOf('docs/perintah.md').map(({ words }) => called(words).name));
  expect(leaves(program).filter((name) => !shown.has(name) && !/(^| )help$/.test(name))).toEqual([]);
});

test('every command has one example, which is right, in its help', () => {
  const names = leaves(program).filter((name) => !/(^| )help$/.test(name));
  expect(Object.keys(EXAMPLES).sort()).toEqual([...names].sort());
  for (const [name, example] of Object.entries(EXAMPLES)) {
    const words = wordsOf(example);
    expect([example, called(words).name, problemOf(words)]).toEqual([example, name, null]);
    let help = '';
    const { command } = called(words);
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
  expect(DOCS.filter((name) => name !== 'README.md' && !index.includes(`(${name})`))).toEqual([]);
  const broken = FILES.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)]
      .map((one) => [file, one[1]!] as const)
      .filter(([, target]) => !existsSync(path.join(ROOT, path.dirname(file), target))),
  );
  expect(broken).toEqual([]);
});
