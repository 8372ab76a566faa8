import type { SecretBox } from '../../server/auth/secret-box';
import { SYSTEM } from '../../server/domain/actor';
import type { TokenService } from '../../server/services/token-service';
import type { World } from '../../server/steps/world';
import type { Transactor } from '../../server/stores';

export type TokensOf = (transact: Transactor, box: SecretBox) => World['tokens'];

/** One word for every desa. */
export const noTokens: TokensOf = () => ({
  ensure: async () => 'token-token-token',
  markInstalled: async () => undefined,
  revoke: async () => undefined,
});

/** As the product wires them. */
export const tokensBy = (tokens: TokenService): World['tokens'] => ({
  ensure: (kode, host) => tokens.ensureToken(SYSTEM, kode, host),
  markInstalled: (kode, token) => tokens.markInstalled(SYSTEM, kode, token),
  revoke: (kode) => tokens.revoke(SYSTEM, kode),
});
