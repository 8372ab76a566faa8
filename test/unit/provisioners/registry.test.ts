import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProvisionError, type AppAdapter } from '../../../provisioners/contracts';
import { loadApps, loadTargets, registerApps } from '../../../provisioners/registry';

const reasonOf = async (act: () => unknown): Promise<unknown> => {
  try {
    await act();
    return 'no error';
  } catch (error) {
    return error instanceof ProvisionError ? error.details['reason'] : error;
  }
};

describe('apps', () => {
  let apps: readonly AppAdapter[] = [];
  const changed = (name: string, changes: Partial<AppAdapter>): readonly AppAdapter[] =>
    apps.map((app) => (app.name === name ? { ...app, ...changes } : app));
  beforeAll(async () => (apps = [...(await loadApps()).values()]));

  test('all of ours are complete and in installation order', () => {
    const names = apps.map((app) => app.name);
    expect(names).toEqual(expect.arrayContaining(['opensid', 'api', 'pbb']));
    expect(names.indexOf('opensid')).toBe(0);
  });
  test('a wrong set is refused with its reason', async () => {
    expect(await reasonOf(() => registerApps([...apps, ...apps]))).toBe('duplicate_name');
    expect(await reasonOf(() => registerApps(changed('api', { needs: ['tidak-ada'] })))).toBe('unknown_need');
    expect(await reasonOf(() => registerApps(changed('opensid', { needs: ['api'] })))).toBe('need_not_before');
    expect(await reasonOf(() => registerApps(changed('pbb', { path: '/' })))).toBe('duplicate_path');
    expect(await reasonOf(() => registerApps(changed('pbb', { phpLines: [] })))).toBe('no_php_line');
    expect(await reasonOf(() => registerApps(changed('pbb', { name: 'P B' })))).toBe('bad_name');
    const mount = { app: 'opensid', volume: 'tidak-ada', folder: '', target: '/x', readOnly: true };
    expect(await reasonOf(() => registerApps(changed('api', { sharedMounts: [mount] })))).toBe('unknown_volume');
  });
});

describe('discovery', () => {
  let folder = '';
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'sp-registry-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('a file without an app, and one with a field missing, stop the start', async () => {
    await writeFile(join(folder, 'a.js'), 'exports.other = 1;');
    expect(await reasonOf(() => loadApps(folder))).toBe('missing_export');
    await rm(join(folder, 'a.js'));
    await writeFile(join(folder, 'b.js'), "exports.app = { name: 'a', label: 'A' };");
    await expect(loadApps(folder)).rejects.toMatchObject({
      details: { reason: 'missing_field', file: 'b.js', field: 'description' },
    });
  });
  test('targets are folders; another name than its folder stops the start', async () => {
    expect([...(await loadTargets()).keys()]).toContain('docker');
    await mkdir(join(folder, 'swarm'));
    await writeFile(
      join(folder, 'swarm', 'index.js'),
      "exports.target = { name: 'kawanan', label: 'S', connect() {} };",
    );
    expect(await reasonOf(() => loadTargets(folder))).toBe('name_is_not_folder');
    await rm(join(folder, 'swarm'), { recursive: true });
    await mkdir(join(folder, 'lain'));
    await writeFile(join(folder, 'lain', 'index.js'), "exports.target = { name: 'lain', label: 'S', connect: 1 };");
    expect(await reasonOf(() => loadTargets(folder))).toBe('missing_field');
  });
});
