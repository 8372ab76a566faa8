import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const DOCS = readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
/** Documents for people, from the root of the checkout. */
export const DOCUMENTS: readonly string[] = ['README.md', ...DOCS.map((name) => `docs/${name}`)];
export const readDocument = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** A command as a document shows it. */
export interface DocumentedLine {
  readonly file: string;
  /** The heading above it. */
  readonly section: string;
  /** Without its comment. */
  readonly text: string;
}

const CALLS = /(^|[\s(])\.\/siappakai(\s|$)/;
/** A synopsis stands for many commands: nobody can type it. */
const isSynopsis = (text: string): boolean => /…|<[^>\s]/.test(text);
const commentless = (line: string): string => line.replace(/(^|\s)#\s.*$/, '').trim();
const inlineOf = (line: string): readonly string[] =>
  [...line.matchAll(/`([^`]+)`/g)].map((one) => one[1]!).filter((text) => CALLS.test(text));

/** Every line of a shell block, and every call of the program that stands in a sentence. */
export const linesOf = (file: string, markdown: string): readonly DocumentedLine[] => {
  const lines: DocumentedLine[] = [];
  let [section, fence]: [string, string | null] = ['', null];
  for (const line of markdown.split('\n')) {
    const mark = /^\s*```(\w*)/.exec(line);
    if (mark !== null) fence = fence === null ? mark[1]! : null;
    else if (fence === null && /^#+ /.test(line)) section = line.replace(/^#+ /, '');
    else {
      const texts = fence === null ? inlineOf(line) : ['bash', 'sh', ''].includes(fence) ? [commentless(line)] : [];
      for (const text of texts) if (text !== '' && !isSynopsis(text)) lines.push({ file, section, text });
    }
  }
  return lines;
};

/** All of them, in the order of the documents; the same command may stand in several. */
export const DOCUMENTED: readonly DocumentedLine[] = DOCUMENTS.flatMap((file) => linesOf(file, readDocument(file)));
/** Each command once, with the files it stands in. */
export const COMMANDS: ReadonlyMap<string, readonly string[]> = DOCUMENTED.reduce(
  (found, { text, file }) => found.set(text, [...new Set([...(found.get(text) ?? []), file])]),
  new Map<string, readonly string[]>(),
);

/** Words of a line as bash sees them. */
export const wordsOf = (text: string): readonly string[] =>
  [...text.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map((one) => one[1] ?? one[2] ?? one[3]!);
