import express, { Router, type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import { AppError } from '../../domain/errors';
import type { Logger } from '../../logger';
import { OPERATIONS } from '../../services/operations';
import type { Operation, OperationContext, OperationDeps } from '../../services/operations/operation';
import { MESSAGES, reasonSentence, type Locale } from '../../texts';
import { apiLimit } from '../middleware/api-limit';
import { localeOf } from '../middleware/appearance';
import { callerOf, knowCaller } from '../middleware/bearer';
import { faultOf } from '../middleware/faults';
import { gzipPages } from '../middleware/gzip';
import { once } from '../middleware/idempotency';
import { openApiText } from './openapi';
import { problemOf } from './problems';

export interface ApiOptions {
  readonly deps: OperationDeps;
  readonly logger: Logger;
  readonly version: string;
  /** Sign-in of a browser, refused when a form of somebody else uses it. */
  readonly bySession: readonly RequestHandler[];
  readonly requestIdOf: (response: Response) => string;
}

const languageOf = (request: Request): Locale =>
  request.acceptsLanguages(['id', 'en']) === 'en' && request.get('accept-language') !== undefined
    ? 'en'
    : localeOf(request);

/** A body that is no JSON would look like one without fields. */
const onlyJson: RequestHandler = (request, _response, next) => {
  const sent = Number(request.get('content-length') ?? 0) > 0 || request.get('transfer-encoding') !== undefined;
  if (sent && request.is('json') === false)
    throw new AppError('invalid_input', { problem: 'body_not_json' }, { field: 'Content-Type' });
  next();
};

const contextOf = (deps: OperationDeps, request: Request, response: Response): OperationContext => {
  const { actor } = callerOf(response);
  const messages = MESSAGES[languageOf(request)];
  return { deps, actor, account: actor.id, sentence: (reason) => reasonSentence(messages, reason).what };
};

const nextPage = (request: Request, cursor: string): string => {
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  query.set('cursor', cursor);
  return `<${request.baseUrl}${request.path}?${query.toString()}>; rel="next"`;
};
const wantsCsv = (one: Operation, request: Request): boolean =>
  one.columns.length > 0 && request.query['format'] === 'csv';

const read = async (deps: OperationDeps, one: Operation, request: Request, response: Response): Promise<void> => {
  const { params, query } = request;
  const { document, next } = await one.handle(contextOf(deps, request, response), { params, query });
  if (next !== null) response.set('Link', nextPage(request, next));
  if (wantsCsv(one, request)) response.attachment(`${one.name.replace('.', '-')}.csv`).send(one.csv(document));
  else response.type('application/json').send(JSON.stringify(document));
};

const change = async (deps: OperationDeps, one: Operation, request: Request, response: Response): Promise<void> => {
  const { params, query } = request;
  const body: unknown = request.body ?? {};
  const context = contextOf(deps, request, response);
  const act = async () => ({
    status: one.status ?? 200,
    document: (await one.handle(context, { params, query, body })).document,
  });
  const key = request.get('idempotency-key');
  const asked = {
    store: deps.transact.read.idempotency,
    userId: context.account,
    request: [one.name, params, query, body],
    answer: one.secret === true ? ('secret' as const) : ('kept' as const),
  };
  const made = key === undefined ? await act() : await once({ ...asked, key }, act);
  if ('replayed' in made && made.replayed === 'replayed') response.set('Idempotency-Replayed', 'true');
  response.status(made.status).type('application/json').send(JSON.stringify(made.document));
};

const handlerOf =
  (deps: OperationDeps, one: Operation): RequestHandler =>
  async (request, response) => {
    const { tokenId, access } = callerOf(response);
    if (access === 'read' && one.method !== 'get') throw new AppError('not_allowed', { problem: 'token_reads' });
    if (one.by === 'session' && tokenId !== null) throw new AppError('not_allowed', { problem: 'session_needed' });
    response.set('Cache-Control', 'no-store');
    await (one.method === 'get' ? read : change)(deps, one, request, response);
  };

/** What parsers and the router itself refuse, as they say it. */
const asInput = (error: unknown): unknown => {
  if (error instanceof AppError || !(error instanceof Error) || !('status' in error)) return error;
  const { status } = error;
  if (typeof status !== 'number' || status < 400 || status > 499) return error;
  return new AppError('invalid_input', { problem: status === 413 ? 'body_too_large' : 'body_not_json' }, { field: '' });
};
const problems =
  ({ logger, requestIdOf }: ApiOptions): ErrorRequestHandler =>
  (thrown: unknown, request, response, next) => {
    if (response.headersSent) {
      next(thrown);
      return;
    }
    // A refused form of somebody else has a status too, and is not our caller's input.
    const fault = faultOf(thrown);
    const error = fault.code === 'internal' ? asInput(thrown) : thrown;
    const known = error === thrown ? fault : faultOf(error);
    const requestId = requestIdOf(response);
    if (known.status >= 500) logger.error({ err: thrown, request: requestId }, 'request failed');
    response
      .status(known.status)
      .set('Cache-Control', 'no-store')
      .type('application/problem+json')
      .send(JSON.stringify(problemOf(known, error, { locale: languageOf(request), requestId })));
  };

/** REST from the list of operations; everything below its address is answered as JSON, faults as problem documents. */
export const apiRouter = (options: ApiOptions): Router => {
  const { deps, version } = options;
  const limit = apiLimit();
  const bySession = Router().use(...options.bySession);
  const api = Router();
  api.use(gzipPages);
  api.get('/openapi.json', async (request, response) => {
    await limit.count(`document:${request.ip ?? ''}`, response);
    response.type('application/json').send(openApiText(version));
  });
  api.use(knowCaller({ tokens: deps.personalTokens, limit, bySession }));
  api.use(onlyJson, express.json({ limit: '2mb', type: 'json' }));
  for (const one of OPERATIONS) api[one.method](one.path.replace(/\{(\w+)\}/g, ':$1'), handlerOf(deps, one));
  api.use(() => {
    throw new AppError('not_found', { what: 'path' });
  });
  api.use(problems(options));
  return api;
};
