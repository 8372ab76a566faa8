import type { IssuedToken } from '../../domain/token';
import type { TokenState } from '../state-looks';

export interface TokenFacts {
  readonly state: TokenState;
  /** Last day it is valid, `YYYY-MM-DD`. */
  readonly endsOn: string | null;
  readonly issuedAt: string | null;
  readonly readBackAt: string | null;
}
export const NO_TOKEN: TokenFacts = { state: 'none', endsOn: null, issuedAt: null, readBackAt: null };
const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
/** Later than any token ends: asks for all that are not revoked. */
export const ANY_DAY = '9999-12-31';

const stateOf = (token: Pick<IssuedToken, 'endsOn' | 'installedAt'>, now: Date): TokenState => {
  const left = Math.floor((Date.parse(`${token.endsOn}T00:00:00Z`) + DAY_MS - now.getTime()) / DAY_MS);
  if (left < 0) return 'expired';
  if (token.installedAt === null) return 'unread';
  return left <= SOON_DAYS ? 'expiring' : 'matching';
};
export const tokenFacts = (token: IssuedToken | null, now: Date): TokenFacts =>
  token === null
    ? NO_TOKEN
    : {
        state: stateOf(token, now),
        endsOn: token.endsOn,
        issuedAt: token.createdAt.toISOString(),
        readBackAt: token.installedAt?.toISOString() ?? null,
      };

/** kode → facts of its newest token. */
export const tokensByDesa = (tokens: readonly IssuedToken[], now: Date): ReadonlyMap<string, TokenFacts> =>
  new Map(
    [...tokens]
      .sort((left, right) => (left.id < right.id ? -1 : 1))
      .map((one) => [one.desaKode, tokenFacts(one, now)] as const),
  );
