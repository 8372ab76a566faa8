import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import path from 'node:path';
import type { Express, RequestHandler } from 'express';
import session from 'express-session';
import { Server, type Socket } from 'socket.io';
import type { MachineAccess } from '../../provisioners/contracts';
import { DatabaseSessionStore } from '../auth/session-store';
import type { Config } from '../config';
import { actorOf } from '../domain/user';
import { makeApp } from '../http/app';
import { createFormat } from '../http/format';
import { boardSummary } from '../http/pages/board';
import { speaking } from '../http/visit-words';
import { localeOf } from '../http/middleware/appearance';
import { createRenderer, findViewsDir, readAssetMap } from '../http/render';
import type { WebDeps } from '../http/web';
import type { Logger } from '../logger';
import { sendLetter } from '../mail/mailer';
import { partSecret, webSocketFile } from '../parts/addresses';
import { codeRoot, productVersion } from '../parts/part-spec';
import { LogLines } from '../realtime/log-lines';
import { Relay, type Viewer } from '../realtime/relay';
import { AuditService } from '../services/audit-service';
import { BackupService } from '../services/backup-service';
import { BrandService } from '../services/brand-service';
import { CertificateService } from '../services/certificate-service';
import { DesaService } from '../services/desa-service';
import { LayananService } from '../services/layanan-service';
import { BoardModel } from '../services/read-models/board-model';
import { DatabaseModel } from '../services/read-models/database-model';
import { DesaModel } from '../services/read-models/desa-model';
import { RolloutModel } from '../services/read-models/rollout-model';
import { MailService } from '../services/mail-service';
import { ServerService } from '../services/server-service';
import { UserService } from '../services/user-service';
import { connectRedis, openControl, randomPassword, type Control } from './control';
import { operationDeps } from './operations';

const SESSION_MS = 12 * 60 * 60_000;
/** What another process wrote without telling is on a page after this, at the latest. */
const PAGE_KEEP_MS = 1000;
const assetsFolder = (): string => path.join(codeRoot(), 'dist', 'assets');

const listen = (server: HttpServer, where: string | { readonly port: number; readonly host: string }): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    if (typeof where === 'string') server.listen(where, resolve);
    else server.listen(where.port, where.host, resolve);
  });

/** The SSH library is loaded when somebody enrols a server, not with every start. */
const lazyMachines: MachineAccess = {
  readHostKeys: async (address) =>
    (await import('../../provisioners/servers/index.js')).sshMachines.readHostKeys(address),
  connect: async (address, login, pinned) =>
    (await import('../../provisioners/servers/index.js')).sshMachines.connect(address, login, pinned),
  inspect: async (session, login) =>
    (await import('../../provisioners/servers/index.js')).sshMachines.inspect(session, login),
};

export const webDeps = (control: Control, logs: Pick<LogLines, 'recent'>): WebDeps => {
  const { transact, apps, config, box, services } = control;
  return {
    ...services,
    transact,
    apps,
    renderer: createRenderer({
      viewsDir: findViewsDir(codeRoot()),
      assets: readAssetMap(assetsFolder()),
      templates: 'kept',
    }),
    version: productVersion(),
    preset: config.preset,
    httpsPort: config.httpsPort,
    uploads: config.paths.uploads,
    servers: new ServerService({ transactor: transact, access: lazyMachines }),
    audit: new AuditService(transact),
    users: new UserService(transact),
    brand: new BrandService(transact),
    mail: new MailService({ transact, box, send: sendLetter }),
    certificates: new CertificateService({ transact, box }),
    backups: new BackupService(transact),
    folders: { dumps: config.paths.dumps, archives: config.paths.archives },
    desa: new DesaService({ transact, box }),
    desaModel: new DesaModel({ transact, apps, httpsPort: config.httpsPort, keepMs: PAGE_KEEP_MS }),
    rolloutModel: new RolloutModel(transact),
    boardModel: new BoardModel(transact, PAGE_KEEP_MS),
    databaseModel: new DatabaseModel(transact, apps, PAGE_KEEP_MS),
    containerLog: (kode, app) => logs.recent(kode, app),
  };
};

const sessionsOf = (control: Control): RequestHandler =>
  session({
    name: 'sp_sid',
    secret: partSecret(control.config, 'session'),
    store: new DatabaseSessionStore(control.transact.read.sessions, SESSION_MS),
    resave: false,
    saveUninitialized: false,
    proxy: true,
    rolling: true,
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: SESSION_MS, path: '/' },
  });

/** The same sign-in as the pages: the socket's handshake carries the cookie. */
const viewerOf =
  (deps: WebDeps) =>
  async (socket: Socket): Promise<Viewer | null> => {
    const request = socket.request as Parameters<RequestHandler>[0];
    const { session: known } = request;
    // Read anew: who signed out meanwhile has no session any more.
    const open = await new Promise<boolean>((resolve) => known.reload((error: unknown) => resolve(error == null)));
    const userId = open ? request.session.userId : undefined;
    const user = userId === undefined ? null : await deps.auth.find(userId);
    return user === null ? null : { actor: actorOf(user), locale: localeOf(request) };
  };

const openSockets = (): Server =>
  new Server({
    transports: ['websocket', 'polling'],
    serveClient: false,
    // Frames of a rollout repeat each other: with the last ones in mind they shrink to a third, for 64 KiB a viewer.
    perMessageDeflate: {
      threshold: 128,
      serverMaxWindowBits: 13,
      clientNoContextTakeover: true,
      zlibDeflateOptions: { level: 6, memLevel: 6 },
    },
    cors: { origin: false },
    // Villages live on the same site and their pages' requests carry our cookie: the origin itself must be ours.
    allowRequest: (request, answer) => {
      const { origin, host } = request.headers;
      answer(null, origin === undefined || (URL.canParse(origin) && new URL(origin).host === host));
    },
  });
const startRelay = (
  control: Control,
  deps: WebDeps,
  sessions: RequestHandler,
  logs: LogLines,
  servers: readonly HttpServer[],
): { readonly io: Server; readonly relay: Relay } => {
  const io = openSockets();
  for (const server of servers) {
    // Each server gets an engine of its own; `engine` is the newest one.
    io.attach(server);
    io.engine.use(sessions);
  }
  const { transact, redis, channel, config, logger } = control;
  const spanOf =
    (locale: Viewer['locale']) =>
    (seconds: number | null): string =>
      createFormat(locale, 'WIB', new Date().toISOString()).duration(seconds);
  const relay = new Relay({
    io,
    transact,
    subscriber: connectRedis(config, logger),
    publisher: redis,
    channel,
    installation: config.id,
    logger,
    spanOf,
    labelOf: (app) => control.apps.get(app)?.label ?? app,
    logs,
    summaryOf: async (actor, rolloutId, locale) => {
      const facts = await deps.boardModel.numbers(actor, rolloutId).catch(() => null);
      const { words } = await speaking(deps, locale);
      return facts === null ? null : boardSummary(facts, words, new Date());
    },
    viewerOf: viewerOf(deps),
  });
  relay.start();
  return { io, relay };
};

const open = async (config: Config, loopback: HttpServer, socket: HttpServer): Promise<void> => {
  const file = webSocketFile(config);
  await rm(file, { force: true });
  await listen(loopback, { port: config.dashboardPort, host: '127.0.0.1' });
  await listen(socket, file);
  await chmod(file, 0o666);
};

/** The dashboard: loopback for SSH tunnels, a socket for the proxy. No engine is reachable from here. */
export const runWeb = async (config: Config, logger: Logger, shutdown: AbortSignal): Promise<void> => {
  const control = await openControl(config, logger, { pool: 10, randomPassword });
  const logs = new LogLines({
    subscriber: connectRedis(config, logger),
    publisher: control.redis,
    installation: config.id,
    logger,
  });
  logs.start();
  const deps = webDeps(control, logs);
  const sessions = sessionsOf(control);
  const layanan = new LayananService(control.transact, control.services.tokens);
  const operations = operationDeps(control, {
    containerLog: (kode, app) => logs.recent(kode, app),
    access: lazyMachines,
  });
  const app: Express = makeApp({ deps, operations, layanan, logger, assetsFolder: assetsFolder(), sessions });
  const [loopback, socket] = [createServer(app), createServer(app)];
  const { io, relay } = startRelay(control, deps, sessions, logs, [loopback, socket]);
  await open(config, loopback, socket);
  logger.info({ port: config.dashboardPort }, 'web is ready');
  await new Promise<void>((resolve) => shutdown.addEventListener('abort', () => resolve(), { once: true }));
  relay.stop();
  logs.stop();
  io.disconnectSockets(true);
  await io.close();
  for (const server of [loopback, socket]) {
    server.close();
    server.closeAllConnections();
  }
  await control.close();
};
