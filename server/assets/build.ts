/**
 * Builds `dist/assets`: one sheet, one script, sprite and font, each with a hash in its name, a `.br` and a `.gz` beside it,
 * and `manifest.json` (source name → URL). Run as `node dist/server/assets/build.js` after tsc.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { buildCss } from './css';
import { buildScript } from './script';
import { buildSprite } from './sprite';

export interface BuildPaths {
  /** Folder with `views` and `node_modules`. */
  readonly root: string;
  readonly outDir: string;
}
export interface BuiltAsset {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  readonly gzipped: number;
}

const COMPRESSIBLE = new Set(['.css', '.js', '.svg']);

const filesBelow = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => path.join(folder, name));

const put = (outDir: string, name: string, content: Buffer): BuiltAsset => {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const extension = path.extname(name);
  const file = `${path.basename(name, extension)}.${hash}${extension}`;
  writeFileSync(path.join(outDir, file), content);
  const gz = gzipSync(content, { level: 9 });
  if (COMPRESSIBLE.has(extension)) {
    writeFileSync(path.join(outDir, `${file}.gz`), gz);
    const quality = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    writeFileSync(path.join(outDir, `${file}.br`), brotliCompressSync(content, { params: quality }));
  }
  return { name, url: `/assets/${file}`, bytes: content.length, gzipped: gz.length };
};

/** Builds everything anew; the same sources give the same names. */
export const buildAssets = async ({ root, outDir }: BuildPaths): Promise<readonly BuiltAsset[]> => {
  const modules = path.join(root, 'node_modules');
  const views = path.join(root, 'views');
  const sources = path.join(views, 'assets-src');
  const iconsDir = path.join(modules, '@tabler', 'icons', 'icons');
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  const font = readFileSync(
    path.join(
      modules,
      '@fontsource-variable',
      'plus-jakarta-sans',
      'files',
      'plus-jakarta-sans-latin-wght-normal.woff2',
    ),
  );
  const fontAsset = put(outDir, 'plus-jakarta-sans.woff2', font);
  const scripts = [
    buildScript(path.join(sources, 'js'), 'page.js'),
    buildScript(path.join(sources, 'js'), 'live.js'),
  ] as const;
  const content = [...filesBelow(views, '.ejs').map((file) => readFileSync(file, 'utf8')), ...scripts];
  const css = await buildCss({
    sourceDir: path.join(sources, 'css'),
    iconsDir,
    tablerCss: path.join(modules, '@tabler', 'core', 'dist', 'css', 'tabler.css'),
    content,
    fontUrl: fontAsset.url,
  });
  const assets = [
    fontAsset,
    put(outDir, 'app.css', Buffer.from(css)),
    put(outDir, 'page.js', Buffer.from(scripts[0])),
    put(outDir, 'live.js', Buffer.from(scripts[1])),
    put(outDir, 'icons.svg', Buffer.from(buildSprite(iconsDir))),
  ];
  const manifest = Object.fromEntries(assets.map((asset) => [asset.name, asset.url]));
  writeFileSync(path.join(outDir, 'manifest.json'), JSON.stringify(manifest));
  return assets;
};

const isRoot = (folder: string): boolean =>
  ['views', 'node_modules', 'package.json'].every((name) => existsSync(path.join(folder, name)));
const rootAbove = (from: string): string => {
  if (isRoot(from)) return from;
  const parent = path.dirname(from);
  if (parent === from) throw new Error('the folder with views and node_modules was not found');
  return rootAbove(parent);
};

const main = async (): Promise<void> => {
  const root = rootAbove(__dirname);
  for (const asset of await buildAssets({ root, outDir: path.join(root, 'dist', 'assets') })) {
    process.stderr.write(`${asset.name}  ${asset.bytes} B, ${asset.gzipped} B gzipped\n`);
  }
};
if (require.main === module) void main();
