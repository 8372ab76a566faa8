import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { freePort, makeServerFolder, startPrivateServer } from './private-server';

const run = promisify(execFile);

export interface TestMariadb {
  /** `mysql://user:password@127.0.0.1:port` without a schema. */
  readonly url: string;
  readonly port: number;
  readonly socketPath: string;
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly dataFolder: string;
  readonly pid: number;
  stop(): Promise<void>;
  /** SIGKILL; `revive` starts it on the same files again. */
  crash(): Promise<void>;
  revive(): Promise<void>;
}
export interface TestMariadbOptions {
  /** Default 127.0.0.1; 0.0.0.0 when containers have to reach it. */
  readonly bindAddress?: string;
  /** More options of the server, e.g. `--max-allowed-packet=64M`. */
  readonly arguments?: readonly string[];
}

const adminUser = 'sp_admin';

/** As in the product's own image: views of the system schema carry the collation they were made with. */
const COLLATION = ['--character-set-server=utf8mb4', '--collation-server=utf8mb4_unicode_ci'];
const FRESH = [
  '--no-defaults',
  '--user=root',
  '--auth-root-authentication-method=normal',
  '--skip-test-db',
  '--innodb-log-file-size=16M',
  ...COLLATION,
];
const CACHE = path.resolve(__dirname, '..', '..', 'node_modules', '.cache');
/** Data folder nobody used yet: made once by each version of the server, and copied, which takes a tenth of the time. */
const freshData = async (): Promise<string> => {
  const { stdout } = await run('mariadbd', ['--no-defaults', '--version']);
  const made = path.join(
    CACHE,
    `mariadb-${createHash('sha256')
      .update(`${stdout}${FRESH.join(' ')}`)
      .digest('hex')
      .slice(0, 16)}`,
  );
  if (existsSync(made)) return made;
  mkdirSync(CACHE, { recursive: true });
  const own = mkdtempSync(`${made}-`);
  mkdirSync(path.join(own, 'tmp'));
  await run('mariadb-install-db', [
    ...FRESH,
    `--datadir=${path.join(own, 'data')}`,
    `--tmpdir=${path.join(own, 'tmp')}`,
  ]);
  // Another test may have been quicker.
  await rename(path.join(own, 'data'), made).catch(() => undefined);
  await rm(own, { recursive: true, force: true });
  return made;
};
const initialise = async (folder: string, adminPassword: string): Promise<string> => {
  const dataFolder = path.join(folder, 'data');
  await cp(await freshData(), dataFolder, { recursive: true });
  writeFileSync(
    path.join(folder, 'init.sql'),
    [
      `CREATE OR REPLACE USER '${adminUser}'@'%' IDENTIFIED BY '${adminPassword}';`,
      `GRANT ALL PRIVILEGES ON *.* TO '${adminUser}'@'%' WITH GRANT OPTION;`,
      `DROP USER IF EXISTS 'root'@'localhost';`,
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  return dataFolder;
};

const answers = async (socketPath: string, password: string): Promise<boolean> => {
  try {
    const connection = await createConnection({ socketPath, user: adminUser, password });
    await connection.end();
    return true;
  } catch {
    return false;
  }
};

/** A private MariaDB of the machine's own package, empty and with one administrator; up in about a second, gone with the test process. */
export const startMariadb = async (options: TestMariadbOptions = {}): Promise<TestMariadb> => {
  const folder = makeServerFolder('sp-mariadb-');
  const adminPassword = randomBytes(12).toString('hex');
  const dataFolder = await initialise(folder, adminPassword);
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary);
  const socketPath = path.join(folder, 'db.sock');
  const port = await freePort();
  const argv = [
    'mariadbd',
    '--no-defaults',
    '--user=root',
    `--datadir=${dataFolder}`,
    // A server that starts clears the folder for temporary tables, whosever they are.
    `--tmpdir=${temporary}`,
    `--socket=${socketPath}`,
    `--pid-file=${path.join(folder, 'db.pid')}`,
    `--port=${port}`,
    `--bind-address=${options.bindAddress ?? '127.0.0.1'}`,
    `--init-file=${path.join(folder, 'init.sql')}`,
    '--skip-name-resolve',
    '--performance-schema=OFF',
    ...COLLATION,
    '--innodb-buffer-pool-size=96M',
    '--innodb-log-file-size=16M',
    '--innodb-flush-log-at-trx-commit=0',
    '--max-allowed-packet=64M',
    '--default-time-zone=+07:00',
    ...(options.arguments ?? []),
  ];
  const server = await startPrivateServer(argv, folder, () => answers(socketPath, adminPassword));
  return {
    url: `mysql://${adminUser}:${adminPassword}@127.0.0.1:${port}`,
    port,
    socketPath,
    adminUser,
    adminPassword,
    dataFolder,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    crash: () => server.crash(),
    revive: () => server.revive(),
  };
};
