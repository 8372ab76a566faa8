import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Redis } from 'ioredis';
import { ulid } from 'ulid';
import type { AppAdapter } from '../../provisioners/contracts';
import { loadApps } from '../../provisioners/registry';
import { ProvisionError } from '../../provisioners/contracts';
import { loadRegions, openRegionFile } from '../../provisioners/regions';
import { openSecretBox, type SecretBox } from '../auth/secret-box';
import type { Config } from '../config';
import type { RegionSource } from '../domain/region';
import { AppError } from '../domain/errors';
import { officialRegions } from '../domain/official-regions';
import type { Logger } from '../logger';
import { controlUrl, redisAddress } from '../parts/addresses';
import { AuthService } from '../services/auth-service';
import { HostService } from '../services/host-service';
import { PersonalTokenService } from '../services/personal-token-service';
import { ReleaseService } from '../services/release-service';
import { RolloutService } from '../services/rollout-service';
import { SettingService } from '../services/setting-service';
import { SetupService } from '../services/setup-service';
import { TokenService } from '../services/token-service';
import { WilayahService } from '../services/wilayah-service';
import { connectDatabase, type Db } from '../stores/connect';
import { makeTransactor, type Stores, type Transactor } from '../stores';
import { ownerContext } from '../steps/context';

/** What web, worker and terminal share: the control database, Redis and the services on top. No engine. */
export interface Control {
  readonly config: Config;
  readonly logger: Logger;
  readonly db: Db;
  readonly redis: Redis;
  readonly transact: Transactor;
  readonly box: SecretBox;
  readonly apps: ReadonlyMap<string, AppAdapter>;
  readonly channel: string;
  readonly services: {
    readonly auth: AuthService;
    readonly personalTokens: PersonalTokenService;
    readonly setup: SetupService;
    readonly settings: SettingService;
    readonly tokens: TokenService;
    readonly wilayah: WilayahService;
    readonly hosts: HostService;
    readonly releases: ReleaseService;
    readonly rollouts: RolloutService;
  };
  /** Told when something new may be due; the worker replaces it. */
  ringer: { ring: (rolloutId: string | null) => void };
  close(): Promise<void>;
}
export const randomPassword = (): string => randomBytes(18).toString('base64url');
export const DATABASE_NAME = 'gabungan';
const SCHEMA_NAME = 'db_gabungan';
export const LOCAL_SERVER = 'lokal';

export const connectRedis = (config: Config, logger: Logger): Redis => {
  const address = redisAddress(config);
  const options = {
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    retryStrategy: () => 1000,
    lazyConnect: false,
  };
  const redis =
    'url' in address
      ? new Redis(address.url, options)
      : new Redis({ ...options, path: address.path, password: address.password });
  redis.on('error', (error: Error) => logger.warn({ err: error.message }, 'redis is away; work goes on by sweeps'));
  return redis;
};

/** The shared database and the local server every new desa goes to; made once. */
export const ensureDefaults = async (
  stores: Stores,
  box: SecretBox,
  makePassword: () => string,
): Promise<{ readonly databaseId: string; readonly serverId: string }> => {
  const database = await stores.databases.ensure({
    id: ulid(),
    name: DATABASE_NAME,
    schemaName: SCHEMA_NAME,
    app: 'opensid',
    channel: 'umum',
    ownerPassword: box.encrypt(makePassword(), ownerContext(DATABASE_NAME)),
  });
  const known = await stores.servers.findByName(LOCAL_SERVER);
  if (known !== null) return { databaseId: database.id, serverId: known.id };
  const serverId = ulid();
  await stores
    .knex('servers')
    .insert({ id: serverId, name: LOCAL_SERVER, target: 'docker', state: 'ready' })
    .onConflict('name')
    .ignore();
  return { databaseId: database.id, serverId: (await stores.servers.findByName(LOCAL_SERVER))?.id ?? serverId };
};

/** A list from a file, read at once. AppError('dataset_invalid' | 'not_found') at field `file`. */
const openFile = async (file: string): Promise<RegionSource> => {
  const list = await openRegionFile(path.resolve(file)).catch((error: unknown) => {
    if (!(error instanceof ProvisionError)) throw error;
    const code = error.code === 'not_found' ? 'not_found' : 'dataset_invalid';
    throw new AppError(code, {}, { field: 'file', cause: error });
  });
  return officialRegions(async () => list);
};

type Ground = Pick<Control, 'config' | 'transact' | 'box' | 'apps' | 'ringer'>;
const makeServices = (
  { config, transact, box, apps, ringer }: Ground,
  makePassword: () => string,
): Control['services'] => {
  const regions = officialRegions(loadRegions);
  const hosts = new HostService();
  const auth = new AuthService(transact);
  return {
    auth,
    personalTokens: new PersonalTokenService(transact),
    hosts,
    setup: new SetupService({ transactor: transact, regions, previewHosts: hosts.preview, auth }),
    settings: new SettingService(transact),
    tokens: new TokenService({ transactor: transact, box, httpsPort: config.httpsPort }),
    wilayah: new WilayahService({ transactor: transact, bundled: regions, openFile }),
    releases: new ReleaseService({ transact, apps, box }),
    rollouts: new RolloutService({
      transact,
      apps,
      installation: config.name,
      hostsFor: (stores, kodes) => hosts.hostsFor(stores, kodes),
      defaults: (stores) => ensureDefaults(stores, box, makePassword),
      ring: (id) => ringer.ring(id),
    }),
  };
};

export interface ControlOptions {
  readonly pool: number;
  readonly randomPassword: () => string;
  readonly appsFolder?: string;
}
export const openControl = async (config: Config, logger: Logger, options: ControlOptions): Promise<Control> => {
  const db = connectDatabase(controlUrl(config), options.pool);
  const redis = connectRedis(config, logger);
  const channel = `sp:${config.id}:events`;
  const transact = makeTransactor(db, (touched) => {
    if (redis.status !== 'ready') return;
    for (const [stream, seq] of touched) redis.publish(channel, `${stream} ${seq}`).catch(() => undefined);
  });
  const ringer: Control['ringer'] = {
    ring: (rolloutId) => void redis.publish(`sp:${config.id}:ring`, rolloutId ?? '').catch(() => undefined),
  };
  const box = openSecretBox(config.paths.masterKeys);
  const apps = await (options.appsFolder === undefined ? loadApps() : loadApps(options.appsFolder));
  const ground = { config, transact, box, apps, ringer };
  const close = async (): Promise<void> => {
    redis.disconnect();
    await db.destroy();
  };
  return { ...ground, logger, db, redis, channel, services: makeServices(ground, options.randomPassword), close };
};
