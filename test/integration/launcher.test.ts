import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { foreignVariables } from '../../server/config';

const LAUNCHER = path.join(__dirname, '..', '..', 'siappakai');
/** Builds a main.js that tells how it was called, and counts how often it was built. */
const BUILD = `
const { mkdirSync, writeFileSync, appendFileSync, readFileSync } = require('node:fs');
appendFileSync('builds.log', 'x');
const word = readFileSync('server/main.txt', 'utf8').trim();
mkdirSync('dist/server', { recursive: true });
writeFileSync('dist/server/main.js', \`console.log(JSON.stringify({ word: \${JSON.stringify(word)}, args: process.argv.slice(2), cwd: process.cwd() }))\`);
`;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
let folder = '';
let checkout = '';

const launch = (
  args: readonly string[],
  options: {
    readonly env?: Record<string, string>;
    readonly cwd?: string;
    readonly as?: readonly string[];
    readonly file?: string;
  } = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const [command = '', ...rest] = [...(options.as ?? []), options.file ?? path.join(checkout, 'siappakai'), ...args];
    const child = spawn(command, rest, {
      cwd: options.cwd ?? '/',
      env: { ...foreignVariables(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
const answer = (ran: Ran): unknown => JSON.parse(ran.stdout);
const builds = (): number => readFileSync(path.join(checkout, 'builds.log'), 'utf8').length;

/** A machine whose commands are only those named (links in one folder) plus stand-ins that write down how they were called. */
const machineWith = (standIns: Readonly<Record<string, string>>, hidden: readonly string[]): Record<string, string> => {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  for (const place of ['/usr/local/bin', '/usr/sbin', '/usr/bin', path.dirname(process.execPath)]) {
    for (const entry of readdirSync(place)) {
      if (hidden.includes(entry) || entry in standIns || existsSync(path.join(bin, entry))) continue;
      symlinkSync(path.join(place, entry), path.join(bin, entry));
    }
  }
  for (const [name, text] of Object.entries(standIns)) {
    writeFileSync(path.join(bin, name), `#!/bin/bash\n${text}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  return { PATH: bin };
};

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'launcher-'));
  checkout = path.join(folder, 'a path with spaces');
  mkdirSync(path.join(checkout, 'server'), { recursive: true });
  copyFileSync(LAUNCHER, path.join(checkout, 'siappakai'));
  chmodSync(folder, 0o755);
  const manifest = { name: 'fixture', version: '1.0.0', scripts: { build: 'node build.cjs' } };
  writeFileSync(path.join(checkout, 'package.json'), JSON.stringify(manifest));
  const lock = {
    name: 'fixture',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name: 'fixture', version: '1.0.0' } },
  };
  writeFileSync(path.join(checkout, 'package-lock.json'), JSON.stringify(lock));
  writeFileSync(path.join(checkout, 'build.cjs'), BUILD);
  writeFileSync(path.join(checkout, 'server', 'main.txt'), 'satu');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('builds once, hands every argument on unchanged, from any folder and through a link', async () => {
  const args = ['desa', 'list', '--search', 'two words', '', '*', '$HOME', '--json'];
  const first = await launch(args);
  expect([first.code, answer(first)]).toEqual([0, { word: 'satu', args, cwd: '/' }]);
  const link = path.join(folder, 'link');
  symlinkSync(path.join(checkout, 'siappakai'), link);
  const second = await launch(['status'], { cwd: folder, file: link });
  expect(answer(second)).toEqual({ word: 'satu', args: ['status'], cwd: folder });
  expect([second.stderr, builds()]).toEqual(['', 1]);
}, 60_000);

it('builds again when a source differs, whatever its date, and drops what has no source', async () => {
  await launch(['status']);
  writeFileSync(path.join(checkout, 'dist', 'orphan.js'), '');
  writeFileSync(path.join(checkout, 'server', 'main.txt'), 'duaa');
  const ran = await launch(['status']);
  expect(answer(ran)).toMatchObject({ word: 'duaa' });
  expect([builds(), existsSync(path.join(checkout, 'dist', 'orphan.js'))]).toEqual([2, false]);
}, 60_000);

it('opens what the dashboard reads to its user, after a checkout under a strict umask', async () => {
  mkdirSync(path.join(checkout, 'views'));
  writeFileSync(path.join(checkout, 'views', 'page.ejs'), '', { mode: 0o600 });
  chmodSync(path.join(checkout, 'package.json'), 0o600);
  chmodSync(path.join(checkout, 'views'), 0o700);
  await launch(['status'], { as: ['bash', '-c', 'umask 077; exec "$@"', 'bash'] });
  const modes = ['views', 'views/page.ejs', 'package.json', 'dist/server/main.js', 'dist'].map((file) =>
    (statSync(path.join(checkout, file)).mode & 0o777).toString(8),
  );
  expect(modes).toEqual(['755', '644', '644', '644', '755']);
}, 60_000);

it('builds once when two start at the same time', async () => {
  const both = await Promise.all([launch(['status']), launch(['status']), launch(['status'])]);
  expect(both.map((ran) => ran.code)).toEqual([0, 0, 0]);
  expect(builds()).toBe(1);
}, 60_000);

/** Processor milliseconds of a command and its children: what a quiet machine would need, measured on a busy one. */
const cost = async (argv: readonly string[]): Promise<number> => {
  const counted = ['-c', '"$@" >/dev/null; times', 'bash', ...argv];
  const { stdout } = await launch(counted, { file: '/bin/bash' });
  const ofChildren = [...(stdout.trim().split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return ofChildren.reduce((total, match) => total + Number(match[1]) * 60_000 + Number(match[2]) * 1_000, 0);
};

it('costs less than 150 ms when everything is there', async () => {
  await launch(['status']);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    ours.push(await cost([path.join(checkout, 'siappakai'), 'status']));
    bare.push(await cost([process.execPath, path.join(checkout, 'dist', 'server', 'main.js'), 'status']));
  }
  expect(Math.min(...bare)).toBeGreaterThan(0);
  expect(Math.min(...ours) - Math.min(...bare)).toBeLessThan(150);
}, 60_000);

it('works without a network when everything is there, even with modules put in by hand', async () => {
  mkdirSync(path.join(checkout, 'node_modules'));
  const env = machineWith({ npm: `case $1 in ci) exit 9;; *) cd '${checkout}'; exec node build.cjs;; esac` }, []);
  const ran = await launch(['status'], { env });
  expect([ran.code, answer(ran)]).toMatchObject([0, { word: 'satu' }]);
}, 60_000);

it('says what to do about a missing or old Node', async () => {
  const missing = await launch(['status'], { env: machineWith({}, ['node']) });
  expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining('Node.js is missing')]);
  rmSync(path.join(folder, 'bin'), { recursive: true });
  const old = await launch(['status'], { env: machineWith({ node: 'echo v20.18.3' }, []) });
  expect([old.code, old.stderr]).toEqual([3, expect.stringContaining('20.18.3 is too old')]);
}, 60_000);

it('wants root, except for help', async () => {
  await launch(['status']);
  const as = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const refused = await launch(['status'], { as });
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('needs root')]);
  for (const args of [['--help'], ['completion'], ['desa', '--help']]) {
    expect((await launch(args, { as })).code).toBe(0);
  }
}, 60_000);

describe('system packages', () => {
  const aptLog = (): string => path.join(folder, 'apt.log');
  const machine = (): Record<string, string> =>
    machineWith(
      {
        // Puts in what was asked for and notes whether services were held meanwhile.
        'apt-get': `printf '%s\\n' "$*" >>'${aptLog()}'; [[ -e /usr/sbin/policy-rc.d ]] && echo held >>'${aptLog()}'
for word in "$@"; do [[ $word != git ]] || { printf '#!/bin/sh\\n' >'${folder}/bin/git'; chmod 755 '${folder}/bin/git'; }; done`,
      },
      ['git'],
    );

  it('asks nobody when nobody is there: exit 2 with what it would have asked', async () => {
    const ran = await launch(['up'], { env: machine() });
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(/would ask: install git/)]);
    expect(existsSync(aptLog())).toBe(false);
  }, 60_000);

  it('installs what is missing with --yes, and for the demo, without services starting', async () => {
    const policy = existsSync('/usr/sbin/policy-rc.d') ? readFileSync('/usr/sbin/policy-rc.d', 'utf8') : null;
    const ran = await launch(['demo'], { env: machine() });
    expect([ran.code, answer(ran)]).toMatchObject([0, { args: ['demo'] }]);
    const log = readFileSync(aptLog(), 'utf8');
    expect(log).toContain('--no-install-recommends');
    expect(log).toContain('install git\nheld\n');
    expect(existsSync('/usr/sbin/policy-rc.d') ? readFileSync('/usr/sbin/policy-rc.d', 'utf8') : null).toBe(policy);
    const again = await launch(['up', '--yes'], { env: { PATH: path.join(folder, 'bin') } });
    expect([again.code, again.stderr]).toEqual([0, '']);
  }, 60_000);

  it('installs nothing for help and for commands that need none', async () => {
    const env = machine();
    for (const args of [['up', '--help'], ['completion', '--yes'], ['status', '--yes'], ['--help']]) {
      expect((await launch(args, { env })).code).toBe(0);
    }
    expect(existsSync(aptLog())).toBe(false);
  }, 60_000);

  it('puts in every server that a test starts beside the engine', async () => {
    const servers = ['mariadbd', 'mariadb-install-db', 'redis-server', 'pebble'];
    const env = machineWith({ 'apt-get': 'exit 100' }, servers);
    const ran = await launch(['test'], { env });
    expect([ran.code, ran.stderr]).toEqual([
      3,
      expect.stringContaining('could not install mariadb-server pebble redis-server'),
    ]);
  }, 60_000);

  it('says what failed when a package cannot be had', async () => {
    const env = machineWith({ 'apt-get': 'exit 100' }, ['git']);
    const ran = await launch(['up', '--yes'], { env });
    expect([ran.code, ran.stderr]).toEqual([3, expect.stringContaining('could not install git')]);
  }, 60_000);
});
