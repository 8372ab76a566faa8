import type { ErrorRequestHandler, Request, Response } from 'express';
import { AppError, errnoOf, httpStatusOf } from '../../domain/errors';
import type { Logger } from '../../logger';
import { errorSentence } from '../../texts/error-sentence';
import { messagePage } from '../../texts/message-book';
import { withoutSecrets } from '../layanan';
import { EMPTY_FORM, type PageContext } from '../view-models/common';
import type { FaultKind } from '../view-models/entry';
import type { WebDeps } from '../web';
import { localeOf, themeOf } from './appearance';

const KINDS: Readonly<Record<number, FaultKind>> = {
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  410: 'link_used',
  422: 'invalid',
  429: 'too_many',
};
const DATABASE_AWAY: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'PROTOCOL_CONNECTION_LOST',
  'ER_CON_COUNT_ERROR',
  'ECONNRESET',
  'EPIPE',
]);
const hasName = (error: unknown, name: string): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === name;

interface Fault {
  readonly status: number;
  readonly code: string;
  readonly kind: FaultKind;
  readonly field: string | null;
}
/** Status, code and page of anything thrown. The database being away is a state of ours, not a stack. */
export const faultOf = (error: unknown): Fault => {
  if (error instanceof AppError) {
    const status = httpStatusOf(error);
    return {
      status,
      code: error.code,
      kind: KINDS[status] ?? (status === 503 ? 'unavailable' : 'internal'),
      field: error.field,
    };
  }
  const code = errnoOf(error) ?? '';
  if (DATABASE_AWAY.has(code) || hasName(error, 'KnexTimeoutError'))
    return { status: 503, code: 'database_down', kind: 'database', field: null };
  if (code === 'EBADCSRFTOKEN') return { status: 403, code: 'not_allowed', kind: 'forbidden', field: null };
  return { status: 500, code: 'internal', kind: 'internal', field: null };
};

/** A page that needs nothing of the database. */
const barePage = (deps: WebDeps, request: Request, nonce: string): PageContext => ({
  locale: localeOf(request),
  theme: themeOf(request),
  nonce,
  csrf: '',
  path: request.originalUrl,
  now: new Date().toISOString(),
  zone: 'WIB',
  version: deps.version,
  kabupaten: null,
  office: 'Diskominfo',
  user: null,
  menu: [],
  brand: { logo: null, sheet: null },
  notice: null,
});

type LocalsOf = (response: Response) => { readonly requestId: string; readonly nonce: string };
/** One page for every failure: what happened, to whom, what next; a problem document for the API. */
export const faults =
  (deps: WebDeps, logger: Logger, localsOf: LocalsOf): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, code, kind, field } = faultOf(error);
    const { requestId, nonce } = localsOf(response);
    if (status >= 500)
      logger.error({ err: error, request: requestId, path: withoutSecrets(request.path) }, 'request failed');
    const sentence = error instanceof AppError ? errorSentence(localeOf(request), error) : null;
    response.status(status);
    if (request.path.startsWith('/api/')) {
      const problem = {
        type: messagePage(code),
        status,
        title: code,
        code,
        detail: sentence?.what ?? code,
        field,
        requestId,
      };
      response.type('application/problem+json').send(JSON.stringify(problem));
      return;
    }
    const model = { status, kind, requestId, code, sentence, back: null, form: EMPTY_FORM };
    response.type('html').send(deps.renderer.render('errors/page', model, barePage(deps, request, nonce)));
  };
