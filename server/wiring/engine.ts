import path from 'node:path';
import type { TargetSession } from '../../provisioners/contracts';
import { makeMariadb } from '../../provisioners/databases/mariadb/mariadb';
import type { OwnerPassword } from '../../provisioners/databases/mariadb/owner';
import type { ToolRunner } from '../../provisioners/databases/mariadb/tool';
import type { ImageOptions } from '../../provisioners/lib/image-recipe';
import { ensureReleaseImage } from '../../provisioners/lib/images';
import { makeInternalCa } from '../../provisioners/lib/internal-ca';
import { openTree, readTreeFile, readTreeTexts } from '../../provisioners/lib/release-store';
import { checkInContainer, INSIDE, makeHaproxy, type Haproxy } from '../../provisioners/proxies/haproxy';
import { loadTargets } from '../../provisioners/registry';
import type { Config } from '../config';
import { DEFAULT_COLOR } from '../domain/brand';
import { AppError } from '../domain/errors';
import { mariadbContainer, proxyContainer } from '../domain/names';
import type { Release } from '../domain/release';
import {
  hasOwnDatabase,
  partSecret,
  CONTROL_SCHEMA,
  mariadbSocket,
  TENANT_ADMIN,
  webSocketFile,
} from '../parts/addresses';
import { codeRoot } from '../parts/part-spec';
import { loadSettings } from '../services/setting-service';
import { SYSTEM } from '../domain/actor';
import { ownerPasswords } from '../steps/owners';
import { makePublicProbe, privateGet } from '../steps/public-probe';
import { makeRouteTable, type Shown } from '../steps/route-table';
import type { World } from '../steps/world';
import type { Control } from './control';

export const templatesRoot = (): string => path.join(codeRoot(), 'deploy-templates');

export const openTarget = async (config: Pick<Config, 'dockerHost' | 'id'>): Promise<TargetSession> => {
  const target = (await loadTargets()).get('docker');
  if (target === undefined) throw new AppError('engine_missing', {});
  return target.connect({ url: config.dockerHost }, config.id);
};
export const imageOptions = (
  config: Pick<Config, 'name'>,
  onLine: (line: string) => void,
  signal: AbortSignal,
): ImageOptions => ({
  prefix: config.name,
  templatesRoot: templatesRoot(),
  onLine,
  signal,
});

/** Where OpenSID sends a visitor when it finds no database. */
const GIVE_UP_PATHS = ['/koneksi-database'];

export const openProxy = (config: Config, session: TargetSession): Haproxy =>
  makeHaproxy({
    folder: config.paths.proxy,
    runFolder: config.paths.proxyRun,
    runFolderInside: INSIDE.runFolder,
    listen: { http: INSIDE.http, https: INSIDE.https, outside: INSIDE.outside },
    publicPorts: { http: config.httpPort, https: config.httpsPort },
    pages: path.join(templatesRoot(), 'proxy', 'pages'),
    ...(hasOwnDatabase(config)
      ? { database: { socket: `${INSIDE.database}/mysqld.sock`, giveUpPaths: GIVE_UP_PATHS } }
      : {}),
    ca: makeInternalCa(path.join(config.paths.secrets, 'ca'), `SiapPakai ${config.name}`),
    check: checkInContainer(session, proxyContainer({ installation: config.name }), INSIDE.folder),
  });

/** The client tools live in the container of the database, so the host needs none. */
const runInMariadb =
  (session: TargetSession, container: string): ToolRunner =>
  async (argv, streams) => {
    const result = await session.exec(container, argv, {
      env: streams.env,
      ...(streams.stdin === undefined ? {} : { stdin: streams.stdin }),
      ...(streams.stdout === undefined ? {} : { stdout: streams.stdout }),
    });
    return { exitCode: result.exitCode, stderr: result.stderr };
  };

/** With the owners' passwords schemas are changed by their owners, without them by the administrator. */
export const openTenantDatabase = (
  config: Config,
  session: TargetSession,
  ownerPassword?: OwnerPassword,
): World['databaseServer'] => {
  const owners = ownerPassword === undefined ? {} : { ownerPassword };
  const reservedSchemas = [CONTROL_SCHEMA];
  if (config.tenantDatabaseUrl !== null) {
    const url = new URL(config.tenantDatabaseUrl.reveal());
    const port = Number(url.port || '3306');
    return makeMariadb({
      connection: {
        host: url.hostname,
        port,
        user: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
      },
      endpointPort: port,
      reservedSchemas,
      ...owners,
    });
  }
  const connection = {
    socketPath: mariadbSocket(config),
    user: TENANT_ADMIN,
    password: partSecret(config, 'tenantAdmin'),
  };
  const run = runInMariadb(session, mariadbContainer({ installation: config.name }));
  return makeMariadb({
    connection,
    endpointPort: 3306,
    reservedSchemas,
    ...owners,
    dumpTool: { run, address: { socketPath: '/run/siappakai-db/mysqld.sock' } },
  });
};

export const buildReleaseImage = async (
  config: Config,
  session: TargetSession,
  release: Release,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<{ readonly tag: string; readonly id: string }> => {
  const { treePath, checksum, phpLine } = release;
  if (treePath === null || checksum === null || phpLine === null)
    throw new AppError('release_invalid', { problem: 'not_stored' });
  const image = await ensureReleaseImage(
    session,
    {
      app: release.app,
      version: release.version,
      checksum,
      phpLine,
      bytes: release.bytes ?? 0,
      treeTar: openTree(treePath, 'app/'),
      readTree: async (name) => (await readTreeFile(treePath, name))?.toString('utf8') ?? null,
    },
    imageOptions(config, log, signal),
  );
  return {
    tag: image.tags.find((tag) => tag.startsWith(`${config.name}/`)) ?? image.tags[0] ?? image.id,
    id: image.id,
  };
};

/**
 * What was made or checked once by its recipe is there as long as the engine has the same image under the same name: to ask that is a
 * hundredth of the work.
 */
const rememberImages = (config: Config, session: TargetSession): World['ensureReleaseImage'] => {
  const known = new Map<string, { readonly tag: string; readonly id: string }>();
  return async (release, log, signal) => {
    const before = known.get(release.id);
    if (before !== undefined && (await session.findImage({ tag: before.tag }))?.id === before.id) return before.tag;
    const image = await buildReleaseImage(config, session, release, log, signal);
    known.set(release.id, image);
    return image.tag;
  };
};

const routeTableOf = ({ config, transact, apps }: Control, proxy: Haproxy): World['routes'] => {
  const shown = async (): Promise<Shown> => {
    const { dashboardHost: host, kabupaten, brandName, brandColor, egress } = await loadSettings(transact.read);
    const line = [kabupaten?.nama, brandName].filter((part) => part != null).join(' · ');
    return {
      dashboard: host === null ? null : { host, socket: webSocketFile(config) },
      outside: egress,
      brand: { line, color: brandColor ?? DEFAULT_COLOR },
    };
  };
  return makeRouteTable({ transact, apps, proxy, shown });
};

const tokensOf = ({ services: { tokens } }: Control): World['tokens'] => ({
  ensure: (kode, host) => tokens.ensureToken(SYSTEM, kode, host),
  markInstalled: (kode, token) => tokens.markInstalled(SYSTEM, kode, token),
  revoke: (kode) => tokens.revoke(SYSTEM, kode),
});

/** The world of the steps, on the local engine. */
export const makeWorld = (
  control: Control,
  session: TargetSession,
  proxy: Haproxy,
  rememberSecret: (value: string) => void,
): World => {
  const { config, transact } = control;
  const settings = (): ReturnType<World['settings']> => loadSettings(transact.read);
  const routes = routeTableOf(control, proxy);
  return {
    installation: config,
    folders: { dumps: config.paths.dumps, archives: config.paths.archives },
    transact,
    apps: control.apps,
    session,
    databaseServer: openTenantDatabase(config, session, ownerPasswords(transact.read, control.box)),
    proxy,
    routes,
    box: control.box,
    probe: makePublicProbe({
      address: '127.0.0.1',
      port: config.httpsPort,
      caCertificate: () => proxy.caCertificate(),
      trusted: async () => (await settings()).certificates.trust,
    }),
    privateGet,
    settings,
    tokens: tokensOf(control),
    ensureReleaseImage: rememberImages(config, session),
    readRelease: async ({ treePath }, wanted) => (treePath === null ? null : readTreeTexts(treePath, wanted)),
    rememberSecret,
  };
};
