import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { foreignVariables, readEnvironment, type Environment } from '../../server/config';
import { AppError, exitCodeOf, httpStatusOf } from '../../server/domain/errors';
import { ensureInstallation, findInstallation, openInstallation } from '../../server/installation';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'installation-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const home = (): string => path.join(folder, 'rumah kita');
const environment = (more: Record<string, string> = {}): Environment =>
  readEnvironment({ SIAPPAKAI_HOME: home(), ...more });
const failure = (act: () => unknown): AppError => {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('environment', () => {
  it('names the variable that is wrong', () => {
    const wrong: Record<string, string> = {
      SIAPPAKAI_HOME: 'relative',
      SIAPPAKAI_NAME: 'Not A Name',
      SIAPPAKAI_HTTP_PORT: '80x',
      SIAPPAKAI_HTTPS_PORT: '70000',
      SIAPPAKAI_DATABASE_URL: 'postgres://x',
      SIAPPAKAI_REDIS_URL: 'nonsense',
      DOCKER_HOST: '/var/run/docker.sock',
    };
    for (const [variable, value] of Object.entries(wrong)) {
      const error = failure(() => readEnvironment({ [variable]: value }));
      expect([error.code, error.params['variable']]).toEqual(['bad_environment', variable]);
    }
  });
  it('takes an empty variable as not given and hides credentials', () => {
    const read = readEnvironment({ SIAPPAKAI_NAME: '', SIAPPAKAI_DATABASE_URL: 'mysql://u:p4ss@h/db' });
    expect(read.name).toBeNull();
    expect(JSON.stringify(read)).not.toContain('p4ss');
  });
  it('gives children nothing of this installation', () => {
    expect(foreignVariables({ PATH: '/bin', SIAPPAKAI_HOME: '/x', DOCKER_HOST: 'unix:///a' })).toEqual({
      PATH: '/bin',
      DOCKER_HOST: 'unix:///a',
    });
  });
});

describe('installation', () => {
  it('stores what a first start was told and keeps it', () => {
    const first = ensureInstallation(environment({ SIAPPAKAI_NAME: 'uji', SIAPPAKAI_HTTP_PORT: '8180' }), 'demo', own);
    expect(first).toMatchObject({ name: 'uji', httpPort: 8180, httpsPort: 8443, dashboardPort: 8701, preset: 'demo' });
    const again = openInstallation(environment());
    expect(again).toEqual(first);
    expect(ensureInstallation(environment(), 'production', own)).toEqual(first);
  });

  it('lets the surroundings change ports, never name or id', () => {
    const first = ensureInstallation(environment(), 'production', own);
    const moved = ensureInstallation(environment({ SIAPPAKAI_HTTP_PORT: '81' }), 'production', own);
    expect([moved.id, moved.httpPort, openInstallation(environment()).httpPort]).toEqual([first.id, 81, 81]);
    const error = failure(() => openInstallation(environment({ SIAPPAKAI_NAME: 'lain' })));
    expect([error.code, error.params]).toEqual(['name_differs', { home: home(), stored: 'siappakai', asked: 'lain' }]);
    expect(failure(() => ensureInstallation(environment({ SIAPPAKAI_HTTPS_PORT: '81' }), 'production', own)).code).toBe(
      'bad_environment',
    );
  });

  it('keeps addresses with credentials in files of their own', () => {
    const url = 'mysql://admin:p4ss@db/';
    ensureInstallation(environment({ SIAPPAKAI_TENANT_DATABASE_URL: url }), 'production', own);
    const secrets = path.join(home(), 'secrets');
    expect(statSync(path.join(secrets, 'tenant-database-url')).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(home(), 'installation.json'), 'utf8')).not.toContain('p4ss');
    expect(openInstallation(environment()).tenantDatabaseUrl?.reveal()).toBe(url);
  });

  it('lays out the home and leaves what is there alone', () => {
    const { paths } = ensureInstallation(environment(), 'production', own);
    const modes = Object.entries(paths)
      .filter(([key]) => !['installation', 'masterKeys'].includes(key))
      .map(([key, folderPath]: [string, string]) => [key, (statSync(folderPath).mode & 0o777).toString(8)]);
    expect(Object.fromEntries(modes)).toEqual({
      home: '750',
      secrets: '750',
      run: '750',
      logs: '750',
      releases: '750',
      uploads: '750',
      dumps: '700',
      archives: '700',
      proxy: '755',
      webRun: '755',
      mariadbRun: '755',
      redisRun: '755',
      proxyRun: '755',
    });
    writeFileSync(path.join(paths.proxy, 'kept'), '');
    ensureInstallation(environment(), 'production', own);
    expect(existsSync(path.join(paths.proxy, 'kept'))).toBe(true);
  });

  it('tells absent from broken', () => {
    expect(findInstallation(environment())).toBeNull();
    const absent = failure(() => openInstallation(environment()));
    expect([absent.code, absent.params['home'], exitCodeOf(absent)]).toEqual(['not_installed', home(), 2]);
    const { paths } = ensureInstallation(environment(), 'production', own);
    writeFileSync(paths.installation, '{');
    const broken = failure(() => openInstallation(environment()));
    expect([broken.code, exitCodeOf(broken)]).toEqual(['home_unusable', 3]);
  });
});

describe('errors', () => {
  it('map to status and exit code once', () => {
    const cases = [
      new AppError('not_allowed'),
      new AppError('invalid_input', {}, { field: 'kode' }),
      new AppError('engine_not_starting'),
      new Error('anything'),
    ].map((error) => [httpStatusOf(error), exitCodeOf(error)]);
    expect(cases).toEqual([
      [403, 4],
      [422, 2],
      [503, 3],
      [500, 1],
    ]);
  });
});
