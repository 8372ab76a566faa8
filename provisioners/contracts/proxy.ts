/** One public path of one host, served by one of two slots. */
export interface ProxyRoute {
  /** Stable key of the backend: instance id. */
  readonly id: string;
  readonly hosts: readonly string[]; // lower case, first = canonical
  readonly path: string; // '/', '/api', '/pbb'; anything but '/' is stripped before forwarding
  readonly slots: { readonly a: string | null; readonly b: string | null }; // IPv4:port
  readonly active: 'a' | 'b';
  /** open = serve; held = 503 + Retry-After (planned, PBB); closed = 503 "dihentikan"; */
  readonly mode: 'open' | 'held' | 'closed';
}
export interface ProxyRedirect {
  readonly from: string;
  readonly to: string;
}
export interface ProxyState {
  readonly routes: readonly ProxyRoute[];
  readonly redirects: readonly ProxyRedirect[];
  /** Host of the dashboard and the unix socket it listens on. */
  readonly dashboard: { readonly host: string; readonly socket: string } | null;
  /** Names outside this machine that villages may call by TLS; none = no way out. */
  readonly outside?: readonly string[];
  /** Whose sites these are, for pages of the proxy's own. */
  readonly brand?: ProxyBrand;
}
/** `line`: plain text, e.g. `Kabupaten Kebumen · Diskominfo`; `color`: `#rrggbb`. */
export interface ProxyBrand {
  readonly line: string;
  readonly color: string;
}
/** `name`: 26 letters and digits, lower case. `pem`: chain, then key. */
export interface OutsideCertificate {
  readonly name: string;
  readonly pem: string;
}
export interface ProxyFacts {
  readonly alive: boolean;
  readonly version: string | null;
  readonly configHash: string | null;
}
/** Renders the whole state; applies the smallest change; the rendered file alone gives the same routes after a restart. */
export interface Proxy {
  readonly name: string;
  /** Idempotent. Returns how it was applied. Concurrent calls are serialised; the newest state wins. */
  apply(state: ProxyState): Promise<'unchanged' | 'runtime' | 'reloaded'>;
  facts(): Promise<ProxyFacts>;
  /** Ensures a certificate of the internal CA for each host (or keeps an uploaded / ACME one). */
  ensureCertificates(
    hosts: readonly string[],
  ): Promise<readonly { readonly host: string; readonly notAfter: string }[]>;
  /**
   * Keeps exactly these certificates from outside besides its own ones; what is not named goes, `hosts` without one get one of the
   * internal CA. One that cannot be written leaves the one before in place; the error comes when the others are served.
   */
  keepCertificates(files: readonly OutsideCertificate[], hosts: readonly string[]): Promise<void>;
  /** Answers HTTP-01 challenges of this ACME account for every host, also after a restart; null = no more. */
  answerChallenges(thumbprint: string | null): Promise<void>;
  /** PEM of the internal CA, for probes and for people who want to trust it. */
  caCertificate(): Promise<string>;
}
