/** Enough of PHP's lexer to read what a migration says, never to run it. */
export interface PhpToken {
  /** text = a literal string without anything to fill in; filled = one with variables, whose value is not known. */
  readonly kind: 'name' | 'variable' | 'text' | 'filled' | 'sign';
  readonly value: string;
}

const SKIP = /\s+|\/\/[^\n]*|#(?!\[)[^\n]*|\/\*[\s\S]*?\*\//y;
const NAME = /\\?[A-Za-z_][\w\\]*/y;
const VARIABLE = /\$[A-Za-z_]\w*/y;
const SINGLE = /'((?:[^'\\]|\\[\s\S])*)'/y;
const DOUBLE = /"((?:[^"\\]|\\[\s\S])*)"/y;
const HEREDOC = /<<<[ \t]*(["']?)(\w+)\1\r?\n([\s\S]*?)\r?\n?[ \t]*\2\b/y;
const SIGN = /\?->|->|::|=>|[\s\S]/y;

const plain = (value: string): PhpToken => ({ kind: 'text', value: value.replace(/\\(['"\\])/g, '$1') });
const double = (value: string): PhpToken =>
  /(^|[^\\])\$[A-Za-z_{]|\{\$/.test(value) ? { kind: 'filled', value: '' } : plain(value);

const READERS: readonly (readonly [RegExp, (found: RegExpExecArray) => PhpToken])[] = [
  [NAME, (found) => ({ kind: 'name', value: found[0] })],
  [VARIABLE, (found) => ({ kind: 'variable', value: found[0] })],
  [SINGLE, (found) => plain(found[1] ?? '')],
  [DOUBLE, (found) => double(found[1] ?? '')],
  [HEREDOC, (found) => (found[1] === "'" ? plain(found[3] ?? '') : double(found[3] ?? ''))],
  [SIGN, (found) => ({ kind: 'sign', value: found[0] })],
];

const at = (pattern: RegExp, source: string, position: number): RegExpExecArray | null => {
  pattern.lastIndex = position;
  return pattern.exec(source);
};

/** Tokens of the first block of PHP; comments and white space are left out. */
export const phpTokens = (source: string): readonly PhpToken[] => {
  const start = source.indexOf('<?php');
  const tokens: PhpToken[] = [];
  let position = start < 0 ? source.length : start + 5;
  while (position < source.length) {
    const skipped = at(SKIP, source, position);
    if (skipped !== null) {
      position += skipped[0].length;
      continue;
    }
    if (source.startsWith('?>', position)) break;
    for (const [pattern, make] of READERS) {
      const found = at(pattern, source, position);
      if (found === null) continue;
      tokens.push(make(found));
      position += found[0].length;
      break;
    }
  }
  return tokens;
};

const PAIRS: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };
const CLOSING: ReadonlySet<string> = new Set(Object.values(PAIRS));
export const isSign = (token: PhpToken | undefined, value: string): boolean =>
  token?.kind === 'sign' && token.value === value;

/** Index of the sign that closes the one at `open`; the end when it never closes. */
export const closingOf = (tokens: readonly PhpToken[], open: number): number => {
  let depth = 0;
  for (let index = open; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token?.kind !== 'sign') continue;
    if (PAIRS[token.value] !== undefined) depth += 1;
    else if (CLOSING.has(token.value) && (depth -= 1) === 0) return index;
  }
  return tokens.length;
};
