/** Colour of the office, made readable on every ground of the pages. Contrast by the WCAG formula. */
type Rgb = readonly [number, number, number];
export interface AccentTokens {
  readonly accent: string;
  readonly hover: string;
  readonly soft: string;
  readonly on: string;
}
export interface Accent {
  readonly light: AccentTokens;
  readonly dark: AccentTokens;
  /** The light accent had to be darker than what was chosen. */
  readonly adjusted: boolean;
}
export const DEFAULT_COLOR = '#3a41ae';
export const COLOR_FORM = /^#[0-9a-f]{6}$/;

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const INK: Rgb = [17, 19, 46];
/** The least fitting ground of each theme: where the accent stands out least. */
const GROUNDS = { light: [236, 239, 243], dark: [30, 37, 46] } as const satisfies Record<'light' | 'dark', Rgb>;
const SURFACES = { light: WHITE, dark: [21, 25, 32] } as const satisfies Record<'light' | 'dark', Rgb>;
/** A link in running text; in the dark the tokens of the design keep more. */
const NEEDED = { light: 4.8, dark: 6 } as const;
const READABLE = 4.5;
const STEP = 0.04;

const rgbOf = (hex: string): Rgb => {
  const value = Number.parseInt(hex.slice(1), 16);
  return [Math.floor(value / 65_536) % 256, Math.floor(value / 256) % 256, value % 256];
};
const hexOf = (rgb: Rgb): string => `#${rgb.map((one) => Math.round(one).toString(16).padStart(2, '0')).join('')}`;
const mix = (from: Rgb, to: Rgb, share: number): Rgb => {
  const at = (index: 0 | 1 | 2): number => from[index] + (to[index] - from[index]) * share;
  return [at(0), at(1), at(2)];
};
const luminance = (rgb: Rgb): number => {
  const linear = (one: number): number =>
    one / 255 <= 0.03928 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
};
const contrast = (left: Rgb, right: Rgb): number => {
  const [high, low] = [luminance(left), luminance(right)].sort((a, b) => b - a);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
};
/** 1 to 21. */
export const contrastOf = (left: string, right: string): number => contrast(rgbOf(left), rgbOf(right));

/** The nearest shade towards black or white that is readable on the ground of its theme. */
const readable = (color: Rgb, theme: 'light' | 'dark'): Rgb => {
  const towards = theme === 'light' ? BLACK : WHITE;
  for (let share = 0; share < 1; share += STEP) {
    const shade = mix(color, towards, share);
    if (contrast(shade, GROUNDS[theme]) >= NEEDED[theme]) return shade;
  }
  return towards;
};
const tokensOf = (accent: Rgb, theme: 'light' | 'dark'): AccentTokens => ({
  accent: hexOf(accent),
  hover: hexOf(mix(accent, theme === 'light' ? BLACK : WHITE, 0.2)),
  soft: hexOf(mix(SURFACES[theme], accent, theme === 'light' ? 0.1 : 0.16)),
  on: hexOf(contrast(accent, WHITE) >= READABLE ? WHITE : INK),
});

/** Tokens of a chosen colour (`#rrggbb`, lower case) for both themes. */
export const accentOf = (color: string): Accent => {
  const chosen = rgbOf(color);
  const light = readable(chosen, 'light');
  return {
    light: tokensOf(light, 'light'),
    dark: tokensOf(readable(chosen, 'dark'), 'dark'),
    adjusted: hexOf(light) !== color,
  };
};

const block = ({ accent, hover, soft, on }: AccentTokens): string =>
  `--sp-accent:${accent};--sp-accent-hover:${hover};--sp-accent-soft:${soft};--sp-on-accent:${on}`;
/** A sheet that puts the colour over the usual one. */
export const brandSheet = (color: string): string => {
  const { light, dark } = accentOf(color);
  return [
    `:root,[data-bs-theme=light]{${block(light)}}`,
    `[data-bs-theme=dark]{${block(dark)}}`,
    `@media (prefers-color-scheme:dark){:root:not([data-bs-theme]){${block(dark)}}}`,
  ].join('\n');
};

const PICTURES: readonly (readonly [type: string, starts: (bytes: Uint8Array) => boolean])[] = [
  ['image/png', (bytes) => [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((one, at) => bytes[at] === one)],
  ['image/jpeg', (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff],
  [
    'image/webp',
    (bytes) =>
      [0x52, 0x49, 0x46, 0x46].every((one, at) => bytes[at] === one) &&
      [0x57, 0x45, 0x42, 0x50].every((one, at) => bytes[at + 8] === one),
  ],
];
/** Type of a picture by its content; null when it is none of ours. SVG may carry scripts and is not taken. */
export const pictureType = (bytes: Uint8Array): string | null =>
  PICTURES.find(([, starts]) => starts(bytes))?.[0] ?? null;
