import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, safe in a URL path. Only its hash is ever stored. */
export const newOneTimeToken = (): string => randomBytes(32).toString('base64url');

/** sha256 as 64 hex digits, for tokens, session ids and browser keys. */
export const sha256 = (value: string): string => createHash('sha256').update(value).digest('hex');
