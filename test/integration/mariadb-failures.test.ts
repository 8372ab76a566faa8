import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createConnection } from 'mysql2/promise';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProvisionError, type DatabaseServer } from '../../provisioners/contracts';
import { makeMariadb } from '../../provisioners/databases/mariadb/mariadb';
import { localRunner, type ToolRunner } from '../../provisioners/databases/mariadb/tool';
import { startMariadb, type TestMariadb } from '../helpers/mariadb';

const never = new AbortController().signal;

describe('a MariaDB server that fails', () => {
  let mariadb: TestMariadb;
  let folder: string;
  const opened: DatabaseServer[] = [];
  const serverWith = (run: ToolRunner, password = mariadb.adminPassword): DatabaseServer => {
    const address = { socketPath: mariadb.socketPath };
    const server = makeMariadb({
      connection: { ...address, user: mariadb.adminUser, password },
      endpointPort: mariadb.port,
      dumpTool: { run, address },
      reservedSchemas: ['siappakai'],
    });
    opened.push(server);
    return server;
  };
  const accounts = async (): Promise<unknown> => {
    const [row] = await serverWith(localRunner).query(
      'uji',
      "SELECT COUNT(*) AS n FROM mysql.user WHERE User LIKE 'sp\\_alat\\_%'",
      [],
    );
    return row?.['n'];
  };

  beforeAll(async () => {
    mariadb = await startMariadb();
    folder = mkdtempSync(path.join(tmpdir(), 'sp-dump-'));
    const server = serverWith(localRunner);
    await server.ensureSchema('uji');
    await server.ensureSchema('salinan');
    await server.query('uji', 'CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, isi TEXT)', []);
    await server.query('uji', "INSERT INTO a (isi) SELECT REPEAT('x', 500) FROM seq_1_to_20000", []);
  }, 60_000);
  afterAll(async () => {
    for (const server of opened) await server.close();
    await mariadb.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('its own schemas are left alone', async () => {
    const server = serverWith(localRunner);
    for (const act of [
      server.dropSchema('siappakai'),
      server.restore('siappakai', 'x', never),
      server.query('siappakai', 'SELECT 1', []),
    ]) {
      await expect(act).rejects.toMatchObject({ code: 'conflict' });
    }
  });

  test('a wrong password is refused, a server that is not there is unreachable', async () => {
    await expect(serverWith(localRunner, 'salah').version()).rejects.toMatchObject({ code: 'refused' });
    const nowhere = makeMariadb({
      connection: { socketPath: path.join(folder, 'none.sock'), user: 'a', password: 'b' },
      endpointPort: 1,
    });
    await expect(nowhere.version()).rejects.toMatchObject({ code: 'unreachable' });
    await expect(nowhere.lock('x', 1)).rejects.toMatchObject({ code: 'unreachable' });
    await expect(nowhere.rowChecksums('uji', null)).rejects.toMatchObject({ code: 'unreachable' });
    await nowhere.close();
  });

  test('a dump tool that ends early, ends badly or is missing leaves no file and no account', async () => {
    const cutShort: ToolRunner = async (argv, streams) => {
      const result = await localRunner(['sh', '-c', '"$@" | head -c 200000', 'sh', ...argv], streams);
      return { ...result, exitCode: 0 };
    };
    const killed: ToolRunner = (argv, streams) => localRunner(['timeout', '--signal=KILL', '0.02', ...argv], streams);
    const missing: ToolRunner = (argv, streams) => localRunner(['mariadb-dump-tidak-ada', ...argv.slice(1)], streams);
    const target = path.join(folder, 'gagal');
    for (const run of [cutShort, killed, missing]) {
      const dump = serverWith(run).dump('uji', path.join(target, 'a.sql.gz'), never);
      await expect(dump).rejects.toBeInstanceOf(ProvisionError);
      expect(readdirSync(target)).toEqual([]);
      expect(await accounts()).toBe(0);
    }
  });

  test('a dump that lacks a table is not accepted', async () => {
    const lacking: ToolRunner = (argv, streams) => localRunner([...argv, '--ignore-table=uji.a'], streams);
    await expect(serverWith(lacking).dump('uji', path.join(folder, 'kurang.gz'), never)).rejects.toMatchObject({
      code: 'failed',
      details: { reason: 'tables_missing', missing: 'a' },
    });
  });

  test('a clone whose dump ends early does not pass for a whole one', async () => {
    const cutShort: ToolRunner = (argv, streams) =>
      argv[0] === 'mariadb-dump'
        ? localRunner(['timeout', '--signal=KILL', '0.03', ...argv], streams)
        : localRunner(argv, streams);
    await expect(serverWith(cutShort).clone('uji', 'salinan', never)).rejects.toMatchObject({
      details: { state: 'empty' },
    });
    expect(await serverWith(localRunner).query('salinan', 'SHOW TABLES', [])).toEqual([]);
  });

  test('a schema without an owner is loaded by an account made for it', async () => {
    const server = serverWith(localRunner);
    await server.clone('uji', 'salinan', never);
    expect(await server.query('salinan', 'SELECT COUNT(*) AS n FROM a', [])).toEqual([{ n: 20_000 }]);
    expect(await accounts()).toBe(0);
  });

  test('a runner that knows no signal is ended through its account', async () => {
    let running = 0;
    const deaf: ToolRunner = async (argv, streams) => {
      running += 1;
      const result = await localRunner(argv, { ...streams, signal: never });
      running -= 1;
      return result;
    };
    const server = serverWith(deaf);
    await server.query('uji', 'CREATE TABLE besar (isi LONGBLOB)', []);
    for (let i = 0; i < 6; i += 1) await server.query('uji', 'INSERT INTO besar VALUES (?)', [randomBytes(4_000_000)]);
    const stop = new AbortController();
    const dump = server.dump('uji', path.join(folder, 'tuli.gz'), stop.signal, () => stop.abort());
    await expect(dump).rejects.toMatchObject({ code: 'failed', details: { reason: 'aborted' } });
    const deadline = Date.now() + 5000;
    while (running > 0 && Date.now() < deadline) await sleep(10);
    expect(running).toBe(0);
    expect(await accounts()).toBe(0);
    await server.query('uji', 'DROP TABLE besar', []);
  }, 20_000);

  test('a load by the owner is ended through its one connection; the account and its other connections stay', async () => {
    const owner = { name: 'opensid_pemilik', password: 'kunci-pemilik' };
    const address = { socketPath: mariadb.socketPath };
    let running = 0;
    const seen: string[] = [];
    const deaf: ToolRunner = async (argv, streams) => {
      running += 1;
      seen.push(...argv);
      const result = await localRunner(argv, { ...streams, signal: never });
      running -= 1;
      return result;
    };
    const admin = { user: mariadb.adminUser, password: mariadb.adminPassword };
    const server = makeMariadb({
      connection: { ...address, ...admin },
      endpointPort: mariadb.port,
      dumpTool: { run: deaf, address },
      ownerPassword: async (name) => (name === owner.name ? owner.password : null),
    });
    opened.push(server);
    await server.ensureSchema('milik');
    await server.ensureUser({ ...owner, schema: 'milik', grant: 'owner' });
    const file = path.join(folder, 'lambat.sql.gz');
    const slow = ['CREATE TABLE `a` (', ' id INT', ');', 'INSERT INTO a VALUES (SLEEP(30));', '-- Dump completed', ''];
    writeFileSync(file, gzipSync(slow.join('\n')));
    const other = await createConnection({ ...address, user: owner.name, password: owner.password });
    const stop = new AbortController();
    const began = Date.now();
    const restore = server.restore('milik', file, stop.signal);
    setTimeout(() => stop.abort(), 700);
    await expect(restore).rejects.toMatchObject({ code: 'failed', details: { reason: 'aborted', state: 'empty' } });
    expect(running).toBe(0);
    expect(Date.now() - began).toBeLessThan(25_000);
    await other.query('SELECT 1');
    await other.end();
    expect(await server.userExists(owner.name)).toBe(true);
    expect(seen.join(' ')).not.toContain(owner.password);
    await server.dropSchema('milik');
  }, 30_000);

  test('neither password is in any argv', async () => {
    const seen: string[] = [];
    const recording: ToolRunner = (argv, streams) => {
      seen.push(...argv, streams.env['MYSQL_PWD'] === undefined ? 'no password' : '');
      return localRunner(argv, streams);
    };
    const file = path.join(folder, 'rahasia.gz');
    await serverWith(recording).dump('uji', file, never);
    expect(seen.join(' ')).not.toContain(mariadb.adminPassword);
    expect(seen.join(' ')).not.toMatch(/pass|no password/i);
    expect(seen).not.toContain(`--user=${mariadb.adminUser}`);
  });

  test('what a killed process left behind is swept by the next dump of the same file', async () => {
    const target = path.join(folder, 'sapu');
    const file = path.join(target, 'a.sql.gz');
    await serverWith(localRunner).dump('uji', file, never);
    const [old, fresh, other] = ['.a.sql.gz.111.partial', '.a.sql.gz.222.partial', '.b.sql.gz.111.partial'].map(
      (name) => path.join(target, name),
    );
    for (const partial of [old, fresh, other]) writeFileSync(partial!, 'x');
    const hoursAgo = new Date(Date.now() - 2 * 3600_000);
    for (const partial of [old, other]) utimesSync(partial!, hoursAgo, hoursAgo);
    await serverWith(localRunner).dump('uji', file, never);
    expect(readdirSync(target).sort()).toEqual(['.a.sql.gz.222.partial', '.b.sql.gz.111.partial', 'a.sql.gz']);
  });

  test('a lock whose connection is ended says so at once', async () => {
    const server = serverWith(localRunner);
    const held = await server.lock('uji:skema', 1);
    const [row] = await server.query('uji', "SELECT IS_USED_LOCK('uji:skema') AS id", []);
    await server.query('uji', `KILL ${String(row?.['id'])}`, []);
    const deadline = Date.now() + 2000;
    while (!held.lost.aborted && Date.now() < deadline) await sleep(10);
    expect(held.lost.aborted).toBe(true);
    await (await server.lock('uji:skema', 1)).release();
    await held.release();
  });

  test('a killed owner of a lock frees it', async () => {
    const script = `require('mysql2/promise').createConnection({ socketPath: ${JSON.stringify(mariadb.socketPath)}, user: ${JSON.stringify(mariadb.adminUser)}, password: ${JSON.stringify(mariadb.adminPassword)} })
      .then((c) => c.query("SELECT GET_LOCK('uji:mati', 1)")).then(() => { console.log('held'); setInterval(() => {}, 1000); });`;
    const child = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: path.join(__dirname, '../..'),
    });
    await once(Readable.from(child.stdout), 'data');
    const server = serverWith(localRunner);
    await expect(server.lock('uji:mati', 0)).rejects.toMatchObject({ code: 'timeout' });
    child.kill('SIGKILL');
    await (await server.lock('uji:mati', 5)).release();
  });
});
