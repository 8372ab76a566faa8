import { createPrivateKey, createPublicKey, randomInt, sign, verify, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';

/** Claims of a kind A token; see the Layanan contract. `domain` is an origin, dates are `YYYY-MM-DD`. */
export interface TokenClaims {
  readonly iss: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  readonly sub: string;
  readonly desa_id: string;
  readonly kecamatan_id: string;
  readonly domain: string;
  readonly status: 'terdaftar';
  readonly tanggal_berlangganan: { readonly mulai: string; readonly akhir: string };
}
const headerSchema = z.object({ alg: z.string(), kid: z.string().optional() });
const claimsSchema = z.object({
  iss: z.string(),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
  jti: z.string(),
  sub: z.string(),
  desa_id: z.string(),
  kecamatan_id: z.string(),
  domain: z.string(),
  status: z.literal('terdaftar'),
  tanggal_berlangganan: z.object({ mulai: z.string(), akhir: z.string() }),
});

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const newJti = (): string => Array.from({ length: 16 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('');
const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Clients decode the payload with strict base64, which knows neither `-` nor `_`; and read it as bytes: ASCII only. */
export const isStrictPayload = (payload: string): boolean => !/[-_]/.test(payload);

/** Draws a `jti` until the payload is safe for strict decoders; RangeError when the other claims make that impossible. */
export const drawPayload = (
  claims: Omit<TokenClaims, 'jti'>,
  draw: () => string = newJti,
): { readonly payload: string; readonly jti: string } => {
  if (!/^[ -~]*$/.test(JSON.stringify(claims))) throw new RangeError('claims must be ASCII');
  for (let attempt = 0; attempt < 64; attempt += 1) {
    const jti = draw();
    const { iss, iat, nbf, exp, ...rest } = claims;
    const payload = segment({ iss, iat, nbf, exp, jti, ...rest });
    if (isStrictPayload(payload)) return { payload, jti };
  }
  throw new RangeError('no payload without - and _');
};

/** RS256 over `header.payload`; `privateKey` is PKCS#8 PEM. */
export const signPayload = (payload: string, kid: string, privateKey: string): string => {
  const input = `${segment({ typ: 'JWT', alg: 'RS256', kid })}.${payload}`;
  return `${input}.${sign('sha256', Buffer.from(input), createPrivateKey(privateKey)).toString('base64url')}`;
};

export interface DecodedToken {
  readonly alg: string;
  readonly kid: string | null;
  readonly claims: TokenClaims | null;
  /** What the payload says about its desa, whatever kind of token it is. */
  readonly desaId: string | null;
}
const parsePart = (part: string): unknown => {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown;
  } catch {
    return null;
  }
};

/** Reads a token of any kind without believing it; null when it is not three parts of JSON. */
export const decodeToken = (token: string): DecodedToken | null => {
  const parts = token.trim().split('.');
  const header = headerSchema.safeParse(parsePart(parts[0] ?? ''));
  const payload = parsePart(parts[1] ?? '');
  if (parts.length !== 3 || !header.success || typeof payload !== 'object' || payload === null) return null;
  const claims = claimsSchema.safeParse(payload);
  const desa = z.object({ desa_id: z.string() }).safeParse(payload);
  return {
    alg: header.data.alg,
    kid: header.data.kid ?? null,
    claims: claims.success ? claims.data : null,
    desaId: desa.success ? desa.data.desa_id : null,
  };
};

/** True when RS256 with this key made the signature; no other algorithm is ever tried. */
export const isSignedBy = (token: string, publicJwk: JsonWebKey): boolean => {
  const [header = '', payload = '', signature = ''] = token.trim().split('.');
  const key = createPublicKey({ key: publicJwk, format: 'jwk' });
  return verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
};
