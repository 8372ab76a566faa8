import type { SecretBox } from '../../server/auth/secret-box';
import { hashPassword } from '../../server/auth/password';
import { TERMINAL } from '../../server/domain/actor';
import { officialRegions } from '../../server/domain/official-regions';
import { loadRegions } from '../../provisioners/regions';
import { AuthService } from '../../server/services/auth-service';
import { HostService } from '../../server/services/host-service';
import { SetupService } from '../../server/services/setup-service';
import { writeSettings, parseSetting } from '../../server/services/setting-service';
import { ensureDefaults } from '../../server/wiring/control';
import type { Transactor } from '../../server/stores';
import type { Chance } from './chance';
import { idAt } from './chance';
import { ADMIN, APPS, KABUPATEN, PARALLEL, REQUESTED_BY, SUFFIX, VERSIONS, type FleetIds } from './plan';

const DAY_MS = 86_400_000;

/** The installation as its first admin leaves it: kabupaten, domain pattern, account, one server, one shared database. */
export const setUp = async (transact: Transactor): Promise<void> => {
  const auth = new AuthService(transact);
  const regions = officialRegions(loadRegions);
  const setup = new SetupService({ transactor: transact, regions, previewHosts: new HostService().preview, auth });
  await setup.run(TERMINAL, {
    kabupaten: KABUPATEN,
    domainPattern: '{desa}.kec-{kec}.{suffix}',
    suffix: SUFFIX,
    adminEmail: ADMIN.email,
    adminName: ADMIN.name,
    adminPassword: ADMIN.password,
  });
  const values = { brandName: 'Diskominfo Aceh Utara', dashboardHost: `dasbor.${SUFFIX}`, parallel: PARALLEL };
  await transact.run((stores) =>
    writeSettings(
      stores,
      TERMINAL,
      Object.entries(values).map(([key, value]) => parseSetting(key, value)),
    ),
  );
};

const stamp = (at: Date): string => at.toISOString().slice(0, 23).replace('T', ' ');
const NOTES =
  'Perbaikan cetak surat, statistik penduduk lebih cepat, dan penutupan celah keamanan pada unggahan dokumen.';

/** Server, shared database and every release; all imported, the newest one last. */
export const makeGround = async (transact: Transactor, box: SecretBox, chance: Chance): Promise<FleetIds> => {
  const { knex } = transact.read;
  const { databaseId, serverId } = await ensureDefaults(transact.read, box, () =>
    chance.text('abcdefghkmnp23456789', 24),
  );
  const facts = { cores: 16, memoryBytes: 64 * 2 ** 30, diskFreeBytes: 700 * 2 ** 30, dockerVersion: '20.10.24' };
  await knex('servers')
    .where({ id: serverId })
    .update({ facts: JSON.stringify({ facts, findings: [] }), parallel: PARALLEL, checked_at: stamp(new Date()) });
  const releases = new Map<string, string>();
  for (const [age, version] of VERSIONS.entries())
    for (const app of APPS) {
      const at = new Date(Date.now() - (VERSIONS.length - age) * 30 * DAY_MS);
      const id = idAt(at, chance);
      releases.set(`${app}@${version}`, id);
      await knex('releases').insert({
        id,
        app,
        version,
        channel: 'umum',
        checksum: chance.text('0123456789abcdef', 64),
        php_line: '8.2',
        schema_version: version,
        state: 'ready',
        source: `/media/usb/${app}-${version}.zip`,
        image: `siappakai/${app}:${version}`,
        image_id: `sha256:${chance.text('0123456789abcdef', 64)}`,
        bytes: 90_000_000 + chance.below(60_000_000),
        files: 9_000 + chance.below(4_000),
        lint: '[]',
        notes: NOTES,
        requested_by: REQUESTED_BY,
        ready_at: stamp(at),
        created_at: stamp(at),
      });
    }
  return { databaseId, serverId, releases };
};

/** A second account that only looks. */
export const addObserver = async (transact: Transactor, chance: Chance): Promise<void> => {
  await transact.read.knex('users').insert({
    id: idAt(new Date(), chance),
    email: `rina@${SUFFIX}`,
    name: 'Rina Wulandari',
    role: 'observer',
    password_hash: await hashPassword(chance.text('abcdefghkmnp23456789', 24)),
  });
};
export { stamp };
