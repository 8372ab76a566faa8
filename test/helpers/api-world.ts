import { ulid } from 'ulid';
import { openSecretBox } from '../../server/auth/secret-box';
import { TERMINAL } from '../../server/domain/actor';
import { AuthService } from '../../server/services/auth-service';
import { HostService } from '../../server/services/host-service';
import { PersonalTokenService } from '../../server/services/personal-token-service';
import { SetupService } from '../../server/services/setup-service';
import { TokenService } from '../../server/services/token-service';
import { regionSource } from './small-region';
import type { WebInstallation } from './web-installation';

export const ACCOUNT = { email: 'ani@kebumenkab.go.id', name: 'Ani', password: 'Sawah-Padi-2026' };
export const [KLIRONG, TAMBAK] = ['33.05.05.2011', '33.05.05.2012'];
/** Names that people really have, and such that somebody tries. */
export const NAMES: Readonly<Record<string, string>> = {
  [TAMBAK]: "Ma'rang",
  '33.05.12.1026': '<b>x',
  '33.05.03.2020': 'O’o (I/II)',
  '33.05.05.2021': 'قرية الحكمة',
  '33.05.05.2022': 'Karangsambung Wetan Kidul Lor Kulon Tengah Persiapan Maju Xx',
  '33.05.05.2023': '=HYPERLINK("http://x","y")',
  '33.05.05.2024': '@SUM(A1), "kutip"',
};

/** An installation of OpenSID, as a request asks for it. */
export const install = (kodes: readonly string[]) => ({
  kind: 'install',
  kodes,
  releases: { opensid: '2409.0.0' },
  apps: ['opensid'],
});
export interface ApiWorld {
  readonly userId: string;
  readonly releaseId: string;
  /** Nobody uses it. */
  readonly spareReleaseId: string;
  /** A personal token that may everything. */
  readonly token: string;
}

const addRelease = async (web: WebInstallation, version: string, state: 'ready' | 'refused'): Promise<string> => {
  const id = ulid();
  const { releases } = web.transactor.read;
  const from = { channel: 'umum', source: '/rilis', tag: null, requestedBy: 'Ani' } as const;
  await releases.create({ id, app: 'opensid', version, ...from });
  const lint = [{ path: 'app/x.php', line: 3, message: 'unexpected token' }];
  await releases.update(id, { state, readyAt: new Date(), bytes: 90_000_000, files: 9000, phpLine: '8.2', lint });
  return id;
};

const addNames = async (web: WebInstallation): Promise<void> => {
  const row = { parent: '33.05.05', level: 'desa', jenis: 'desa', dataset: 'x', active: true };
  for (const [kode, nama] of Object.entries(NAMES))
    await web
      .db('wilayah')
      .insert({ ...row, kode, nama })
      .onConflict('kode')
      .merge(['nama']);
};

/** An installation with a kabupaten, odd names, releases, a dump, an archive, and a token of its admin. */
export const buildApiWorld = async (web: WebInstallation): Promise<ApiWorld> => {
  const auth = new AuthService(web.transactor);
  const setup = new SetupService({
    ...{ transactor: web.transactor, regions: regionSource(), auth },
    previewHosts: new HostService().preview,
  });
  const account = { adminEmail: ACCOUNT.email, adminName: ACCOUNT.name, adminPassword: ACCOUNT.password };
  const { user } = await setup.run(TERMINAL, {
    ...{ kabupaten: '33.05', domainPattern: '{desa}.kec-{kec}.kebumenkab.go.id' },
    ...account,
  });
  await addNames(web);
  const releaseId = await addRelease(web, '2409.0.0', 'ready');
  const spareReleaseId = await addRelease(web, '2408.0.0', 'refused');
  const tokens = new PersonalTokenService(web.transactor);
  const { token } = await tokens.create(TERMINAL, { name: 'uji', access: 'full' }, user.id);
  const { dumps, archives } = web.transactor.read;
  const bytes = 7_000_000_000;
  const dump = {
    schemaName: 'db_gabungan',
    deploymentId: null,
    path: '/d/1.sql.gz',
    sha256: 'a'.repeat(64),
    tables: 9,
  };
  await dumps.create({ id: ulid(), ...dump, bytes });
  await archives.create({ id: ulid(), desaKode: KLIRONG, path: '/arsip/1', manifest: {}, bytes });
  return { userId: user.id, releaseId, spareReleaseId, token };
};

/** What the worker would have done: Klirong serves, with its first password and its registration token. */
export const serveKlirong = async (web: WebInstallation): Promise<void> => {
  const box = openSecretBox(web.config.paths.masterKeys);
  const first_password = box.encrypt('Pertama-123', `desa:${KLIRONG}:first_password`);
  await web.db('desa').where({ kode: KLIRONG }).update({ first_password });
  await web.db('instances').where({ wilayah_kode: KLIRONG }).update({ container: 't-web-opensid-x' });
  const tokens = new TokenService({ transactor: web.transactor, box, httpsPort: web.config.httpsPort });
  await tokens.ensureToken(TERMINAL, KLIRONG, 'klirong.kec-klirong.kebumenkab.go.id');
};
