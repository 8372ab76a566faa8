import express, { Router, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { LAYANAN_LIMIT, rateLimit } from '../auth/rate-limit';
import { AppError, httpStatusOf } from '../domain/errors';
import type { LayananService } from '../services/layanan-service';
import { LAYANAN_TEXTS, type LayananText } from '../texts/layanan';

const API = '/api/v1';
const PANTAU = '/index.php/api/wilayah';
const ALLOW = {
  'Access-Control-Allow-Headers': 'authorization,x-requested-with,content-type',
  'Access-Control-Allow-Methods': 'GET,POST,OPTIONS',
  'Access-Control-Max-Age': '600',
} as const;

/** OpenSID sends `Bearer <token> ` with a space behind. Never from the query: those end in logs. */
const bearer = (request: Request): string =>
  /^Bearer\s+(.*)$/i.exec(request.get('authorization') ?? '')?.[1]?.trim() ?? '';
const query = (request: Request, key: string): string | undefined => {
  const value = request.query[key];
  return typeof value === 'string' ? value : undefined;
};

const isText = (code: string): code is LayananText => Object.hasOwn(LAYANAN_TEXTS, code);
const sentenceOf = (error: AppError): string => {
  const reason = error.params['reason'];
  if (typeof reason === 'string' && isText(reason)) return LAYANAN_TEXTS[reason];
  return isText(error.code) ? LAYANAN_TEXTS[error.code] : LAYANAN_TEXTS.internal;
};

/** Too large or malformed, as the body parsers say it. */
const isBadBody = (error: unknown): boolean =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500;

/** Answers every refusal with a sentence the app can show; unknown errors go on to the dashboard's own handler. */
const refuse = (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
  if (error instanceof AppError) response.status(httpStatusOf(error)).json({ message: sentenceOf(error) });
  else if (isBadBody(error)) response.status(422).json({ message: LAYANAN_TEXTS.invalid_input });
  else next(error);
};

const hostOfOrigin = (origin: string): string | null => {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  return url?.protocol === 'https:' ? url.hostname : null;
};

/** The admin's browser calls from the desa's own page: only hosts of installed desa are let in, never `*`. */
const cors = (layanan: LayananService): RequestHandler => {
  return async (request, response, next) => {
    response.vary('Origin');
    const origin = request.get('origin');
    const host = origin === undefined ? null : hostOfOrigin(origin);
    if (origin !== undefined && host !== null && (await layanan.isDesaHost(host)))
      response.set({ 'Access-Control-Allow-Origin': origin, ...ALLOW });
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
  };
};

type Answer = (request: Request) => Promise<unknown>;
const json =
  (answer: Answer): RequestHandler =>
  async (request, response) => {
    const body = await answer(request);
    response.set('Cache-Control', 'no-store').json(body);
  };
const refusal = (code: 'token_not_entitled' | 'not_found' | 'invalid_input', reason: LayananText): RequestHandler => {
  return () => {
    throw new AppError(code, { reason });
  };
};

const subscriptionRoutes = (router: Router, layanan: LayananService): void => {
  const base = `${API}/pelanggan`;
  const pemesanan = json((request) => layanan.pemesanan(bearer(request)));
  router.post(`${base}/pemesanan`, pemesanan);
  router.get(`${base}/pemesanan`, pemesanan);
  router.get(`${base}/pemesanan/faktur`, refusal('not_found', 'no_invoice'));
  router.get(`${base}/pemesanan/deskripsi-faktur`, refusal('not_found', 'no_invoice'));
  router.get(
    `${base}/terdaftar`,
    json((request) => layanan.terdaftar(bearer(request), query(request, 'desa_id'))),
  );
  router.get(
    `${base}/form-register`,
    json((request) => layanan.formRegister(bearer(request))),
  );
  router.post(`${base}/register`, refusal('invalid_input', 'register_elsewhere'));
  router.post(`${base}/perpanjang`, refusal('token_not_entitled', 'no_invoice'));
  const kindB = json((request) => layanan.refuseKindA(bearer(request)));
  router.get(`${base}/domain`, kindB);
  router.get(`${base}/diskominfo`, kindB);
  router.get(
    `${API}/modules`,
    json((request) => layanan.modules(bearer(request))),
  );
  router.post(`${API}/modules/install`, kindB);
};

const reportRoutes = (router: Router, layanan: LayananService): void => {
  const parse = [express.urlencoded({ extended: false, limit: '32kb' }), express.json({ limit: '32kb' })];
  const report = (kind: 'versi' | 'daftarhitam' | 'pantau', answer: unknown): RequestHandler =>
    json(async (request) => {
      await layanan.report(kind, request.body);
      return answer;
    });
  const recorded = { message: LAYANAN_TEXTS.recorded };
  router.post(`${API}/pelanggan/catat-versi`, parse, report('versi', recorded));
  router.post(`${API}/pelanggan/daftarhitam`, parse, report('daftarhitam', recorded));
  // A list of notices for the app to show: none.
  router.post(['/api/track/desa', '/index.php/api/track/desa'], parse, report('pantau', []));
  router.get(
    `${PANTAU}/kodedesa`,
    json((request) => layanan.kodedesa(query(request, 'kode') ?? '')),
  );
};

/**
 * What installed apps call instead of the vendor's Layanan and Pantau servers, and the public keys of our tokens. Mount
 * it before sessions, CSRF and body parsers, at the root of the dashboard's host.
 */
export const layananRouter = (layanan: LayananService): Router => {
  const router = Router();
  const paths = [`${API}/pelanggan`, `${API}/modules`, PANTAU, '/api/track', '/index.php/api/track'];
  router.use(paths, cors(layanan), rateLimit(LAYANAN_LIMIT));
  subscriptionRoutes(router, layanan);
  reportRoutes(router, layanan);
  router.get('/.well-known/jwks.json', async (_request, response) => {
    const keys = await layanan.keySet();
    response.set('Cache-Control', 'public, max-age=300').json(keys);
  });
  router.use(refuse);
  return router;
};

const SECRET_QUERY = /([?&](?:token|invoice|api_?key|password)=)[^&#]*/gi;
/** A URL as it may stand in a log: apps put tokens into queries. */
export const withoutSecrets = (url: string): string => url.replace(SECRET_QUERY, '$1…');
