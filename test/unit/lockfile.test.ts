import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
});
const { packages } = lockSchema.parse(
  JSON.parse(readFileSync(path.join(__dirname, '../../package-lock.json'), 'utf8')),
);

/** As node looks for it: beside the package, then in every node_modules above. */
const isLocked = (from: string, name: string): boolean => {
  if (`${from}${from === '' ? '' : '/'}node_modules/${name}` in packages) return true;
  return from !== '' && isLocked(from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name);
};

/** A lock file written where a registry lacks the packages of other platforms makes `npm ci` fail everywhere. */
it('locks the optional packages of every platform', () => {
  const missing = Object.entries(packages).flatMap(([from, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {}).filter((name) => !isLocked(from, name)),
  );
  expect(missing).toEqual([]);
});

it('names a version for everything', () => {
  expect(Object.entries(packages).filter(([, { version }]) => version === undefined)).toEqual([]);
});
