import { app as api } from '../../../provisioners/apps/api';
import { app as pbb } from '../../../provisioners/apps/pbb';
import type { FileSpec, InstanceContext, OneShotResult } from '../../../provisioners/contracts';
import { contextOf, KLIRONG } from '../../helpers/app-context';

const database = { host: 'db', port: 3306, schema: 'pbb_3305052011', user: 'pbb_3305052011', password: 'rahasia' };
const ctx = (app: string): InstanceContext =>
  contextOf(app, KLIRONG, '2410.0.0', database, { user: 'opensid_pemilik', password: 'pemilik' });
const envOf = (files: readonly FileSpec[]): string => String(files.find((file) => file.path === 'env')?.content);

describe.each([
  ['pbb', pbb],
  ['api', api],
])('environment of %s', (name, app) => {
  const env = envOf(app.files(ctx(name)));

  test('names the vendor as the licence host and production as the environment', () => {
    expect(env).toMatch(/^HOST_PREMIUM=https:\/\/layanan\.opendesa\.id$/m);
    expect(env).toMatch(/^APP_ENV=production$/m);
    expect(env).toMatch(/^KODE_DESA=33\.05\.05\.2011$/m);
  });

  test('never carries our own token, only one of OpenDesa', () => {
    const own = { ...ctx(name), shared: { app_key: 'k', token: 'kind-a' } };
    expect(envOf(app.files(own))).not.toContain('kind-a');
    const vendor = { ...ctx(name), shared: { app_key: 'k', token: 'kind-a', token_opendesa: 'kind-b' } };
    expect(envOf(app.files(vendor))).toMatch(/^TOKEN_PREMIUM=kind-b$/m);
  });

  test('keeps its cache apart from every other desa and version', () => {
    expect(env).toMatch(new RegExp(`^CACHE_PREFIX=${name}_3305052011_2410_0_0$`, 'm'));
  });

  test('refuses a value that would start another line', () => {
    expect(() => app.files({ ...ctx(name), database: { ...database, password: 'a\nAPP_ENV=local' } })).toThrow();
    expect(() => app.files({ ...ctx(name), secrets: {} })).toThrow('secret missing');
  });
});

describe('pbb', () => {
  const judge = (answer: object, exitCode = 0): string | null =>
    pbb.judge('migrate', { exitCode, stdout: `x\n${JSON.stringify(answer)}\n`, stderr: '', seconds: 1 }).reason;

  test('is migrated only with its own tenant row', () => {
    expect(judge({ ok: true, tenant_id: 1, pending: 0 })).toBeNull();
    expect(judge({ ok: false, tenant_id: null, pending: 0 }, 1)).toBe('tenant_missing');
    expect(judge({ ok: false, tenant_id: 1, pending: 2 }, 1)).toBe('not_migrated');
    expect(judge({ ok: false, tenant_id: null, pending: null, galat: 'RuntimeException: …' }, 1)).toBe(
      'migration_failed',
    );
  });

  test('says why a task died', () => {
    const died: OneShotResult = { exitCode: 137, stdout: '', stderr: 'Killed\n', seconds: 3 };
    expect(pbb.judge('migrate', died)).toMatchObject({
      ok: false,
      reason: 'task_died',
      facts: { firstError: 'Killed' },
    });
  });

  test('works on its schema as the owner, serves as its own user', () => {
    expect(envOf(pbb.files(ctx('pbb')))).toMatch(/^DB_USERNAME=pbb_3305052011$/m);
    expect(envOf(pbb.tasks.migrate?.(ctx('pbb')).files ?? [])).toMatch(/^DB_USERNAME=opensid_pemilik$/m);
  });
});

describe('api', () => {
  test('has no task at all: its own migrations would land in the schema of OpenSID', () => {
    expect(Object.keys(api.tasks)).toEqual([]);
  });

  test('sees of the desa only logo and letters to read and uploads to write', () => {
    expect(api.sharedMounts.map((mount) => [mount.folder, mount.readOnly])).toEqual([
      ['logo', true],
      ['arsip', true],
      ['upload', false],
    ]);
  });
});
