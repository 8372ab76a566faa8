import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { buildAssets, type BuiltAsset } from '../../../server/assets/build';
import { readAssetMap } from '../../../server/http/render';

const outDir = mkdtempSync(path.join(tmpdir(), 'siappakai-assets-'));
const root = path.resolve(__dirname, '../../..');
let built: readonly BuiltAsset[] = [];
const size = (name: string): number => built.find((asset) => asset.name === name)!.gzipped;
const contentOf = (name: string): string => readFileSync(path.join(outDir, path.basename(readAssetMap(outDir)[name]!)), 'utf8');

beforeAll(async () => {
  built = await buildAssets({ root, outDir });
}, 60_000);
afterAll(() => {
  rmSync(outDir, { recursive: true, force: true });
});

test('stays within its weight: sheet ≤ 25 KB, each script ≤ 5 KB, icons ≤ 5 KB gzipped', () => {
  expect(size('app.css')).toBeLessThanOrEqual(25_000);
  expect(size('page.js')).toBeLessThanOrEqual(5_000);
  expect(size('live.js')).toBeLessThanOrEqual(5_000);
  expect(size('icons.svg')).toBeLessThanOrEqual(5_000);
});

test('the first page of a cold visitor is far below 100 KB, the font included', () => {
  expect(built.reduce((sum, asset) => sum + asset.gzipped, 0)).toBeLessThan(70_000);
});

test('names carry the hash of their content; compressed twins hold the same bytes', () => {
  const url = readAssetMap(outDir)['app.css']!;
  expect(url).toMatch(/^\/assets\/app\.[0-9a-f]{10}\.css$/);
  const file = path.join(outDir, path.basename(url));
  const plain = readFileSync(file);
  expect(gunzipSync(readFileSync(`${file}.gz`)).equals(plain)).toBe(true);
  expect(brotliDecompressSync(readFileSync(`${file}.br`)).equals(plain)).toBe(true);
});

test('nothing of the build notation is left, and every picture is local', () => {
  const css = contentOf('app.css');
  expect(css).not.toMatch(/url\("(icon|dot|font):/);
  for (const url of css.matchAll(/url\(["']?([^"')]{0,30})/g)) expect(url[1]).toMatch(/^(data:image\/svg\+xml|\/assets\/)/);
  expect(css).toContain('@media (prefers-color-scheme:dark){:root:not([data-bs-theme])');
});

test('the sprite takes its colour from the page', () => {
  expect(contentOf('icons.svg')).not.toMatch(/(stroke|fill)="#/);
});
