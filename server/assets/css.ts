import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PurgeCSS } from 'purgecss';

/** Strokes of one Tabler outline icon: the path elements without the invisible frame. */
export const iconStrokes = (iconsDir: string, name: string): string => {
  const svg = readFileSync(path.join(iconsDir, 'outline', `${name}.svg`), 'utf8');
  const body = svg.slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'));
  return body
    .replace(/<path stroke="none"[^>]*\/>/g, '')
    .replace(/\s+/g, ' ')
    .replace(/> </g, '><')
    .trim();
};

const dataUri = (svg: string): string =>
  `data:image/svg+xml,${svg.replace(/"/g, "'").replace(/%/g, '%25').replace(/#/g, '%23').replace(/</g, '%3C').replace(/>/g, '%3E')}`;

const pictureOf = (reference: string, iconsDir: string): string => {
  const [kind = '', first = '', colour = '#000', stroke = '2'] = reference.split(':');
  if (kind === 'dot')
    return dataUri(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 12 12"><circle cx="6" cy="6" r="3" fill="${first}"/></svg>`,
    );
  return dataUri(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="${colour}" stroke-width="${stroke}" stroke-linecap="round" stroke-linejoin="round">${iconStrokes(iconsDir, first)}</svg>`,
  );
};

const squeeze = (css: string): string =>
  css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s*\n\s*/g, '')
    .replace(/;}/g, '}');

export interface CssSources {
  readonly sourceDir: string;
  readonly iconsDir: string;
  readonly tablerCss: string;
  /** Everything that may name a class: views and scripts. */
  readonly content: readonly string[];
  readonly fontUrl: string;
}

/** Own sheets in order; the two token files are wrapped in their selectors, the dark one twice (chosen, or by the device). */
const ownCss = (sources: CssSources): string => {
  const read = (name: string): string => readFileSync(path.join(sources.sourceDir, name), 'utf8');
  const files = readdirSync(sources.sourceDir)
    .filter((name) => name.endsWith('.css'))
    .sort();
  const dark = read('01-tokens-dark.css');
  const tokens = `:root,[data-bs-theme=light]{${read('00-tokens-light.css')}}[data-bs-theme=dark]{${dark}}@media (prefers-color-scheme:dark){:root:not([data-bs-theme]){${dark}}}`;
  const rest = files.filter((name) => !name.includes('tokens')).map(read);
  return [tokens, ...rest]
    .join('\n')
    .replace(/url\("font:[^"]+"\)/g, `url("${sources.fontUrl}")`)
    .replace(
      /url\("((?:icon|dot):[^"]+)"\)/g,
      (_, reference: string) => `url("${pictureOf(reference, sources.iconsDir)}")`,
    );
};

/** One sheet: the rules of Tabler that a view uses, then our own. */
export const buildCss = async (sources: CssSources): Promise<string> => {
  const [purged] = await new PurgeCSS().purge({
    content: sources.content.map((raw) => ({ raw, extension: 'html' })),
    css: [{ raw: readFileSync(sources.tablerCss, 'utf8') }],
    variables: true,
    keyframes: true,
    fontFace: true,
    defaultExtractor: (text) => text.match(/[\w-]+/g) ?? [],
    safelist: { standard: ['html', 'body', 'data-bs-theme'] },
  });
  return squeeze(`${purged?.css ?? ''}\n${ownCss(sources)}`);
};
