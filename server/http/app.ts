import { randomBytes } from 'node:crypto';
import { csrfSync } from 'csrf-sync';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import { ulid } from 'ulid';
import { LINK_LIMIT, rateLimit, SIGN_IN_LIMIT } from '../auth/rate-limit';
import { AppError } from '../domain/errors';
import { SYSTEM } from '../domain/actor';
import { actorOf, type User } from '../domain/user';
import type { Logger } from '../logger';
import { dressFor } from './visit-words';
import type { Locale } from '../texts';
import type { LayananService } from '../services/layanan-service';
import { layananRouter } from './layanan';
import type { OperationDeps } from '../services/operations/operation';
import { apiRouter } from './api/router';
import { localeOf, themeOf } from './middleware/appearance';
import { assets } from './middleware/assets';
import { faults } from './middleware/faults';
import { gzipPages } from './middleware/gzip';
import { apiReaderRoutes } from './routes/api-reader';
import { guideRoutes } from './routes/guide';
import { auditRoutes } from './routes/audit';
import { backupRoutes } from './routes/backups';
import { brandFiles } from './routes/brand-files';
import { databaseRoutes } from './routes/databases';
import { desaRoutes } from './routes/desa';
import { overviewRoutes } from './routes/overview';
import { profileRoutes } from './routes/profile';
import { importUpload, releaseRoutes } from './routes/releases';
import { rolloutRoutes } from './routes/rollouts';
import { serverRoutes } from './routes/servers';
import { sessionRoutes } from './routes/session';
import { certificateRoutes } from './routes/certificates';
import { settingsRoutes } from './routes/settings';
import { logoUpload } from './routes/upload';
import { styleRoutes } from './routes/style';
import { setupRoutes } from './routes/setup';
import { makeVisit, type Route, type Session, type WebDeps } from './web';

export interface AppOptions {
  readonly deps: WebDeps;
  readonly operations: OperationDeps;
  readonly layanan: LayananService;
  readonly logger: Logger;
  readonly assetsFolder: string;
  readonly sessions: RequestHandler;
}
/** Every page and form; a test walks this list. A route with action null is public. */
export const ROUTES: readonly Route[] = [
  ...sessionRoutes,
  ...setupRoutes,
  ...overviewRoutes,
  ...desaRoutes,
  ...releaseRoutes,
  ...rolloutRoutes,
  ...serverRoutes,
  ...databaseRoutes,
  ...backupRoutes,
  ...auditRoutes,
  ...apiReaderRoutes,
  ...guideRoutes,
  ...profileRoutes,
  ...settingsRoutes,
  ...certificateRoutes,
  ...styleRoutes,
];

interface Locals {
  requestId: string;
  nonce: string;
  user: User | null;
  /** Language of the installation, for who has chosen none. */
  locale: Locale;
}
const localsOf = (response: Response): Locals => response.locals as Locals;

const csrf = csrfSync({
  getTokenFromRequest: (request) =>
    ((request.body ?? {}) as Record<string, string | undefined>)['_csrf'] ?? request.get('x-csrf-token'),
  getTokenFromState: (request) => request.session.csrf ?? null,
  storeTokenInState: (request, token) => {
    request.session.csrf = String(token);
  },
});

/** A form of another site is refused before its token is looked at. */
const sameOrigin: RequestHandler = (request, _response, next) => {
  const origin = request.get('origin');
  const ours = origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.get('host'));
  // Villages live on the same site, so "same-site" is foreign too.
  const elsewhere = ['cross-site', 'same-site'].includes(request.get('sec-fetch-site') ?? '');
  if (request.method !== 'GET' && request.method !== 'HEAD' && (!ours || elsewhere))
    throw new AppError('not_allowed', { problem: 'foreign_form' });
  next();
};

const identify =
  (logger: Logger): RequestHandler =>
  (request, response, next) => {
    const locals = localsOf(response);
    locals.requestId = ulid();
    locals.nonce = randomBytes(16).toString('base64');
    // Routers shorten the path below themselves; the log wants the whole, without its query.
    const { path } = request;
    const started = performance.now();
    response.on('finish', () => {
      if (path.startsWith('/assets/') || path === '/healthz') return;
      logger.info(
        {
          request: locals.requestId,
          method: request.method,
          path: path.replace(/^\/(masuk|setup)\/[^/]+/, '/$1/…'),
          status: response.statusCode,
          ms: Math.round(performance.now() - started),
        },
        'request',
      );
    });
    next();
  };

const nonceOf = (_request: unknown, response: unknown): string => `'nonce-${localsOf(response as Response).nonce}'`;
const headersFor = (transport: 'https' | 'http'): RequestHandler =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: [nonceOf],
        styleSrc: ["'self'"],
        fontSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Without it browsers send "null" as the origin of our own forms.
    referrerPolicy: { policy: 'same-origin' },
    ...(transport === 'https' ? {} : { strictTransportSecurity: false as const }),
  }) as RequestHandler;
const HEADERS = { https: headersFor('https'), http: headersFor('http') };
const security: RequestHandler = (request, response, next) => {
  HEADERS[request.secure ? 'https' : 'http'](request, response, next);
};

const knowUser =
  (deps: WebDeps): RequestHandler =>
  async (request, response, next) => {
    const userId = request.session.userId;
    const [user, { settings }] = await Promise.all([
      userId === undefined ? null : deps.auth.find(userId),
      dressFor(deps),
    ]);
    localsOf(response).user = user;
    localsOf(response).locale = settings.locale;
    next();
  };
const sessionOf = (request: Request, response: Response): Session => {
  const { user, nonce, locale } = localsOf(response);
  return {
    actor: user === null ? null : actorOf(user),
    user: user === null ? null : { name: user.name, email: user.email },
    // Asked for only when a page is drawn: a refused request makes no session.
    get csrf() {
      return csrf.generateToken(request);
    },
    nonce,
    theme: themeOf(request),
    locale: localeOf(request, locale),
  };
};

const handlerOf =
  (deps: WebDeps, one: Route): RequestHandler =>
  async (request, response) => {
    const session = sessionOf(request, response);
    if (one.action !== null && session.actor === null) {
      if (one.path.startsWith('/api/')) throw new AppError('not_signed_in');
      response.redirect(
        303,
        `/masuk?kembali=${encodeURIComponent(request.method === 'GET' ? request.originalUrl : '/')}`,
      );
      return;
    }
    await one.handle(makeVisit(deps, request, response, session, session.actor ?? SYSTEM_VISITOR, one.action));
  };
/** Nobody in particular: public pages ask services that need no rights. */
const SYSTEM_VISITOR = { ...SYSTEM, id: 'visitor', name: 'visitor', role: 'observer' as const, wilayahKode: '-' };

export const makeApp = ({ deps, operations, layanan, logger, assetsFolder, sessions }: AppOptions): Express => {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  // The proxy reaches us by a socket only it can open; its X-Forwarded-For replaces what a client sent.
  app.set('trust proxy', (address: string | undefined) => address === undefined || address === '');
  app.use(identify(logger), security);
  app.get('/healthz', (_request, response) => void response.type('text').send('ok'));
  app.use('/assets', assets(assetsFolder));
  app.use(brandFiles(deps));
  app.use(layananGate(layanan));
  app.use(
    '/api/v1',
    apiRouter({
      deps: operations,
      logger,
      version: deps.version,
      bySession: [sessions, knowUser(deps), sameOrigin, csrf.csrfSynchronisedProtection],
      requestIdOf: (response) => localsOf(response).requestId,
    }),
  );
  app.use(
    gzipPages,
    express.urlencoded({ extended: false, limit: '2mb', parameterLimit: 5000 }),
    express.json({ limit: '2mb' }),
  );
  app.use(sessions, knowUser(deps), sameOrigin);
  app.post('/masuk', rateLimit(SIGN_IN_LIMIT));
  app.use(/^\/(masuk|setup)\/[^/]+/, strangersOnly(rateLimit(LINK_LIMIT)));
  app.post('/rilis/impor', onlySignedIn, importUpload(deps.uploads));
  app.post('/pengaturan/logo', onlySignedIn, logoUpload());
  app.use(csrf.csrfSynchronisedProtection);
  for (const one of ROUTES) app[one.method](one.path, handlerOf(deps, one));
  app.use(() => {
    throw new AppError('not_found', { what: 'page' });
  });
  app.use(faults(deps, logger, (response) => localsOf(response)));
  return app;
};
const strangersOnly =
  (limit: RequestHandler): RequestHandler =>
  (request, response, next) =>
    localsOf(response).user === null ? limit(request, response, next) : next();
const onlySignedIn: RequestHandler = (_request, response, next) => {
  if (localsOf(response).user === null) throw new AppError('not_signed_in');
  next();
};
const LAYANAN_PATHS = /^\/(api\/v1\/(pelanggan|modules)|index\.php\/api\/|api\/track|\.well-known\/)/;
const layananGate = (layanan: LayananService): RequestHandler => {
  const router = layananRouter(layanan);
  return (request, response, next) => {
    if (LAYANAN_PATHS.test(request.path)) router(request, response, next);
    else next();
  };
};
