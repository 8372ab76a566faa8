import type { SecretBox } from '../../server/auth/secret-box';
import { containerName, networkName, ownSchema, ownUser, tenantUser } from '../../server/domain/names';
import { HostService } from '../../server/services/host-service';
import { desaKeyContext, instanceSecretsContext } from '../../server/steps/context';
import type { Transactor } from '../../server/stores';
import { idAt, type Chance } from './chance';
import { stamp } from './ground';
import { APPS, CURRENT, releaseOf, type AppName, type FleetIds, type PlacedDesa, type PlacedInstance } from './plan';

const DAY_MS = 86_400_000;
const INSTALLATION = 'bench';
const CHUNK = 500;

/** Every desa of the kabupaten with its host, in the order of a plan. */
export const placeDesa = async (transact: Transactor): Promise<readonly PlacedDesa[]> => {
  const regions = await transact.read.wilayah.all();
  const names = new Map(regions.map((one) => [String(one.kode), one.nama] as const));
  const desa = regions.filter((one) => one.level === 'desa' && one.active);
  const hosts = await new HostService().hostsFor(
    transact.read,
    desa.map((one) => String(one.kode)),
  );
  return desa.map((region, order) => ({
    region,
    kecamatan: names.get(String(region.parent ?? '')) ?? '',
    host: hosts.get(String(region.kode)) ?? '',
    order,
  }));
};

/** What one instance is seen to be; ages in seconds. */
export interface Look {
  readonly observed: string;
  readonly reason: string | null;
  readonly age: number;
}
const FRESH = 60;
const well = (chance: Chance): Look => ({ observed: 'healthy', reason: null, age: chance.below(FRESH) });

/** A good day: one in a hundred is amber, some cannot be measured. */
export const lookOnAGoodDay = (desa: PlacedDesa, app: AppName, chance: Chance): Look => {
  const of = desa.order * 3 + APPS.indexOf(app);
  if (of % 211 === 17) return { observed: 'degraded', reason: 'http_status', age: chance.below(FRESH) };
  if (of % 389 === 5) return { observed: 'healthy', reason: null, age: 3600 };
  return well(chance);
};
/** A bad day: a kecamatan without answer, wrong desa behind a name, desa nobody could measure. */
export const lookOnABadDay = (desa: PlacedDesa, app: AppName, chance: Chance): Look => {
  const of = desa.order * 3 + APPS.indexOf(app);
  if (desa.order % 27 === 4) return { observed: 'down', reason: 'not_answering', age: chance.below(FRESH) };
  if (of % 173 === 11) return { observed: 'wrong_identity', reason: 'wrong_identity', age: chance.below(FRESH) };
  if (desa.order % 31 === 6) return { observed: 'healthy', reason: null, age: 4_000 };
  if (of % 19 === 3) return { observed: 'degraded', reason: 'http_status', age: chance.below(FRESH) };
  return well(chance);
};
export type LookOf = (desa: PlacedDesa, app: AppName, chance: Chance) => Look;

const desaRow = (desa: PlacedDesa, ids: FleetIds, box: SecretBox, chance: Chance): Record<string, unknown> => {
  const kode = String(desa.region.kode);
  const key = `base64:${chance.text('abcdefghijklmnopqrstuvwxyz0123456789', 44)}`;
  return {
    kode,
    kecamatan_kode: String(desa.region.parent),
    nama: desa.region.nama,
    jenis: desa.region.jenis,
    host: desa.host,
    old_hosts: desa.order % 97 === 0 ? JSON.stringify([`lama-${desa.host}`]) : null,
    database_id: ids.databaseId,
    network: networkName({ installation: INSTALLATION }, String(desa.region.parent)),
    app_key: box.encrypt(key, desaKeyContext(kode)),
    first_password: box.encrypt(chance.text('abcdefghkmnp23456789', 16), `desa:${kode}:first_password`),
    first_password_shown_at: desa.order % 5 === 0 ? null : stamp(new Date(Date.now() - 300 * DAY_MS)),
    tenant_id: desa.order + 1,
    created_at: stamp(new Date(Date.now() - 330 * DAY_MS)),
  };
};

/** Five in a hundred run the version before. */
export const versionAt = (desa: PlacedDesa): typeof CURRENT | '2409.0.0' =>
  desa.order % 20 === 7 ? '2409.0.0' : CURRENT;

interface Making {
  readonly ids: FleetIds;
  readonly box: SecretBox;
  readonly chance: Chance;
  readonly lookOf: LookOf;
}
const instanceRow = (one: PlacedInstance, making: Making): Record<string, unknown> => {
  const { ids, box, chance, lookOf } = making;
  const { desa, app, id } = one;
  const kode = String(desa.region.kode);
  const version = versionAt(desa);
  const look = lookOf(desa, app, chance);
  const seen = new Date(Date.now() - look.age * 1000);
  const secrets = { identity: chance.text('0123456789abcdef', 32), database: chance.text('abcdefghkmnp', 24) };
  const deployment = idAt(new Date(Date.now() - 30 * DAY_MS), chance);
  return {
    id,
    wilayah_kode: kode,
    server_id: ids.serverId,
    database_id: app === 'pbb' ? null : ids.databaseId,
    app,
    wanted: 'running',
    release_id: releaseOf(ids, app, version),
    slot: desa.order % 2 === 0 ? 'a' : 'b',
    container: containerName({ installation: INSTALLATION }, app, kode, deployment),
    route_mode: 'open',
    hosts: JSON.stringify([desa.host]),
    schema_name: app === 'pbb' ? ownSchema(app, kode) : 'db_gabungan',
    db_user: app === 'pbb' ? ownUser(app, kode) : tenantUser(kode),
    secrets: box.encrypt(JSON.stringify(secrets), instanceSecretsContext(id)),
    observed: look.observed,
    observed_release: version,
    observed_reason: look.reason,
    observed_at: stamp(seen),
    observed_since: stamp(new Date(seen.getTime() - (look.observed === 'healthy' ? 20 * DAY_MS : 4_000_000))),
    deep_observed_at: stamp(new Date(seen.getTime() - chance.below(3_000_000))),
  };
};

/** Rows of all desa and their three apps. Nothing of it runs anywhere. */
export const installAll = async (
  transact: Transactor,
  placed: readonly PlacedDesa[],
  making: Making,
): Promise<readonly PlacedInstance[]> => {
  const { knex } = transact.read;
  const { ids, box, chance } = making;
  const at = new Date(Date.now() - 330 * DAY_MS);
  const instances = placed.flatMap((desa) => APPS.map((app) => ({ id: idAt(at, chance), app, desa })));
  await knex.batchInsert(
    'desa',
    placed.map((one) => desaRow(one, ids, box, chance)),
    CHUNK,
  );
  await knex.batchInsert(
    'instances',
    instances.map((one) => instanceRow(one, making)),
    CHUNK,
  );
  return instances;
};

/** A registration token for every desa: most in order, some about to end, some over, some not read back. */
export const issueTokens = async (
  transact: Transactor,
  placed: readonly PlacedDesa[],
  { box, chance }: Pick<Making, 'box' | 'chance'>,
  weather: 'good' | 'bad',
): Promise<void> => {
  const rows = placed.map((desa) => {
    const left = desa.order % 71 === 3 ? 12 : weather === 'bad' && desa.order % 53 === 2 ? -4 : 200 + (desa.order % 90);
    const issued = new Date(Date.now() + (left - 365) * DAY_MS);
    const id = idAt(issued, chance);
    return {
      id,
      desa_kode: String(desa.region.kode),
      jti: chance.text('0123456789abcdef', 32),
      kid: 'bench',
      token: box.encrypt(`ey${chance.text('abcdefghijklmnopqrstuvwxyz', 700)}`, `token:${id}`),
      domain: `https://${desa.host}`,
      starts_on: stamp(issued).slice(0, 10),
      ends_on: stamp(new Date(Date.now() + left * DAY_MS)).slice(0, 10),
      installed_at: desa.order % 119 === 8 ? null : stamp(issued),
      created_at: stamp(issued),
    };
  });
  await transact.read.knex.batchInsert('tokens', rows, CHUNK);
};
