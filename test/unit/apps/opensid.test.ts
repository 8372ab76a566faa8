import { app } from '../../../provisioners/apps/opensid';
import type { FileSpec, OneShotResult } from '../../../provisioners/contracts';
import { identityJson } from '../../../provisioners/lib/opensid-files';
import { BUMIREJO_TWIN, contextOf, KLIRONG } from '../../helpers/app-context';

const database = { host: 'db', port: 3306, schema: 'gabungan', user: 'desa_3305052011', password: "a'b\\c" };
const owner = { user: 'opensid_pemilik', password: 'pemilik' };
const ctx = contextOf('opensid', KLIRONG, '2410.0.0', database, owner);
const contentOf = (files: readonly FileSpec[], path: string): string =>
  String(files.find((file) => file.path === path)?.content);

const result = (answer: object | null, change: Partial<OneShotResult> = {}): OneShotResult => ({
  exitCode: 0,
  stdout: answer === null ? 'mati\n' : `\n${JSON.stringify(answer)}\n`,
  stderr: '',
  seconds: 1,
  ...change,
});
const migrated = { ok: true, migrated: true, config_id: 1, version: '2410.0.0', tenants: 3, detik: 1.1 };

describe('judging a migration', () => {
  const verdict = (outcome: OneShotResult): string | null => app.judge('migrate', outcome).reason;

  test('is good when the row is there and the log is quiet', () => {
    expect(app.judge('migrate', result(migrated))).toMatchObject({ ok: true, facts: { tenantId: 1, tenants: 3 } });
  });

  test.each([
    [
      'a step that failed and was recorded as done',
      'ERROR - 2026-11-23 01:31:22 --> Gagal Jalankan Migrasi_2024100101',
    ],
    ['an exception the app swallowed', 'ERROR - 2026-11-23 01:31:22 --> SQLSTATE[42S22]: Column not found'],
    [
      'a list of doubles that is new',
      'ERROR - x --> Data kolom config_id, nik pada tabel tweb_penduduk ada yang duplikat',
    ],
    ['a fatal error', 'PHP Fatal error:  Uncaught Error'],
  ])('says success but logs %s', (_name, line) => {
    expect(verdict(result(migrated, { stderr: `NOTICE - x --> mulai\n${line}\n` }))).toBe('migration_logged_error');
  });

  test('knows the lines of every healthy run', () => {
    const stderr = [
      'ERROR - 2026-11-23 01:31:23 --> updateConfigFile password - ***',
      'ERROR - x --> GuzzleHttp\\Exception\\ConnectException: cURL error 7: … http://127.0.0.1:9/api/track/desa?token=***',
      'ERROR - x --> Data kolom config_id, kode pada tabel klasifikasi_surat ada yang duplikat dan perlu diperbaiki',
      'NOTICE - x --> Versi database sudah terbaru',
    ].join('\n');
    expect(verdict(result(migrated, { stderr }))).toBeNull();
  });

  test.each([
    [2, 'lock_not_obtained'],
    [3, 'not_migrated'],
    [4, 'schema_not_ready'],
    [255, 'task_died'],
  ])('exit %d is %s', (exitCode, reason) => {
    expect(verdict(result({ ok: false }, { exitCode }))).toBe(reason);
  });

  test('never believes exit 0 alone', () => {
    expect(verdict(result(null))).toBe('no_answer');
    expect(verdict(result({ ok: true, migrated: false }))).toBe('not_migrated');
    expect(verdict(result({ ok: false, alasan: 'stopped' }))).toBe('not_migrated');
  });
});

describe('judging a provision', () => {
  const verdict = (answer: object, stderr = ''): string | null =>
    app.judge('provision', result(answer, { stderr })).reason;

  test('needs the id of the tenant', () => {
    expect(verdict({ ok: true, config_id: 7 })).toBeNull();
    expect(verdict({ ok: true, config_id: null })).toBe('not_paired');
    expect(verdict({ ok: false, config_id: 7 })).toBe('initial_data_failed');
  });

  test('tolerates a logged error only while the schema itself is being made', () => {
    const line = "ERROR - x --> SQLSTATE[42S22]: Unknown column 'jenis'";
    expect(verdict({ ok: true, config_id: 7 }, line)).toBe('provision_logged_error');
    expect(verdict({ ok: true, config_id: 1, skema_baru: true }, line)).toBeNull();
    expect(verdict({ ok: true, config_id: 1, skema_baru: true }, 'ERROR - x --> Gagal Jalankan m')).toBe(
      'migration_logged_error',
    );
  });
});

describe('files', () => {
  test('escape what stands in PHP and keep the owner out of the serving instance', () => {
    const files = app.files(ctx);
    expect(contentOf(files, 'database.php')).toContain("$db['default']['password'] = 'a\\'b\\\\c';");
    expect(files.map((file) => String(file.content)).join()).not.toContain(owner.password);
    expect(files.every((file) => file.uid === 0 && (file.mode & 0o022) === 0)).toBe(true);
  });

  test('the environment of a serving instance holds the identity key and nothing else', () => {
    expect(contentOf(app.files(ctx), 'env')).toBe(`SIAPPAKAI_HEALTH_KEY=${ctx.identityKey}\n`);
  });

  test('the token goes into config.php, and kode_desa never does', () => {
    const config = contentOf(app.files({ ...ctx, shared: { ...ctx.shared, token: 'a.b.c' } }), 'config.php');
    expect(config).toContain("$config['token_layanan'] = 'a.b.c';");
    expect(config).toContain("$config['cookie_secure'] = true;");
    expect(config).not.toContain('kode_desa');
    expect(contentOf(app.files(ctx), 'config.php')).not.toContain('token_layanan');
  });

  test('a task works as the owner and says who the desa is', () => {
    const task = app.tasks.provision?.(ctx);
    expect(task?.argv).toEqual(['php', 'index.php', 'siappakai/provision']);
    expect(contentOf(task?.files ?? [], 'database.php')).toContain("'opensid_pemilik'");
    expect(contentOf(task?.files ?? [], 'env')).toContain(
      'OPENSID_IDENTITAS={"nama_desa":"Klirong","kode_desa":"3305052011"',
    );
  });

  test('a password OpenSID would take for an encrypted one is refused', () => {
    expect(() => app.files({ ...ctx, database: { ...database, password: 'x'.repeat(80) } })).toThrow('too long');
  });

  test('its web server knows its own hosts and its own key, and refuses everybody else', () => {
    const maps = contentOf(app.files({ ...ctx, hosts: ['a.test', 'b.test'] }), 'nginx.conf').split('}\n');
    expect(maps[0]).toBe('map $host $sp_host_ok {\n  default 0;\n  "a.test" 1;\n  "b.test" 1;\n');
    expect(maps[1]).toBe(`map $http_x_siappakai_key $sp_key_ok {\n  default 0;\n  "${ctx.identityKey}" 1;\n`);
  });

  test('nothing that is no host name or key reaches the web server', () => {
    expect(() => app.files({ ...ctx, hosts: ['a.test" 1; } evil {'] })).toThrow();
    expect(() => app.files({ ...ctx, identityKey: '"; evil' })).toThrow();
  });
});

describe('a desa', () => {
  test('is named as OpenSID prints it, official capitals or not', () => {
    const loud = { ...BUMIREJO_TWIN, nama: 'BUMIREJO', kabupaten: { kode: '33.05', nama: 'KABUPATEN KEBUMEN' } };
    expect(JSON.parse(identityJson(loud))).toMatchObject({
      nama_desa: 'Bumirejo',
      nama_kabupaten: 'Kebumen',
      kode_kabupaten: '3305',
    });
    expect(app.page({ ...ctx, wilayah: loud }).mustContain).toEqual(['Kelurahan Bumirejo', '2410.0.0']);
  });

  test('gets a PHP hash, no tracker and its own word', () => {
    const adminPasswordHash = `$2b$10$${'a'.repeat(53)}`;
    const statements = app.afterProvision?.({ ...ctx, wilayah: BUMIREJO_TWIN, tenantId: 9, adminPasswordHash }) ?? [];
    expect(statements.map((one) => one.values)).toEqual(
      expect.arrayContaining([
        ['0', 9, 'enable_track'],
        ['kelurahan', 9, 'sebutan_desa'],
        [`$2y$10$${'a'.repeat(53)}`, 9],
      ]),
    );
    expect(statements.every((one) => one.values.includes(9))).toBe(true);
    expect(() => app.afterProvision?.({ ...ctx, tenantId: null, adminPasswordHash })).toThrow();
    expect(() => app.afterProvision?.({ ...ctx, tenantId: 9, adminPasswordHash: 'plain' })).toThrow();
  });
});
