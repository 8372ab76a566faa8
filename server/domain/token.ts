/** A registration token (kind A) of a desa. Dates are `YYYY-MM-DD`; the token itself is encrypted in `sealed`. */
export interface IssuedToken {
  readonly id: string;
  readonly desaKode: string;
  readonly jti: string;
  readonly kid: string;
  readonly sealed: string;
  /** Origin in the claim, e.g. https://klirong.kec-klirong.kebumenkab.go.id */
  readonly domain: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly revokedAt: Date | null;
  readonly installedAt: Date | null;
  readonly createdAt: Date;
}
