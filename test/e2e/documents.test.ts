import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MACHINE_LINES } from '../helpers/docs-machine-lines';
import { fillIn, Typist, type Terminal } from '../helpers/documented-shell';
import {
  DOMAIN,
  leave,
  makeInstallation,
  sampleOf,
  SCHEMA,
  type Installation,
  type Place,
} from '../helpers/e2e-installation';
import { visit } from '../helpers/e2e-site';
import { desaList, villageContainers } from '../helpers/e2e-world';
import { startSshd } from '../helpers/local-sshd';
import { freePort } from '../helpers/private-server';
import { git } from '../helpers/release-fixtures';

const run = promisify(execFile);
const TUNNEL = 'ssh -L 8700:127.0.0.1:8700 admin@alamat-server';
const WAIT_MS = 60_000;
const MINUTE = 60_000;
jest.setTimeout(15 * MINUTE);

const terminalOf = ({ place, config }: Installation): Terminal => ({
  ...place,
  fills: [
    ['/media/usb', path.join(place.folder, 'usb')],
    ['/var/lib/siappakai/', `${config.home}/`],
    ['siappakai-mariadb', `${config.name}-mariadb`],
  ],
});

/** A repository the checkout follows, with one commit it has not. */
const addUpstream = async ({ root, folder }: Place): Promise<void> => {
  git(root, 'init', '-q');
  git(root, 'add', '-A');
  git(root, 'commit', '-q', '-m', 'as it is');
  const [upstream, other] = [path.join(folder, 'upstream.git'), path.join(folder, 'other')];
  git(folder, 'clone', '-q', '--bare', root, upstream);
  git(root, 'remote', 'add', 'origin', upstream);
  git(root, 'fetch', '-q', 'origin');
  git(root, 'branch', '-q', '--set-upstream-to=origin/main');
  git(folder, 'clone', '-q', upstream, other);
  await appendFile(path.join(other, 'README.md'), '\nNewer.\n');
  git(other, 'commit', '-q', '-a', '-m', 'newer');
  git(other, 'push', '-q');
};

/** An installation beside the first one, as the documents name it: same checkout, everything else its own. */
const besideOf = async ({ place }: Installation): Promise<{ readonly beside: Place; readonly terminal: Terminal }> => {
  const [http, https, dashboard] = [await freePort(), await freePort(), await freePort()];
  const [home, name] = [path.join(place.folder, 'home-2'), `${place.name}-uji`];
  const plain = Object.entries(place.variables).filter(([key]) => !key.startsWith('SIAPPAKAI_'));
  const variables = Object.fromEntries(plain);
  const terminal: Terminal = {
    root: place.root,
    variables,
    fills: [
      ['/var/lib/siappakai-uji', home],
      ['SIAPPAKAI_NAME=uji', `SIAPPAKAI_NAME=${name}`],
      ['8090', String(http)],
      ['8453', String(https)],
      ['8702', String(dashboard)],
      ['--confirm siappakai', `--confirm ${name}`],
    ],
  };
  const beside = { ...place, name, variables: { ...variables, SIAPPAKAI_HOME: home }, folder: home };
  return { beside, terminal };
};

/** Programs the whole run of tests calls, which only say that they were. */
const standIns = async (root: string, log: string): Promise<void> => {
  const script = [
    '#!/usr/bin/env node',
    "const { appendFileSync, writeFileSync } = require('node:fs');",
    `appendFileSync(${JSON.stringify(log)}, require('node:path').basename(process.argv[1]) + '\\n');`,
    "const file = process.argv.find((one) => one.startsWith('--outputFile='));",
    'const counts = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };',
    'const report = { ...counts, numRuntimeErrorTestSuites: 0, testResults: [] };',
    "if (file) writeFileSync(file.slice('--outputFile='.length), JSON.stringify(report));",
  ];
  for (const name of ['tsc', 'eslint', 'prettier', 'knip', 'jest']) {
    const file = path.join(root, 'node_modules', '.bin', name);
    // What lies there is also the other checkout's.
    await rm(file, { force: true });
    await writeFile(file, `${script.join('\n')}\n`, { mode: 0o755 });
  }
};

const answersAt = async (url: string): Promise<number> => {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const status = await fetch(url, { redirect: 'manual' }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status !== 0 || Date.now() > until) return status;
    await sleep(100);
  }
};

/** What the documents tell people to type, typed: each command that needs a real installation, in their words. */
describe('what the documents say', () => {
  const typist = new Typist(MACHINE_LINES);
  let installation: Installation;
  const terminal = (): Terminal => terminalOf(installation);
  beforeAll(async () => {
    installation = await makeInstallation();
    const pattern = `{desa}.kec-{kec}.${DOMAIN}`;
    await tell('setup', '--kabupaten', '33.05', '--domain-pattern', pattern, '--admin-email', 'siti@uji.localhost');
    await tell('release', 'import', 'opensid', sampleOf('opensid', '2410.0.0'));
    await tell('desa', 'install', '33.05.05.2011', '--app', 'opensid', '--wait');
  }, 15 * MINUTE);
  afterAll(() => installation.destroy(), 5 * MINUTE);
  const tell = async (...argv: readonly string[]): Promise<void> => {
    const { code, stderr } = await installation.cli(...argv);
    if (code !== 0) throw new Error(stderr);
  };

  test('looking at an installation', async () => {
    await typist.type(
      terminal(),
      './siappakai status',
      './siappakai doctor',
      './siappakai logs web',
      './siappakai logs worker',
      './siappakai logs worker --follow',
      './siappakai logs proxy',
      './siappakai desa logs 33.05.05.2011 opensid',
      './siappakai desa logs 33.05.05.2011 opensid --follow',
    );
  });

  test('a backup is made, and brought back', async () => {
    const { database, place } = installation;
    await mkdir(path.join(place.folder, 'usb'), { recursive: true });
    await typist.type(
      terminal(),
      './siappakai database dump /media/usb/gabungan.sql.gz',
      './siappakai database shell --execute "SELECT COUNT(*) FROM config"',
      './siappakai database shell --execute "SELECT id, kode_desa FROM config"',
    );
    const { document: acts } = await installation.cli('audit', 'list', '--act', 'database.shell');
    expect(acts).toMatchObject(
      ['SELECT id, kode_desa FROM config', 'SELECT COUNT(*) FROM config'].map((statement) => ({
        after: { statement },
      })),
    );
    const before = await database.rowChecksums(SCHEMA, null);
    await database.query(SCHEMA, "UPDATE config SET nama_desa = 'Rusak'", []);
    expect(await database.rowChecksums(SCHEMA, null)).not.toEqual(before);
    await typist.type(
      terminal(),
      './siappakai desa stop --all --wait',
      './siappakai database dump /media/usb/sebelum-dikembalikan.sql.gz',
      'export MYSQL_PWD=$(cat /var/lib/siappakai/secrets/mariadb-root)',
      'zcat /media/usb/gabungan.sql.gz | docker exec -i -e MYSQL_PWD siappakai-mariadb mariadb --socket=/run/siappakai-db/mysqld.sock --user=root db_gabungan',
      'unset MYSQL_PWD',
      './siappakai desa start --all --wait',
    );
    expect(await database.rowChecksums(SCHEMA, null)).toEqual(before);
    for (const { host } of await desaList(installation))
      expect((await visit(installation, host ?? '', '/')).status).toBe(200);
  });

  test('newer code is taken over, and the same containers serve', async () => {
    const ids = async () => (await villageContainers(installation)).map((one) => one.Id).sort();
    const before = await ids();
    await addUpstream(installation.place);
    await typist.type(terminal(), 'git pull', './siappakai upgrade');
    expect(await readFile(path.join(installation.root, 'README.md'), 'utf8')).toContain('Newer.');
    expect(await ids()).toEqual(before);
  });

  test('the dashboard is reached from elsewhere', async () => {
    const { place, config, root } = installation;
    const sshd = await startSshd();
    const [port, file, key] = [await freePort(), ...['ssh_config', 'key'].map((one) => path.join(place.folder, one))];
    await writeFile(key!, sshd.privateKey, { mode: 0o600 });
    const known = ['StrictHostKeyChecking no', 'UserKnownHostsFile /dev/null', `IdentityFile ${key}`];
    const settings = ['Host server-desa', 'HostName 127.0.0.1', `Port ${sshd.port}`, ...known];
    await writeFile(file!, `${settings.join('\n')}\n`);
    const line = fillIn(TUNNEL, [
      ['ssh ', `exec ssh -F ${file} `],
      ['8700:127.0.0.1:8700', `${port}:127.0.0.1:${config.dashboardPort}`],
      ['admin@alamat-server', 'root@server-desa'],
    ]);
    const child = spawn('bash', ['-c', line], { cwd: root, stdio: ['pipe', 'ignore', 'ignore'] });
    try {
      expect(await answersAt(`http://127.0.0.1:${port}/healthz`)).toBe(200);
      typist.typed.add(TUNNEL);
    } finally {
      child.kill();
      await once(child, 'exit');
      await sshd.stop();
    }
  });

  test('a second installation comes, stops and goes beside the first one', async () => {
    const { beside, terminal: open } = await besideOf(installation);
    const inside = { ...open, variables: beside.variables };
    const running = async () =>
      (await run('docker', ['ps', '--format', '{{.Names}}'])).stdout
        .split('\n')
        .filter((one) => one.startsWith(`${beside.name}-`))
        .sort();
    try {
      await typist.type(
        open,
        'SIAPPAKAI_HOME=/var/lib/siappakai-uji SIAPPAKAI_NAME=uji SIAPPAKAI_HTTP_PORT=8090 SIAPPAKAI_HTTPS_PORT=8453 SIAPPAKAI_DASHBOARD_PORT=8702 ./siappakai up',
        'SIAPPAKAI_HOME=/var/lib/siappakai-uji ./siappakai status',
      );
      const all = await running();
      await typist.type(inside, './siappakai down');
      expect(await running()).toEqual(all.filter((one) => !one.endsWith('-redis')));
      await typist.type(inside, './siappakai up');
      expect(await running()).toEqual(all);
      await typist.type(inside, './siappakai down --all');
      expect(await running()).toEqual([]);
      await typist.type(inside, './siappakai destroy --confirm siappakai');
      await expect(readFile(path.join(beside.folder, 'installation.json'))).rejects.toThrow('ENOENT');
    } finally {
      await leave(beside);
    }
    expect((await installation.cli('status')).code).toBe(0);
  });

  test('the whole run of tests is begun, each part of it', async () => {
    const { place, root } = installation;
    const log = path.join(place.folder, 'called');
    await standIns(root, log);
    const [said] = await typist.type(terminal(), './siappakai test');
    expect(said?.trim().split('\n').at(-1)).toBe('22 passed, 0 failed, 0 skipped');
    const called = (await readFile(log, 'utf8')).trim().split('\n');
    expect(called.slice(0, 5).sort()).toEqual(['eslint', 'knip', 'prettier', 'tsc', 'tsc']);
    expect(called.slice(5)).toEqual(['jest', 'jest', 'jest', 'jest', 'jest']);
  });

  test('none was left out', () => {
    expect([...typist.typed].sort()).toEqual(Object.keys(MACHINE_LINES).sort());
  });
});
