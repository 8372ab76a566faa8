import type { Request, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { limitKey } from '../../auth/rate-limit';
import { AppError } from '../../domain/errors';

/** Ten a second for a whole minute: a list of 852 desa and a watcher beside it fit. */
const CALLS = { points: 600, duration: 60 };
/** Of one address without a valid sign-in or token. */
const STRANGERS = { points: 60, duration: 600 };

export interface ApiLimit {
  /** Counts one call of a person's token or sign-in. */
  readonly count: (key: string, response: Response) => Promise<void>;
  /** Counts one call that nobody answers for. */
  readonly countStranger: (request: Request, response: Response) => Promise<void>;
}

const refuse = (over: RateLimiterRes, response: Response): never => {
  const seconds = Math.max(1, Math.ceil(over.msBeforeNext / 1000));
  response.set('Retry-After', String(seconds));
  throw new AppError('too_many_requests', { seconds }, { cause: over });
};
const consume = async (limiter: RateLimiterMemory, key: string, response: Response): Promise<void> => {
  const left = await limiter.consume(key).catch((over: unknown) => {
    if (!(over instanceof RateLimiterRes)) throw over;
    return refuse(over, response);
  });
  response.set({
    'RateLimit-Limit': String(limiter.points),
    'RateLimit-Remaining': String(left.remainingPoints),
    'RateLimit-Reset': String(Math.ceil(left.msBeforeNext / 1000)),
  });
};

/** Too many → AppError('too_many_requests', { seconds }) and Retry-After. Counted in this process. */
export const apiLimit = (): ApiLimit => {
  const calls = new RateLimiterMemory({ keyPrefix: 'api', ...CALLS });
  const strangers = new RateLimiterMemory({ keyPrefix: 'stranger', ...STRANGERS });
  const address = (request: Request): string => limitKey(request.ip ?? '');
  return {
    count: (key, response) => consume(calls, key, response),
    countStranger: (request, response) => consume(strangers, address(request), response),
  };
};
