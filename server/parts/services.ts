import { chmod, chown, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import {
  LABEL,
  ProvisionError,
  type Attachment,
  type TargetSession,
  type WorkloadSpec,
} from '../../provisioners/contracts';
import type { ImageOptions } from '../../provisioners/lib/image-recipe';
import { ensureServiceImage, type Service } from '../../provisioners/lib/images';
import { proxyWorkload } from '../../provisioners/proxies/haproxy';
import type { Config } from '../config';
import {
  addressIn,
  DATABASE_HOST_NUMBER,
  mariadbContainer,
  proxyContainer,
  publicNetwork,
  REDIS_HOST_NUMBER,
  redisContainer,
  serviceNetwork,
  wallContainer,
} from '../domain/names';
import { AppError } from '../domain/errors';
import {
  CONTROL_SCHEMA,
  CONTROL_USER,
  hasOwnDatabase,
  mariadbSocket,
  partSecret,
  TENANT_ADMIN,
  webSocketFile,
} from './addresses';

const MIB = 1024 ** 2;
/** The accounts of the service images (see provisioners/lib/images.ts). */
const OWNERS = { mariadb: 71_001, redis: 71_002 } as const;
const naming = (config: Config): { installation: string } => ({ installation: config.name });

/** What every service container has: own config volume, read-only root, no capabilities, always back. */
const serviceSpec = (what: {
  readonly service: 'mariadb' | 'redis';
  readonly name: string;
  readonly image: string;
  readonly data: string;
  readonly socketFolder: string;
  readonly socketTarget: string;
  readonly memoryMiB: number;
  readonly networks: readonly Attachment[];
  readonly stopSeconds: number;
}): WorkloadSpec => ({
  name: what.name,
  image: what.image,
  labels: { [LABEL.role]: what.service },
  env: {},
  user: `${OWNERS[what.service]}:${OWNERS[what.service]}`,
  mounts: [
    { type: 'volume', source: `${what.name}-data`, target: what.data, readOnly: false },
    { type: 'volume', source: `${what.name}-konfig`, target: '/konfig', readOnly: true },
    { type: 'bind', source: what.socketFolder, target: what.socketTarget, readOnly: false },
    { type: 'tmpfs', target: '/run', sizeBytes: 16 * MIB, mode: 0o755, uid: OWNERS[what.service] },
    { type: 'tmpfs', target: '/tmp', sizeBytes: 512 * MIB, mode: 0o1777, uid: OWNERS[what.service] },
  ],
  networks: what.networks,
  readOnlyRoot: true,
  capabilities: [],
  limits: {
    memoryBytes: what.memoryMiB * MIB,
    memoryReservationBytes: Math.floor(what.memoryMiB / 4) * MIB,
    pids: 2000,
    cpuShares: 2048,
  },
  restart: 'always',
  stopTimeoutSeconds: what.stopSeconds,
});

/** A service container of another recipe is replaced in place; its data lies in a volume. */
export const ensureService = async (session: TargetSession, spec: WorkloadSpec): Promise<void> => {
  try {
    await session.ensureWorkload(spec);
  } catch (error) {
    if (!(error instanceof ProvisionError) || error.code !== 'conflict') throw error;
    await session.stop(spec.name, spec.stopTimeoutSeconds ?? 10);
    await session.remove(spec.name);
    await session.ensureWorkload(spec);
  }
};
const fill = async (
  session: TargetSession,
  name: string,
  owner: number,
  files: Readonly<Record<string, string>>,
): Promise<void> => {
  for (const suffix of ['data', 'konfig'])
    await session.ensureVolume({ name: `${name}-${suffix}`, labels: { [LABEL.role]: 'volume' } });
  await session.putFiles(
    ['data', 'konfig'].map((suffix) => ({
      type: 'volume',
      source: `${name}-${suffix}`,
      target: `/${suffix}`,
      readOnly: false,
    })),
    [
      { path: '/data', mode: 0o700, uid: owner, gid: owner },
      ...Object.entries(files).map(([file, content]) => ({
        path: `/konfig/${file}`,
        content,
        mode: 0o440,
        uid: owner,
        gid: owner,
      })),
    ],
  );
};

/** Settings of the embedded MariaDB from the size of the machine: a quarter of its memory, at most 4 GiB, for its pool. */
export const mariadbSettings = (memoryBytes: number): { readonly memoryMiB: number; readonly text: string } => {
  const pool = Math.max(256, Math.min(4096, Math.floor(memoryBytes / MIB / 8)));
  const text = `[mysqld]\ninnodb_buffer_pool_size = ${pool}M\nmax_connections = 2000\ninnodb_stats_on_metadata = 0\n`;
  return { memoryMiB: pool * 2 + 768, text };
};

const startMariadb = async (config: Config, session: TargetSession, options: ImageOptions): Promise<void> => {
  const name = mariadbContainer(naming(config));
  const image = await ensureServiceImage(session, 'mariadb', options);
  const network = serviceNetwork(naming(config));
  const { subnet } = await session.ensureNetwork({
    name: network,
    labels: { [LABEL.role]: 'network' },
    internal: true,
    walled: true,
  });
  const settings = mariadbSettings((await session.facts()).memoryBytes);
  await own(config.paths.mariadbRun, OWNERS.mariadb);
  await fill(session, name, OWNERS.mariadb, {
    'root-password': partSecret(config, 'mariadbRoot'),
    'server.cnf': settings.text,
  });
  await ensureService(
    session,
    serviceSpec({
      service: 'mariadb',
      name,
      image: image.tags[0] ?? image.id,
      data: '/var/lib/mysql',
      socketFolder: config.paths.mariadbRun,
      socketTarget: '/run/siappakai-db',
      memoryMiB: settings.memoryMiB,
      networks: [{ network, address: addressIn(subnet, DATABASE_HOST_NUMBER) }],
      stopSeconds: 300,
    }),
  );
  await ensureAccounts(config);
};
const own = async (folder: string, id: number): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await chown(folder, id, id);
};

const READY_MS = 90_000;
/** Control schema and its user, and the admin who makes tenant schemas; passwords are set to what the files say. */
const ensureAccounts = async (config: Config): Promise<void> => {
  const started = Date.now();
  for (;;) {
    try {
      const connection = await createConnection({
        socketPath: mariadbSocket(config),
        user: 'root',
        password: partSecret(config, 'mariadbRoot'),
      });
      try {
        await connection.query(
          `CREATE DATABASE IF NOT EXISTS \`${CONTROL_SCHEMA}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
        );
        await account(
          connection,
          CONTROL_USER,
          partSecret(config, 'control'),
          `ALL PRIVILEGES ON \`${CONTROL_SCHEMA}\`.*`,
          '',
        );
        await account(
          connection,
          TENANT_ADMIN,
          partSecret(config, 'tenantAdmin'),
          'ALL PRIVILEGES ON *.*',
          'WITH GRANT OPTION',
        );
      } finally {
        await connection.end();
      }
      return;
    } catch (error) {
      if (Date.now() - started > READY_MS) throw new AppError('database_down', {}, { cause: error });
      await sleep(300);
    }
  }
};
const account = async (
  connection: Awaited<ReturnType<typeof createConnection>>,
  user: string,
  password: string,
  grant: string,
  suffix: string,
): Promise<void> => {
  await connection.query('CREATE USER IF NOT EXISTS ?@? IDENTIFIED BY ?', [user, 'localhost', password]);
  await connection.query('ALTER USER ?@? IDENTIFIED BY ?', [user, 'localhost', password]);
  await connection.query(`GRANT ${grant} TO ?@? ${suffix}`, [user, 'localhost']);
};

const startRedis = async (config: Config, session: TargetSession, options: ImageOptions): Promise<void> => {
  const name = redisContainer(naming(config));
  const image = await ensureServiceImage(session, 'redis', options);
  const network = serviceNetwork(naming(config));
  const { subnet } = await session.ensureNetwork({
    name: network,
    labels: { [LABEL.role]: 'network' },
    internal: true,
    walled: true,
  });
  await own(config.paths.redisRun, OWNERS.redis);
  await fill(session, name, OWNERS.redis, { 'redis-password': partSecret(config, 'redis') });
  await ensureService(
    session,
    serviceSpec({
      service: 'redis',
      name,
      image: image.tags[0] ?? image.id,
      data: '/var/lib/redis',
      socketFolder: config.paths.redisRun,
      socketTarget: '/run/siappakai-redis',
      memoryMiB: 256,
      networks: [{ network, address: addressIn(subnet, REDIS_HOST_NUMBER) }],
      stopSeconds: 20,
    }),
  );
};

/** Web may pass through the proxy's run folder to its own socket folder; the proxy's sockets there are root's alone. */
const openProxyFolders = async (config: Config, web: { readonly uid: number; readonly gid: number }): Promise<void> => {
  const folder = path.dirname(webSocketFile(config));
  await mkdir(folder, { recursive: true });
  await chmod(config.paths.proxyRun, 0o711);
  await chown(folder, web.uid, web.gid);
  await chmod(folder, 0o755);
};

/** `prepare` lays the folder the proxy starts from. */
const startProxy = async (
  config: Config,
  session: TargetSession,
  options: ImageOptions,
  prepare: () => Promise<void>,
): Promise<void> => {
  const image = await ensureServiceImage(session, 'proxy', options);
  const network = publicNetwork(naming(config));
  await session.ensureNetwork({ name: network, labels: { [LABEL.role]: 'network' }, internal: false, apart: true });
  await prepare();
  await ensureService(
    session,
    proxyWorkload({
      name: proxyContainer(naming(config)),
      image: image.tags[0] ?? image.id,
      installation: config.id,
      folder: config.paths.proxy,
      runFolder: config.paths.proxyRun,
      ...(hasOwnDatabase(config) ? { databaseFolder: config.paths.mariadbRun } : {}),
      publish: { host: '0.0.0.0', http: config.httpPort, https: config.httpsPort },
      networks: [{ network }],
    }),
  );
};

/** MariaDB, Redis and the proxy as containers of this installation; those given by URL are left to their owners. */
export const startServices = async (
  config: Config,
  session: TargetSession,
  options: ImageOptions,
  web: { readonly uid: number; readonly gid: number },
  prepareProxy: () => Promise<void>,
): Promise<void> => {
  if (config.databaseUrl === null || config.tenantDatabaseUrl === null) await startMariadb(config, session, options);
  if (config.redisUrl === null) await startRedis(config, session, options);
  await openProxyFolders(config, web);
  await startProxy(config, session, options, prepareProxy);
};
/** Which services are containers of this installation, with their container names. */
export const serviceContainers = (
  config: Config,
): readonly { readonly name: Service; readonly container: string }[] => [
  ...(config.databaseUrl === null || config.tenantDatabaseUrl === null
    ? [{ name: 'mariadb' as const, container: mariadbContainer(naming(config)) }]
    : []),
  ...(config.redisUrl === null ? [{ name: 'redis' as const, container: redisContainer(naming(config)) }] : []),
  { name: 'proxy', container: proxyContainer(naming(config)) },
  { name: 'wall', container: wallContainer(naming(config)) },
];
