import { accentOf, brandSheet, contrastOf, DEFAULT_COLOR, pictureType } from '../../../server/domain/brand';

/** Grounds of the design on which links and buttons stand. */
const LIGHT = ['#ffffff', '#f5f6f8', '#eceff3'];
const DARK = ['#0d1014', '#151920', '#1e252e'];
const colors = [
  '#000000',
  '#ffffff',
  '#ffff00',
  '#00ff00',
  '#ff0000',
  '#0000ff',
  '#d97706',
  '#808080',
  '#7fdbff',
  DEFAULT_COLOR,
];

test('the formula is that of WCAG', () => {
  expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21, 1);
  expect(contrastOf('#3a41ae', '#ffffff')).toBeCloseTo(8.24, 1);
});

test.each(colors)('%s is readable on every ground, and text on it too', (color) => {
  const { light, dark } = accentOf(color);
  for (const ground of LIGHT) expect(contrastOf(light.accent, ground)).toBeGreaterThanOrEqual(4.5);
  for (const ground of DARK) expect(contrastOf(dark.accent, ground)).toBeGreaterThanOrEqual(4.5);
  for (const { accent, hover, soft, on } of [light, dark]) {
    expect(contrastOf(accent, on)).toBeGreaterThanOrEqual(4.5);
    expect([accent, hover, soft, on].every((one) => /^#[0-9a-f]{6}$/.test(one))).toBe(true);
  }
  expect(contrastOf(light.soft, light.accent)).toBeGreaterThanOrEqual(4.5);
  expect(contrastOf(dark.soft, dark.accent)).toBeGreaterThanOrEqual(4.5);
});

test('a readable colour stays as it was chosen, a pale one says that it was changed', () => {
  expect(accentOf(DEFAULT_COLOR)).toMatchObject({ light: { accent: DEFAULT_COLOR }, adjusted: false });
  expect(accentOf('#ffff00').adjusted).toBe(true);
});

test('the sheet speaks for both themes and for the device', () => {
  const sheet = brandSheet('#0b6b3c');
  expect(sheet).toContain(':root,[data-bs-theme=light]{--sp-accent:#0b6b3c;');
  expect(sheet).toContain('[data-bs-theme=dark]{');
  expect(sheet).toContain('@media (prefers-color-scheme:dark){:root:not([data-bs-theme])');
});

test('pictures are known by their content', () => {
  expect(pictureType(Buffer.from('89504e470d0a1a0a00', 'hex'))).toBe('image/png');
  expect(pictureType(Buffer.from('ffd8ffe0', 'hex'))).toBe('image/jpeg');
  expect(pictureType(Buffer.from('524946460000000057454250', 'hex'))).toBe('image/webp');
  expect(pictureType(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toBeNull();
  expect(pictureType(Buffer.alloc(0))).toBeNull();
});
