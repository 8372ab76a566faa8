import type { IssuedToken } from '../../domain/token';
import type { TokenDeadline } from '../../services/read-models/token-deadlines';
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

const stateOf = (token: Pick<IssuedToken, 'endsOn' | 'installedAt'>, now: Date): TokenState => {
  const left = Math.floor((Date.parse(`${token.endsOn}T00:00:00Z`) + DAY_MS - now.getTime()) / DAY_MS);
  if (left < 0) return 'expired';
  if (token.installedAt === null) return 'unread';
  return left <= SOON_DAYS ? 'expiring' : 'matching';
};
export const tokenFacts = (token: TokenDeadline | null, now: Date): TokenFacts =>
  token === null
    ? NO_TOKEN
    : {
        state: stateOf(token, now),
        endsOn: token.endsOn,
        issuedAt: token.createdAt.toISOString(),
        readBackAt: token.installedAt?.toISOString() ?? null,
      };

interface Known {
  readonly day: number;
  readonly facts: ReadonlyMap<string, TokenFacts>;
}
/** What is said of a token changes at midnight (UTC) only, as long as the tokens are the same. */
const known = new WeakMap<readonly TokenDeadline[], Known>();
/** kode → facts of its newest token; `tokens` oldest first. */
export const tokensByDesa = (tokens: readonly TokenDeadline[], now: Date): ReadonlyMap<string, TokenFacts> => {
  const day = Math.floor(now.getTime() / DAY_MS);
  const before = known.get(tokens);
  if (before?.day === day) return before.facts;
  const facts = new Map(tokens.map((one) => [one.desaKode, tokenFacts(one, now)] as const));
  known.set(tokens, { day, facts });
  return facts;
};
