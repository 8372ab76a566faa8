import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { MachineLine } from './docs-machine-lines';

const run = promisify(execFile);
/** Of `timeout`, when it was time. */
const INTERRUPTED = 124;
/** What stands for something of one's own, and what it is here. */
export type Fills = readonly (readonly [word: string, here: string])[];
/** A checkout, the variables around it, and what the examples of the documents are there. */
export interface Terminal {
  readonly root: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly fills: Fills;
}
/** Would be somebody else's: none of it may be left when a command is run. */
const FOREIGN =
  /\/media\/|\/var\/lib\/siappakai|alamat-server|siappakai-mariadb|--confirm siappakai|=uji|SOURCE|\bOUT\b|\b8(090|453|70[0-2])\b/;

export const fillIn = (text: string, fills: Fills): string => {
  const filled = fills.reduce((line, [word, here]) => line.replace(word, () => here), text);
  if (FOREIGN.test(filled)) throw new Error(`not filled in: ${filled}`);
  return filled;
};

/** Types commands one after the other into one bash, as people do, and remembers which. */
export class Typist<Text extends string> {
  readonly typed = new Set<Text>();
  readonly #lines: Readonly<Record<Text, MachineLine>>;
  constructor(lines: Readonly<Record<Text, MachineLine>>) {
    this.#lines = lines;
  }

  /** What each of them said; one that ends otherwise than documented, or says something else, is an error. */
  async type({ root, variables, fills }: Terminal, ...texts: readonly Text[]): Promise<readonly string[]> {
    const folder = await mkdtemp(path.join(tmpdir(), 't-typed-'));
    try {
      const script = texts.map((text, at) => {
        const { follows }: MachineLine = this.#lines[text];
        const line = fillIn(text, fills);
        const whole = follows === undefined ? line : `timeout --signal=INT ${follows} ${line}`;
        return `{ ${whole}\n} >${folder}/${at} 2>&1 </dev/null; echo $? >${folder}/${at}.code`;
      });
      await run('bash', ['--norc', '-c', script.join('\n')], { cwd: root, env: variables, timeout: 900_000 });
      const said: string[] = [];
      for (const [at, text] of texts.entries()) said.push(await this.#check(text, path.join(folder, String(at))));
      return said;
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async #check(text: Text, file: string): Promise<string> {
    const { says, codes = [0], follows }: MachineLine = this.#lines[text];
    const [said, code] = await Promise.all([readFile(file, 'utf8'), readFile(`${file}.code`, 'utf8')]);
    const wanted = follows === undefined ? codes : [INTERRUPTED];
    const found = [text, Number(code), wanted.includes(Number(code)) && says.test(said.trim()) ? '' : said];
    expect(found).toEqual([text, wanted.includes(Number(code)) ? Number(code) : wanted[0], '']);
    this.typed.add(text);
    return said;
  }
}
