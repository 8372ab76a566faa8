import { ensureServiceImage } from '../../provisioners/lib/images';
import type { ImageFacts, Mount } from '../../provisioners/contracts';
import { ImageBench, until } from '../helpers/image-bench';

jest.setTimeout(900_000);

describe('mariadb image', () => {
  const bench = new ImageBench();
  const password = "p'a\\s s$w";
  let image: ImageFacts;
  const uid = 71001;
  const mounts = async (
    name: string,
    files: readonly { path: string; content: string }[],
  ): Promise<readonly Mount[]> => {
    const config = await bench.volume(`${name}-konfig`, '/konfig', uid, files);
    return [
      { ...config, readOnly: true },
      await bench.volume(`${name}-data`, '/var/lib/mysql', uid),
      await bench.volume(`${name}-sock`, '/run/siappakai-db', uid),
    ];
  };
  const sql = async (name: string, statement: string, secret = password): Promise<string> => {
    const argv = [
      'mariadb',
      '--socket=/run/siappakai-db/mysqld.sock',
      '--user=root',
      '--skip-column-names',
      '--batch',
      '-e',
      statement,
    ];
    const result = await bench.session.exec(`${bench.prefix}-${name}`, argv, { env: { MYSQL_PWD: secret } });
    if (result.exitCode !== 0) throw new Error(result.stderr);
    return result.stdout.trim();
  };
  const ready = (name: string): Promise<string> => until(() => sql(name, 'SELECT 1'), 120_000);

  beforeAll(async () => {
    await bench.open();
    image = await ensureServiceImage(bench.session, 'mariadb', bench.options);
  });
  afterAll(() => bench.close());

  test('fills an empty folder, keeps it over a new container, and stops cleanly', async () => {
    const parts = await mounts('db', [
      { path: 'root-password', content: password },
      {
        path: 'server.cnf',
        content: "[mysqld]\nmax_connections = 123\ninnodb_buffer_pool_size = 64M\ndefault_time_zone = '+08:00'\n",
      },
    ]);
    await bench.start('db', image.id, uid, parts);
    await ready('db');
    const facts = await sql(
      'db',
      'SELECT @@max_connections, @@time_zone, @@character_set_server, @@local_infile, @@secure_file_priv, @@skip_name_resolve',
    );
    expect(facts.split('\t')).toEqual(['123', '+08:00', 'utf8mb4', '0', '/var/empty/', '1']);
    expect(await sql('db', "SELECT GROUP_CONCAT(CONCAT(User,'@',Host) ORDER BY User) FROM mysql.user")).toBe(
      'mariadb.sys@localhost,root@localhost',
    );
    await expect(sql('db', 'SELECT 1', 'salah')).rejects.toThrow(/Access denied/);
    await sql('db', 'CREATE DATABASE simpan; CREATE TABLE simpan.t (a INT); INSERT INTO simpan.t VALUES (7)');
    await bench.session.stop(`${bench.prefix}-db`, 60);
    expect(await bench.ended('db')).toBe(0);
    await bench.session.remove(`${bench.prefix}-db`);
    await bench.start('db', image.id, uid, parts);
    await ready('db');
    expect(await sql('db', 'SELECT a FROM simpan.t')).toBe('7');
    expect(await bench.log('db')).not.toMatch(/crash recovery/i);
  });

  test('a folder of another generation is refused and left untouched', async () => {
    await bench.session.remove(`${bench.prefix}-db`);
    const data: Mount = {
      type: 'volume',
      source: `${bench.prefix}-db-data`,
      target: '/var/lib/mysql',
      readOnly: false,
    };
    await bench.session.putFiles(
      [data],
      [{ path: '/var/lib/mysql/siappakai-version', content: '11.8\n', mode: 0o644, uid, gid: uid }],
    );
    const parts = await mounts('db', [{ path: 'root-password', content: password }]);
    await bench.start('db', image.id, uid, parts);
    expect(await bench.ended('db')).toBe(78);
    expect(await bench.log('db')).toContain('11.8');
    expect((await bench.session.readFile([data], '/var/lib/mysql/siappakai-version')).toString()).toBe('11.8\n');
  });

  test('without a password nothing is made; a half-filled folder is filled again', async () => {
    await bench.start('kosong', image.id, uid, await mounts('kosong', []));
    expect(await bench.ended('kosong')).toBe(78);
    await bench.session.remove(`${bench.prefix}-kosong`);
    const parts = await mounts('kosong', [{ path: 'root-password', content: password }]);
    await bench.session.putFiles(parts, [
      { path: '/var/lib/mysql/data.new/ibdata1', content: 'setengah', mode: 0o600, uid, gid: uid },
    ]);
    await bench.session.putFiles(parts, [{ path: '/var/lib/mysql/data.new', mode: 0o700, uid, gid: uid }]);
    await bench.start('kosong', image.id, uid, parts);
    await ready('kosong');
    expect(await sql('kosong', 'SELECT 1')).toBe('1');
  });
});

describe('redis and proxy images', () => {
  const bench = new ImageBench();
  const uid = 71002;
  beforeAll(() => bench.open());
  afterAll(() => bench.close());

  test('redis: only with the password, only by its socket, nothing is evicted, everything is kept', async () => {
    const image = await ensureServiceImage(bench.session, 'redis', bench.options);
    const secret = 'rahasia-yang-panjang';
    const config = await bench.volume('konfig', '/konfig', uid, [{ path: 'redis-password', content: secret }]);
    const parts = [
      config,
      await bench.volume('data', '/var/lib/redis', uid),
      await bench.volume('sock', '/run/siappakai-redis', uid),
    ];
    await bench.start('redis', image.id, uid, parts);
    const cli = async (args: readonly string[], password: string): Promise<string> => {
      const result = await bench.session.exec(
        `${bench.prefix}-redis`,
        ['redis-cli', '-s', '/run/siappakai-redis/redis.sock', ...args],
        { env: { REDISCLI_AUTH: password } },
      );
      return result.stdout.trim();
    };
    await until(async () => ((await cli(['PING'], secret)) === 'PONG' ? true : null));
    expect(await cli(['GET', 'x'], '')).toContain('NOAUTH');
    expect(await cli(['CONFIG', 'GET', 'maxmemory-policy'], secret)).toContain('noeviction');
    expect(await cli(['CONFIG', 'GET', 'appendonly'], secret)).toContain('yes');
    expect(await cli(['CONFIG', 'GET', 'port'], secret)).toContain('\n0');
    await cli(['SET', 'simpan', '7'], secret);
    await bench.session.stop(`${bench.prefix}-redis`, 20);
    expect(await bench.ended('redis')).toBe(0);
    await bench.session.start(`${bench.prefix}-redis`);
    await until(async () => ((await cli(['GET', 'simpan'], secret)) === '7' ? true : null));
  });

  test('proxy: HAProxy is there and runs as its own account', async () => {
    const image = await ensureServiceImage(bench.session, 'proxy', bench.options);
    const result = await bench.session.runOnce(
      {
        name: `${bench.prefix}-proxy`,
        image: image.id,
        labels: {},
        env: {},
        mounts: [],
        networks: [],
        readOnlyRoot: true,
        capabilities: [],
        restart: 'no',
      },
      { signal: new AbortController().signal },
    );
    expect(result.stdout).toMatch(/HAProxy version 2\.[6-9]/);
  });
});
