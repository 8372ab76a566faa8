import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const ROOT = path.join(__dirname, '..', '..');
const resultSchema = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** Violations as `rule: from → to`, of the tree at `cwd`. */
const cruise = async (cwd: string) => {
  const cli = path.join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const config = path.join(ROOT, '.dependency-cruiser.cjs');
  const args = [cli, '--config', config, '--output-type', 'json', 'server', 'provisioners', 'migrations'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 256 * 1024 * 1024 }).catch(
    (error: unknown) => z.object({ stdout: z.string() }).parse(error),
  );
  const { summary } = resultSchema.parse(JSON.parse(stdout));
  return {
    files: summary.totalCruised,
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
  };
};

const sources = (folder: string): string[] =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(folder, file));

it('keeps the layers and has no import cycles', async () => {
  const { files, violations } = await cruise(ROOT);
  expect(violations).toEqual([]);
  expect(files).toBeGreaterThan(20);
}, 120_000);

describe('the rules themselves', () => {
  let folder = '';
  const write = (file: string, imports: readonly string[]): void => {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    const lines = imports.map((from, index) => `import { x as x${index} } from '${from}';`);
    const uses = imports.map((_, index) => `x${index}`).join(', ');
    writeFileSync(path.join(folder, file), `${lines.join('\n')}\nexport const x = [${uses}];\n`);
  };
  afterEach(() => rmSync(folder, { recursive: true }));

  it('refuse each kind of wrong import', async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'layers-'));
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    write('server/domain/pure.ts', ['../stores/one-store', 'node:fs']);
    write('server/stores/one-store.ts', ['../services/one-service']);
    write('server/services/one-service.ts', ['../http/page', 'knex']);
    write('server/http/page.ts', ['../cli/word', '../../provisioners/apps/one']);
    write('server/cli/word.ts', ['../http/page']);
    write('provisioners/apps/one.ts', ['../targets/first/index']);
    write('provisioners/targets/first/index.ts', ['../second/index', '../../../server/domain/pure']);
    write('provisioners/targets/second/index.ts', []);
    write('migrations/0001.ts', ['../server/domain/pure']);
    const { violations } = await cruise(folder);
    const broken = new Set(violations.map((violation) => violation.slice(0, violation.indexOf(': '))));
    for (const line of [
      'domain is pure: server/domain/pure.ts → server/stores/one-store.ts',
      'domain is pure: server/domain/pure.ts → fs',
      'layer: server/stores: server/stores/one-store.ts → server/services/one-service.ts',
      'layer: server/services: server/services/one-service.ts → server/http/page.ts',
      'layer: server/http: server/http/page.ts → server/cli/word.ts',
      'layer: server/http: server/http/page.ts → provisioners/apps/one.ts',
      'no app imports a target: provisioners/apps/one.ts → provisioners/targets/first/index.ts',
      'no target imports another: provisioners/targets/first/index.ts → provisioners/targets/second/index.ts',
      'layer: provisioners: provisioners/targets/first/index.ts → server/domain/pure.ts',
      'layer: migrations: migrations/0001.ts → server/domain/pure.ts',
    ]) {
      expect(violations).toContain(line);
    }
    expect(broken).toContain('no cycles');
    expect(broken).toContain('SQL lives in stores');
  }, 120_000);
});

it('asks the surroundings in one file, and never a shell or the console', () => {
  const asks = (pattern: RegExp, except: readonly string[]): string[] =>
    [...sources('server'), ...sources('provisioners'), ...sources('migrations')].filter(
      (file) => !except.includes(file) && pattern.test(readFileSync(path.join(ROOT, file), 'utf8')),
    );
  expect(asks(/process\.env\b/, ['server/config.ts'])).toEqual([]);
  expect(asks(/\bshell:\s*true\b|\bexecSync\(/, [])).toEqual([]);
  expect(asks(/\bconsole\.\w+\(/, [])).toEqual([]);
});
