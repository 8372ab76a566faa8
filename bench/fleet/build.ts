import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildAssets } from '../../server/assets/build';

const run = promisify(execFile);
export const ROOT = path.join(__dirname, '..', '..');

/**
 * Builds the product as the launcher does, into a folder of its own: what is measured is what is installed, and sources that change
 * meanwhile change nothing. Types are the business of
 * another command. Returns the folder with package.json.
 */
export const buildProduct = async (folder: string): Promise<string> => {
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'views', 'deploy-templates'])
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  cpSync(
    path.join(ROOT, 'provisioners', 'regions', 'wilayah.br'),
    path.join(folder, 'provisioners/regions/wilayah.br'),
  );
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const outDir = path.join(folder, 'dist');
  await run(process.execPath, [tsc, '-p', path.join(ROOT, 'tsconfig.build.json'), '--outDir', outDir, '--noCheck'], {
    cwd: ROOT,
    maxBuffer: 16 * 2 ** 20,
  });
  await buildAssets({ root: folder, outDir: path.join(outDir, 'assets') });
  return folder;
};
