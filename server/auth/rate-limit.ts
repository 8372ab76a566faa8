import { isIPv6 } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../domain/errors';

export interface RateLimit {
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}
/** Per address, on top of the lock-out per account. A whole office sits behind one address. */
export const SIGN_IN_LIMIT: RateLimit = { name: 'sign-in', points: 30, seconds: 600 };
export const LINK_LIMIT: RateLimit = { name: 'link', points: 30, seconds: 600 };
/** 852 desa behind one proxy may ask at once; each admin page asks once. */
export const LAYANAN_LIMIT: RateLimit = { name: 'layanan', points: 120, seconds: 60 };

/** IPv6 users own a whole /64, so that is what is counted; IPv4 inside IPv6 is IPv4. */
export const limitKey = (address: string): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::') ? Array.from({ length: 8 - left.length - right.length }, () => '0') : [];
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((block) => parseInt(block, 16).toString(16))
    .join(':');
};

/** Express middleware; too many → AppError('too_many_requests', { seconds }) and a Retry-After header. */
export const rateLimit = (limit: RateLimit) => {
  const limiter = new RateLimiterMemory({ keyPrefix: limit.name, points: limit.points, duration: limit.seconds });
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    try {
      await limiter.consume(limitKey(request.ip ?? ''));
    } catch (over) {
      if (!(over instanceof RateLimiterRes)) throw over;
      const seconds = Math.max(1, Math.ceil(over.msBeforeNext / 1000));
      response.set('Retry-After', String(seconds));
      throw new AppError('too_many_requests', { seconds }, { cause: over });
    }
    next();
  };
};
