import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const IMPORT = /^import .*;\n/gm;
const EXPORT = /^export /gm;

/** What each bundle is made of, by the number in front of a file name: page.js for every page, live.js for those that change by themselves. */
export const BUNDLES = {
  'page.js': /^(00|10)-/,
  'live.js': /^(00|[2-9]\d)-/,
} as const;

/**
 * Own scripts are modules without name clashes: joined in the order of their names; comments, imports, indentation and the line ends that
 * mean nothing gone. A page loads them as modules: strict, and with names of their own. Every statement ends with a semicolon, no text
 * goes over several lines.
 */
export const buildScript = (sourceDir: string, bundle: keyof typeof BUNDLES): string => {
  const files = readdirSync(sourceDir)
    .filter((name) => name.endsWith('.js') && BUNDLES[bundle].test(name))
    .sort();
  const joined = files
    .map((name) => readFileSync(path.join(sourceDir, name), 'utf8').replace(IMPORT, '').replace(EXPORT, ''))
    .join('\n');
  const lean = joined
    .replace(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/^\s+/gm, '')
    .replace(/\n+/g, '\n')
    .replace(/([{[(,;])\n/g, '$1')
    .replace(/\n([}\])])/g, '$1');
  return lean.trimStart();
};
