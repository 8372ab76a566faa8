import { createHash } from 'node:crypto';

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
};

/** JSON with sorted keys and without undefined members: equal values give equal text. */
export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value));

/** sha256 (hex) of text or bytes. */
export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** sha256 (hex) of the canonical JSON of a value. */
export const digestOf = (value: unknown): string => sha256(canonicalJson(value));
