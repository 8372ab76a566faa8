import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { homePaths, type Config } from '../../server/config';
import { jailedArgv, jailFor } from '../../server/parts/jail';
import { partSpecs } from '../../server/parts/part-spec';
import { unitText } from '../../server/parts/systemd';

const user = { uid: 54_321, gid: 54_321 };
let folder = '';
const make = (name: string, mode: number): string => {
  const at = path.join(folder, name);
  mkdirSync(at, { recursive: true });
  chmodSync(at, mode);
  return at;
};
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'jail-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

it('covers nothing where everything is open', () => {
  const code = make('code', 0o755);
  expect(jailFor([code], user)).toEqual({ covered: [], kept: [] });
  const argv = jailedArgv(['node', 'main.js'], user, [code], 'jail.sh');
  expect(argv.slice(0, 2)).toEqual(['setpriv', '--reuid=54321']);
  expect(argv.slice(-3)).toEqual(['--', 'node', 'main.js']);
});

it('covers the outermost closed folder once and keeps what is needed in it', () => {
  make('root', 0o700);
  make('root/inner', 0o700);
  const code = make('root/inner/code', 0o755);
  const home = make('root/home', 0o755);
  make('root/home/run', 0o755);
  expect(jailFor([home, code, path.join(home, 'run'), '/usr/bin/env'], user)).toEqual({
    covered: [path.join(folder, 'root')],
    kept: [home, code].sort(),
  });
});

it('keeps the entries of a folder that is closed itself', () => {
  const clone = make('clone', 0o700);
  make('clone/dist', 0o755);
  writeFileSync(path.join(clone, 'package.json'), '');
  expect(jailFor([clone], user)).toEqual({
    covered: [clone],
    kept: [path.join(clone, 'dist'), path.join(clone, 'package.json')],
  });
});

it('writes units that quote odd paths and take every right from web', () => {
  const home = make('odd "home" $x 100%', 0o700);
  const config: Config = {
    home,
    name: 'uji',
    id: '01M82AJWZ19X4JFCYYK8MSQT9E',
    preset: 'demo',
    httpPort: 1,
    httpsPort: 2,
    dashboardPort: 3,
    createdAt: '',
    dockerHost: 'unix:///var/run/docker.sock',
    databaseUrl: null,
    tenantDatabaseUrl: null,
    redisUrl: null,
    paths: homePaths(home),
  };
  const [web, worker] = partSpecs(config, ['/usr/bin/node', '/a $b/main.js'], user).map((spec) =>
    unitText(config, spec),
  );
  const escaped = home.replaceAll('"', '\\"').replace('%', '%%');
  expect(web).toContain(`ExecStart="/usr/bin/node" "/a $$b/main.js" "run-web" "uji" "${config.id}"\n`);
  expect(web).toContain(`Environment="SIAPPAKAI_HOME=${escaped}"\n`);
  expect(web).toContain('User=54321\nGroup=54321\nNoNewPrivileges=yes\nCapabilityBoundingSet=\n');
  expect(web).not.toContain('DOCKER_HOST');
  expect(worker).toContain('DOCKER_HOST=unix:///var/run/docker.sock');
  expect(worker).not.toContain('User=');
  for (const unit of [web, worker]) expect(unit).toMatch(/Restart=always\nRestartSec=500ms\n/);
});
