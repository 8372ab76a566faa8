import {
  ensureReleaseImage,
  ensureRuntimeImage,
  releaseTag,
  type ReleaseImageRequest,
} from '../../provisioners/lib/images';
import { LABEL, type PhpLine } from '../../provisioners/contracts';
import { folderTar } from '../../provisioners/lib/tar';
import { get, ImageBench, until } from '../helpers/image-bench';

jest.setTimeout(900_000);
const KEY = 'a'.repeat(64);
const NGINX = `
map $host $sp_host_ok { default 0; desa.test 1; }
map $http_x_siappakai_key $sp_key_ok { default 0; "${KEY}" 1; }
map $host $sp_kode { default "33.05.05.2011"; }
map $host $sp_app { default "contoh"; }
map $host $sp_instance { default "01J"; }
set_real_ip_from 10.200.0.0/13;
`;
const APP = `
root /app/public;
location / { try_files $uri @php; }
location @php {
    fastcgi_param SCRIPT_FILENAME $document_root/index.php;
    include /etc/siappakai/fastcgi.conf;
}
`;
const PHP = `<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/lambat') { usleep(1500000); exit('selesai'); }
if ($path === '/galat') { error_log('galat contoh'); exit('dicatat'); }
if ($path === '/tulis') { exit(@file_put_contents('/app/x', 'x') === false ? 'ditolak' : 'tertulis'); }
$ini = [];
foreach (['memory_limit','upload_max_filesize','post_max_size','max_input_vars','opcache.validate_timestamps','expose_php','session.gc_probability'] as $name) $ini[$name] = ini_get($name);
echo json_encode(['env' => getenv('RAHASIA'), 'https' => $_SERVER['HTTPS'] ?? null, 'addr' => $_SERVER['REMOTE_ADDR'], 'host' => $_SERVER['HTTP_HOST'], 'php' => PHP_VERSION, 'zone' => date_default_timezone_get(), 'uid' => posix_getuid(), 'ini' => $ini, 'extensions' => get_loaded_extensions()]);
`;
const EXTENSIONS = [
  'curl',
  'fileinfo',
  'gd',
  'iconv',
  'json',
  'mbstring',
  'mysqli',
  'mysqlnd',
  'pdo_mysql',
  'tidy',
  'zip',
  'exif',
  'xml',
  'intl',
  'bcmath',
  'Zend OPcache',
  'soap',
  'sodium',
];

describe.each<PhpLine>(['8.2', '8.4'])('runtime image of PHP %s', (phpLine) => {
  const bench = new ImageBench();
  const request = async (): Promise<ReleaseImageRequest> => {
    const tree = await bench.path('tree');
    return {
      app: 'contoh',
      version: '1.2.3',
      checksum: 'c0ffee00'.repeat(8),
      phpLine,
      treeTar: () => folderTar(tree, 'app/'),
      readTree: async () => null,
    };
  };
  const image = async (): Promise<string> => releaseTag(bench.prefix, await request());
  const serve = async (name: string): Promise<string> => {
    const config = await bench.volume(`konfig-${name}`, '/konfig', 33, [
      { path: 'nginx.conf', content: NGINX },
      { path: 'env', content: 'RAHASIA=a b $(c) "d"\n# bukan\nJUGA=1' },
    ]);
    const { addresses } = await bench.start(name, await image(), 33, [{ ...config, readOnly: true }]);
    const address = Object.values(addresses)[0] ?? '';
    await until(async () => ((await get(address, '/siappakai/hidup')).status === 204 ? true : null));
    return address;
  };

  beforeAll(async () => {
    await bench.open();
    await bench.write('tree/public/index.php', PHP);
    await bench.write('tree/public/gaya.css', 'body{}');
    await bench.write('templates/contoh/image/etc/siappakai/app.conf', APP);
    await ensureReleaseImage(bench.session, await request(), bench.options);
  });
  afterAll(() => bench.close());

  test('made once: the second time nothing is built, two at once neither', async () => {
    bench.lines.length = 0;
    const made = await bench.session.findImage({ tag: await image() });
    const [a, b] = await Promise.all([
      ensureReleaseImage(bench.session, await request(), bench.options),
      ensureReleaseImage(bench.session, await request(), bench.options),
    ]);
    expect([a.id, b.id]).toEqual([made?.id, made?.id]);
    expect(made?.labels).toMatchObject({
      [LABEL.role]: 'release',
      [LABEL.app]: 'contoh',
      [LABEL.release]: '1.2.3',
      [LABEL.checksum]: 'c0ffee00'.repeat(8),
    });
    const runtime = await ensureRuntimeImage(bench.session, phpLine, bench.options);
    expect(runtime.labels[LABEL.installation]).toBe(bench.prefix);
    expect(bench.lines).toEqual([]);
  });

  test('serves PHP and files as uid 33 in a read-only root, with the settings the apps need', async () => {
    const address = await serve('web');
    const page = await get(address, '/apa?x=1', { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' });
    const facts = JSON.parse(page.body) as Record<string, unknown>;
    expect(facts).toMatchObject({
      env: 'a b $(c) "d"',
      https: 'on',
      addr: '203.0.113.9',
      host: 'desa.test',
      zone: 'Asia/Jakarta',
      uid: 33,
    });
    expect(facts['php']).toMatch(new RegExp(`^${phpLine.replace('.', '\\.')}\\.`));
    expect(facts['ini']).toEqual({
      memory_limit: '512M',
      upload_max_filesize: '20M',
      post_max_size: '25M',
      max_input_vars: '5000',
      'opcache.validate_timestamps': '0',
      expose_php: '',
      'session.gc_probability': '1',
    });
    expect(facts['extensions']).toEqual(expect.arrayContaining(EXTENSIONS));
    expect((await get(address, '/apa')).body).toContain('"https":null');
    expect((await get(address, '/tulis')).body).toBe('ditolak');
    expect(await get(address, '/gaya.css')).toMatchObject({ status: 200, body: 'body{}' });
  });

  test('answers only for its own hosts and gives its identity only to the key', async () => {
    const address = await serve('web');
    expect((await get(address, '/', { host: 'lain.test' })).status).toBe(421);
    expect((await get(address, '/siappakai/identitas', { host: 'lain.test', 'x-siappakai-key': KEY })).status).toBe(
      421,
    );
    expect((await get(address, '/siappakai/hidup', { host: 'lain.test' })).status).toBe(204);
    expect((await get(address, '/siappakai/identitas')).status).toBe(404);
    expect((await get(address, '/siappakai/identitas', { 'x-siappakai-key': 'b'.repeat(64) })).status).toBe(404);
    const identity = await get(address, '/siappakai/identitas', { 'x-siappakai-key': KEY });
    expect(JSON.parse(identity.body)).toEqual({
      kode: '33.05.05.2011',
      app: 'contoh',
      release: '1.2.3',
      instance: '01J',
    });
    expect((await get(address, '/?/token')).status).toBe(404);
  });

  test('logs path, status and milliseconds without query strings; PHP errors too; no probes', async () => {
    const address = await serve('web');
    await get(address, '/cari?nik=3305');
    await get(address, '/galat');
    const log = await until(async () => {
      const text = await bench.log('web');
      return text.includes('galat contoh') && text.includes('/cari') ? text : null;
    });
    expect(log).toMatch(/^\d{4}-\S+ GET \/cari 200 \d+$/m);
    expect(log).not.toContain('3305');
    expect(log).not.toContain('identitas');
  });

  test('names outside fail at once', async () => {
    await serve('web');
    const script =
      '$t=microtime(true); $a=gethostbyname("pantau.opensid.my.id"); echo $a === "pantau.opensid.my.id" ? "gagal " : "ada ", round((microtime(true)-$t)*1000);';
    const result = await bench.session.exec(`${bench.prefix}-web`, ['php', '-r', script]);
    const [word, milliseconds] = result.stdout.split(' ');
    expect(word).toBe('gagal');
    // A resolver that is asked and does not answer costs five seconds; how few milliseconds it takes: bench/README.md.
    expect(Number(milliseconds)).toBeLessThan(2500);
  });

  test('a stop lets running requests end, and takes no time when there are none', async () => {
    const address = await serve('henti');
    const slow = get(address, '/lambat');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await bench.session.stop(`${bench.prefix}-henti`, 20);
    expect(await slow).toMatchObject({ status: 200, body: 'selesai' });
    expect(await bench.ended('henti')).toBe(0);
    await bench.session.start(`${bench.prefix}-henti`);
    const again = Object.values((await bench.session.inspect(`${bench.prefix}-henti`))?.addresses ?? {})[0] ?? '';
    await until(async () => ((await get(again, '/siappakai/hidup')).status === 204 ? true : null));
    const started = Date.now();
    await bench.session.stop(`${bench.prefix}-henti`, 20);
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  test.each(['/run/php-fpm.pid', '/run/nginx.pid'])('ends when %s dies', async (file) => {
    const name = file.includes('fpm') ? 'fpm' : 'nginx';
    await serve(name);
    await bench.session.exec(`${bench.prefix}-${name}`, ['sh', '-c', `kill -9 $(cat ${file})`]);
    expect(await bench.ended(name)).not.toBe(0);
  });

  test('a one-shot sees the environment of the config volume and nothing else runs', async () => {
    const config = await bench.volume('konfig-satu', '/konfig', 33, [{ path: 'env', content: 'RAHASIA=satu\n' }]);
    const result = await bench.session.runOnce(
      {
        name: `${bench.prefix}-satu`,
        image: await image(),
        labels: {},
        command: ['php', '-r', 'echo getenv("RAHASIA"), " ", posix_getuid();'],
        env: {},
        mounts: [config, { type: 'tmpfs', target: '/run', sizeBytes: 1024 * 1024, mode: 0o755, uid: 33 }],
        networks: [],
        readOnlyRoot: true,
        capabilities: [],
        restart: 'no',
      },
      { signal: new AbortController().signal },
    );
    expect(result).toMatchObject({ exitCode: 0, stdout: 'satu 33', stderr: '' });
  });
});
