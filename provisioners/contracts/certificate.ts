/** A name the authority does not certify now, and why. */
export interface RefusedName {
  readonly host: string;
  /** Last part of the problem's type: dns, connection, unauthorized, caa, rejectedIdentifier, … */
  readonly problem: string;
  /** The authority's own words. */
  readonly detail: string;
}
export interface AuthorityOptions {
  readonly directoryUrl: string;
  readonly contact: string | null;
  /** External account binding, for authorities that want to know the customer first. */
  readonly binding: { readonly id: string; readonly key: string } | null;
  /** PEM. */
  readonly accountKey: string;
  /** PEM of a private authority; null = the system's roots alone. */
  readonly trust: string | null;
}
export type OrderStart =
  | { readonly kind: 'open'; readonly url: string }
  | { readonly kind: 'refused'; readonly names: readonly RefusedName[] };
export type OrderEnd =
  | { readonly kind: 'issued'; readonly chain: string }
  | { readonly kind: 'refused'; readonly names: readonly RefusedName[] }
  /** The order cannot be used any more and no name is to blame: make another. */
  | { readonly kind: 'gone' };

/**
 * Signs certificates for names that are proven by HTTP-01. ProvisionError: unreachable and timeout (detail `retryAt` when the
 * authority said when) · refused with details `problem` and `detail`; `problem` rateLimited has `retryAt`, ISO 8601 or null.
 */
export interface CertificateAuthority {
  /** Of the account's key: a proxy answers every challenge with it. */
  readonly thumbprint: string;
  /** Makes the account or finds it; before anything else. */
  register(signal: AbortSignal): Promise<void>;
  begin(hosts: readonly string[], signal: AbortSignal): Promise<OrderStart>;
  /** Brings an order to its end, from wherever it stands; `key` is the PEM the certificate will belong to. */
  finish(url: string, key: string, hosts: readonly string[], signal: AbortSignal): Promise<OrderEnd>;
}
