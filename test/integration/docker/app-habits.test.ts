import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskVerdict } from '../../../provisioners/contracts';
import { app as api } from '../../../provisioners/apps/api';
import { app as opensid } from '../../../provisioners/apps/opensid';
import { app as pbb } from '../../../provisioners/apps/pbb';
import { judgeIdentity, proofOf, provePage } from '../../../server/steps/proof';
import { proveMigration } from '../../../server/steps/schema-proof';
import { copyOfTree } from '../../helpers/app-bench';
import { BUMIREJO, BUMIREJO_TWIN, KLIRONG } from '../../helpers/app-context';
import { AppWorld, sampleTree, type AppName, type SampleVersion } from '../../helpers/app-world';
import { sampleTexts } from '../../helpers/pretended-samples';

jest.setTimeout(240_000);

const world = new AppWorld('t-habits');
const GABUNGAN = 'gabungan';
const copies: (() => void)[] = [];
/** A sample of 2410.0.0 that misbehaves in one way. */
const broken = async (app: AppName, ulah: string): Promise<string> => {
  const copy = copyOfTree(sampleTree(app, '2410.0.0'));
  copies.push(copy.remove);
  const file = app === 'opensid' ? 'donjo-app/config/ulah.php' : 'config/ulah.php';
  writeFileSync(join(copy.path, file), `<?php\n\nreturn [${ulah}];\n`);
  return world.image(app, '2410.0.0', copy.path);
};
const column = async (sql: string): Promise<unknown[]> =>
  (await world.database.query(GABUNGAN, sql, [])).map((row) => Object.values(row)[0]);

const SCHEMA_OF = { '2409.0.0': '2024090101', '2410.0.0': '2024100101' } as const;
/** The proof of an update from 2409 to 2410 on this schema. */
const prove = (app: 'opensid' | 'pbb', schema: string): Promise<TaskVerdict> => {
  const release = (version: SampleVersion) => ({
    ...{ app, version, treePath: null },
    schemaVersion: app === 'opensid' ? SCHEMA_OF[version] : null,
  });
  return proveMigration(
    {
      databaseServer: world.database,
      readRelease: async ({ version }, wanted) => sampleTexts(app, version, wanted),
    },
    { app: { opensid, pbb }[app], schema, release: release('2410.0.0'), before: release('2409.0.0') },
  );
};

beforeAll(async () => {
  await world.open();
  await world.template('2409.0.0');
  for (const wilayah of [KLIRONG, BUMIREJO, BUMIREJO_TWIN]) await world.install('opensid', wilayah, '2409.0.0');
}, 900_000);
afterAll(async () => {
  await world.close();
  for (const remove of copies) remove();
}, 120_000);

describe('OpenSID behind its web server', () => {
  test.each([
    ...['/koneksi_database', '/koneksi_database/config', '/koneksi-database', '/KONEKSI_DATABASE/config'],
    ...['/index.php/koneksi_database/config', '//koneksi_database/config', '/install', '/token', '/token/update'],
    ...['/index.php/token', '/index.phptoken', '/?/token', '/index.php?/token', '//?/token', '/token/../'],
    ...['/x/%2e%2e/token', '/%74oken', '/token%2fupdate', '/assets/..%2ftoken', '/periksa', '/multiDB', '/plugin'],
    ...['/database/migrasi_db_cri', '/index.php/database/migrasi_db_cri', '/database/restore', '/siappakai/sehat'],
    ...['/desa/app_key', '/desa/config/database.php', '/desa/config/env', '/storage/logs/log.php', '/composer.json'],
    ...['/donjo-app/config/database.php', '/.htaccess', '/catatan_rilis.md', '/vendor/autoload.php', '/x.php'],
    ...['/desa/upload/a.php', '/desa/upload/dokumen/ktp.pdf', '/desa/arsip/surat.rtf', '/assets/kelola_file/x/y.php'],
  ])('never answers %s', async (path) => {
    const desa = await (served ??= world.serve('opensid', KLIRONG, '2409.0.0'));
    expect((await desa.ask(path)).status).toBe(404);
  });
  let served: ReturnType<typeof world.serve> | null = null;

  test('a visitor cannot become another desa, nor can its own PHP', async () => {
    const desa = await (served ??= world.serve('opensid', KLIRONG, '2409.0.0'));
    const attempts = [
      ['cp', '/etc/hostname', '/app/desa/app_key'],
      ['rm', '-f', '/app/desa/app_key'],
      ['mv', '/app/desa/app_key', '/app/desa/lama'],
      ['chmod', '666', '/app/desa/app_key'],
      ['touch', '/app/desa/config/database.php'],
    ];
    for (const argv of attempts) expect((await world.bench.session.exec(desa.container, argv)).exitCode).not.toBe(0);
    const key = await world.bench.session.exec(desa.container, ['cat', '/app/desa/app_key']);
    expect(key.stdout).toBe(world.ctx('opensid', KLIRONG, '2409.0.0').shared['app_key']);
  });

  test('each desa has its own people', async () => {
    const rows = await world.database.query(
      GABUNGAN,
      'SELECT c.kode_desa AS kode, COUNT(*) AS n FROM tweb_penduduk p JOIN config c ON c.id = p.config_id GROUP BY 1 ORDER BY 1',
      [],
    );
    expect(rows.map((row) => `${String(row['kode'])} ${String(row['n'])}`)).toEqual([
      '3305032020 4',
      '3305052011 4',
      '3305121026 4',
    ]);
    const nik = String(
      (
        await column(
          "SELECT nik FROM tweb_penduduk p JOIN config c ON c.id = p.config_id WHERE c.kode_desa = '3305032020' LIMIT 1",
        )
      )[0],
    );
    const login = { method: 'POST', body: `nik=${nik}&pin=123456` };
    const own = await world.serve('opensid', BUMIREJO, '2409.0.0');
    const twin = await world.serve('opensid', BUMIREJO_TWIN, '2409.0.0');
    expect((await own.ask('/layanan-mandiri/cek', login)).headers['location']).toBe(
      '/layanan-mandiri/permohonan-surat',
    );
    expect((await twin.ask('/layanan-mandiri/cek', login)).headers['location']).toContain('galat=1');
  });
});

describe('a schema for everybody', () => {
  test('newer code provisions nobody before it has migrated', async () => {
    const ctx = world.ctx('opensid', { ...KLIRONG, kode: '33.05.05.2099', kodeAngka: '3305052099' }, '2410.0.0');
    await world.bench.prepare(opensid, ctx);
    expect(await world.task('opensid', 'provision', ctx)).toMatchObject({ ok: false, reason: 'schema_not_ready' });
    expect(await column("SELECT id FROM config WHERE kode_desa = '3305052099'")).toEqual([]);
  });

  test('newer code on the old schema fails closed for a user that may not change the structure', async () => {
    const early = await world.serve('opensid', KLIRONG, '2410.0.0');
    expect((await early.ask('/')).status).toBe(500);
    const deep = await early.ask('/siappakai/sehat', { key: world.ctx('opensid', KLIRONG, '2410.0.0').identityKey });
    expect([deep.status, deep.body]).toEqual([503, expect.stringContaining('"not_migrated"')]);
    expect(await column("SELECT versi_database FROM migrasi WHERE versi_database = '2024100101'")).toEqual([]);
  });

  test('work waits for the lock instead of running side by side', async () => {
    const held = await world.database.lock(`${GABUNGAN}:opensid_schema`, 1);
    const ctx = world.ctx('opensid', KLIRONG, '2409.0.0');
    let finished = false;
    const waiting = world.task('opensid', 'provision', ctx).then((verdict) => {
      finished = true;
      return verdict;
    });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(finished).toBe(false);
    await held.release();
    expect(await waiting).toMatchObject({ ok: true, facts: { created: false } });
  });

  test('a village user cannot delete the row of the running version, whatever its admin clicks', async () => {
    const { user, password } = world.ctx('opensid', KLIRONG, '2409.0.0').database ?? { user: '', password: '' };
    const denied = async (sql: string): Promise<string> => world.queryAs(user, password, GABUNGAN, sql);
    expect(await denied('DELETE FROM migrasi')).toContain('migrasi hanya oleh dasbor');
    expect(await denied('ALTER TABLE config ADD x INT')).toContain('denied');
    expect(await denied('DROP TABLE migrasi')).toContain('denied');
    expect(await denied('SELECT 1')).toBe('');
  });
});

describe('releases that lie', () => {
  const template = (): Parameters<typeof world.ctx>[1] => opensid.template ?? KLIRONG;
  const migrate = async (ulah: string): Promise<TaskVerdict> =>
    world.task('opensid', 'migrate', world.ctx('opensid', template(), '2410.0.0'), await broken('opensid', ulah));

  test('a step that fails is recorded as done, and still not believed', async () => {
    expect(await migrate("'migrasi_gagal' => true")).toMatchObject({ ok: false, reason: 'migration_logged_error' });
    expect(await column("SELECT versi_database FROM migrasi WHERE versi_database = '2024100101'")).toEqual([
      '2024100101',
    ]);
    await world.database.query(GABUNGAN, "DELETE FROM migrasi WHERE versi_database = '2024100101'", []);
  });

  test('a step that silently does nothing shows in the structure only', async () => {
    const before = await world.database.fingerprint(GABUNGAN);
    expect(await migrate("'migrasi_diam' => true")).toMatchObject({ ok: true });
    expect(await world.database.fingerprint(GABUNGAN)).toBe(before);
    expect(await prove('opensid', GABUNGAN)).toMatchObject({
      reason: 'structure_missing',
      facts: { missing: 'log_surat.input' },
    });
    await world.database.query(GABUNGAN, "DELETE FROM migrasi WHERE versi_database = '2024100101'", []);
    expect(await migrate('')).toMatchObject({ ok: true });
    expect(await world.database.fingerprint(GABUNGAN)).not.toBe(before);
    expect(await prove('opensid', GABUNGAN)).toMatchObject({ ok: true });
  });

  test('answering as another desa, or with the old version, fails the page proof', async () => {
    const ctx = world.ctx('opensid', KLIRONG, '2410.0.0');
    for (const ulah of ["'nama_desa' => 'Bumirejo'", "'versi_tampil' => '2409.0.0'"]) {
      const desa = await world.serve('opensid', KLIRONG, '2410.0.0', await broken('opensid', ulah));
      const page = await desa.ask('/');
      expect(page.status).toBe(200);
      expect(opensid.page(ctx).mustContain.every((text) => page.body.includes(text))).toBe(false);
    }
  });

  test('PBB that fails to migrate says why', async () => {
    await world.install('pbb', KLIRONG, '2409.0.0');
    const verdict = await world.task(
      'pbb',
      'migrate',
      world.ctx('pbb', KLIRONG, '2410.0.0'),
      await broken('pbb', "'migrasi_gagal' => true"),
    );
    expect(verdict).toMatchObject({ ok: false, reason: 'migration_failed' });
    expect(verdict.facts['firstError']).toContain('periode_id');
  });
});

describe('releases of PBB and the API that lie', () => {
  test('PBB whose migration changes nothing says success everywhere, and is not believed', async () => {
    await world.install('pbb', BUMIREJO, '2409.0.0');
    const [ctx, schema] = [world.ctx('pbb', BUMIREJO, '2410.0.0'), world.schemaOf('pbb', BUMIREJO)];
    expect(await prove('pbb', schema)).toMatchObject({ ok: false, reason: 'not_migrated' });
    const silent = await broken('pbb', "'migrasi_diam' => true");
    expect(await world.task('pbb', 'migrate', ctx, silent)).toMatchObject({ ok: true, facts: { pending: 0 } });
    const lying = await world.serve('pbb', BUMIREJO, '2410.0.0', silent);
    expect((await lying.ask('/siappakai/sehat', { key: ctx.identityKey })).status).toBe(200);
    expect((await lying.ask('/login')).status).toBe(200);
    expect(await prove('pbb', schema)).toMatchObject({
      reason: 'structure_missing',
      facts: { missing: 'sppt.jatuh_tempo', count: 1 },
    });
    await world.database.query(schema, "DELETE FROM migrations WHERE migration LIKE '2024_10%'", []);
    expect(await world.task('pbb', 'migrate', ctx)).toMatchObject({ ok: true });
    expect(await prove('pbb', schema)).toMatchObject({ ok: true, facts: { promised: 1 } });
  });

  test('PBB that holds the data of its twin says whose it is', async () => {
    const schema = world.schemaOf('pbb', BUMIREJO);
    await world.database.query(schema, "UPDATE tenants SET code = '33.05.12.1026'", []);
    const desa = await world.serve('pbb', BUMIREJO, '2410.0.0');
    const deep = await desa.ask('/siappakai/sehat', { key: world.ctx('pbb', BUMIREJO, '2410.0.0').identityKey });
    const wanted = { kode: BUMIREJO.kode, version: '2410.0.0' };
    expect(judgeIdentity(deep.status, deep.body, wanted, 1).reason).toEqual({
      code: 'wrong_identity',
      params: { observed: '33.05.12.1026', expected: BUMIREJO.kode },
    });
  });

  test('an API that names another desa, or shows the old version, fails its page', async () => {
    await world.install('api', BUMIREJO, '2409.0.0');
    const ctx = world.ctx('api', BUMIREJO, '2410.0.0');
    const page = async (ulah: string): Promise<string | null> => {
      const desa = await world.serve('api', BUMIREJO, '2410.0.0', await broken('api', ulah));
      const probe = { get: async ({ path }: { path: string }) => ({ ...(await desa.ask(path)), ms: 1, held: false }) };
      const request = { ...proofOf(api, ctx), app: { name: 'api', path: '/' } };
      return (await provePage(probe, request, api.page(ctx))).reason?.code ?? null;
    };
    expect(await page('')).toBeNull();
    expect(await page("'nama_desa' => 'Klirong'")).toBe('wrong_name');
    expect(await page("'versi_tampil' => 'v2409.0.0'")).toBe('wrong_name');
    expect(await page("'fatal' => true")).toBe('http_status');
  });
});

describe('apps without their desa', () => {
  test('PBB without its tenant row is never ready: it would show what is everybody’s', async () => {
    const desa = await world.serve('pbb', KLIRONG, '2409.0.0');
    const key = world.ctx('pbb', KLIRONG, '2409.0.0').identityKey;
    await world.database.query(world.schemaOf('pbb', KLIRONG), "UPDATE tenants SET code = '33.05.03.2020'", []);
    const deep = await desa.ask('/siappakai/sehat', { key });
    expect([deep.status, deep.body]).toEqual([503, expect.stringContaining('"tenant_missing"')]);
    expect((await desa.ask('/login')).status).toBe(200);
  });

  test('the API with a key of nobody is not ready, while its own pages answer 200', async () => {
    await world.install('api', KLIRONG, '2409.0.0');
    const desa = await world.serve('api', KLIRONG, '2409.0.0');
    const key = world.ctx('api', KLIRONG, '2409.0.0').identityKey;
    expect((await desa.ask('/siappakai/sehat', { key })).status).toBe(200);
    await world.database.query(
      GABUNGAN,
      "UPDATE config SET app_key = 'base64:lain' WHERE kode_desa = '3305052011'",
      [],
    );
    const deep = await desa.ask('/siappakai/sehat', { key });
    expect([deep.status, deep.body]).toEqual([503, expect.stringContaining('"tenant_missing"')]);
    expect((await desa.ask('/')).status).toBe(200);
  });

  test('the API keeps its desa’s files apart: letters are read-only, uploads are not', async () => {
    const desa = await world.serve('api', KLIRONG, '2409.0.0');
    const touch = async (path: string): Promise<number> =>
      (await world.bench.session.exec(desa.container, ['touch', path])).exitCode;
    expect(await touch('/opensid/desa/arsip/x')).not.toBe(0);
    expect(await touch('/opensid/desa/app_key')).not.toBe(0);
    expect(await touch('/opensid/desa/upload/x')).toBe(0);
    expect((await world.bench.session.exec(desa.container, ['ls', '/opensid/desa/config'])).exitCode).not.toBe(0);
  });
});
