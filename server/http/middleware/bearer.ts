import type { Request, RequestHandler, Response } from 'express';
import type { Actor } from '../../domain/actor';
import { AppError } from '../../domain/errors';
import type { TokenAccess } from '../../domain/personal-token';
import { actorOf, type User } from '../../domain/user';
import type { PersonalTokenService } from '../../services/personal-token-service';
import type { ApiLimit } from './api-limit';

/** Who calls REST: by a personal token, or by the sign-in of a browser (tokenId null). */
export interface Caller {
  readonly actor: Actor;
  readonly tokenId: string | null;
  /** What the token is for; a sign-in may everything its owner may. */
  readonly access: TokenAccess;
}
interface CallerLocals {
  user?: User | null;
  caller?: Caller;
}

export const callerOf = (response: Response): Caller => {
  const { caller } = response.locals as CallerLocals;
  if (caller === undefined) throw new AppError('not_signed_in');
  return caller;
};
const tokenOf = (request: Request): string | null => {
  const header = request.get('authorization');
  return header === undefined ? null : (/^Bearer\s+(\S+)\s*$/i.exec(header)?.[1] ?? '');
};

export interface BearerOptions {
  readonly tokens: PersonalTokenService;
  readonly limit: ApiLimit;
  /** Sign-in of a browser with its checks against forms of others; fills `response.locals.user`. */
  readonly bySession: RequestHandler;
}
/**
 * Knows the caller and counts the call. A token needs no proof against forms of others: no browser sends it by itself. A
 * request with both is judged by its token alone.
 */
export const knowCaller = ({ tokens, limit, bySession }: BearerOptions): RequestHandler => {
  const byToken = async (request: Request, response: Response, token: string): Promise<void> => {
    const caller = await tokens.verify(token, request.ip ?? '').catch(async (error: unknown) => {
      if (error instanceof AppError) await refuseStranger(request, response);
      throw error;
    });
    (response.locals as CallerLocals).caller = caller;
    await limit.count(`token:${caller.tokenId}`, response);
  };
  const refuseStranger = async (request: Request, response: Response): Promise<void> => {
    await limit.countStranger(request, response);
    response.set('WWW-Authenticate', 'Bearer realm="SiapPakai"');
  };
  const signedIn = async (request: Request, response: Response): Promise<void> => {
    const locals = response.locals as CallerLocals;
    if (locals.user == null) {
      await refuseStranger(request, response);
      throw new AppError('not_signed_in');
    }
    locals.caller = { actor: actorOf(locals.user), tokenId: null, access: 'full' };
    await limit.count(`user:${locals.user.id}`, response);
  };
  return (request, response, next) => {
    const token = tokenOf(request);
    const go = (work: Promise<void>): void => void work.then(() => next(), next);
    if (token !== null) {
      go(byToken(request, response, token));
      return;
    }
    void bySession(request, response, (error?: unknown) => {
      if (error === undefined || error === null) go(signedIn(request, response));
      else next(error);
    });
  };
};
