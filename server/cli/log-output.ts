import type { Cli } from './context';

type Follow = 'follow' | 'once';
/** Prints a log as it is read; with --json one document of all its lines, or one a line while following. */
export const printLog = async (
  { out }: Pick<Cli, 'out'>,
  options: { readonly follow?: boolean },
  read: (follow: Follow, print: (line: string) => void, signal: AbortSignal) => Promise<void>,
): Promise<0> => {
  const lines: { readonly line: string }[] = [];
  const signal = new AbortController().signal;
  if (options.follow === true)
    await read('follow', (line) => (out.json ? out.document({ line }) : out.line(line)), signal);
  else {
    await read('once', (line) => (out.json ? void lines.push({ line }) : out.line(line)), signal);
    out.document(lines);
  }
  return 0;
};
