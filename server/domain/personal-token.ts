import { z } from 'zod';

/** `read` looks at everything its owner may see and changes nothing. */
export type TokenAccess = 'read' | 'full';
/** A key a person made for scripts. The key itself is shown once and kept nowhere. */
export interface PersonalToken {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly access: TokenAccess;
  readonly createdAt: Date;
  /** null = never. */
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastUsedIp: string | null;
  readonly revokedAt: Date | null;
}

/** `days` null = it never ends. */
export const newPersonalTokenSchema = z.strictObject({
  name: z.string().trim().min(2).max(80),
  access: z.enum(['read', 'full']).default('read'),
  days: z.int().min(1).max(3650).nullable().default(365),
});
export type NewPersonalTokenInput = z.input<typeof newPersonalTokenSchema>;

export const personalTokenState = (
  token: Pick<PersonalToken, 'revokedAt' | 'expiresAt'>,
  now: Date,
): 'active' | 'expired' | 'revoked' => {
  if (token.revokedAt !== null) return 'revoked';
  return token.expiresAt !== null && token.expiresAt <= now ? 'expired' : 'active';
};
