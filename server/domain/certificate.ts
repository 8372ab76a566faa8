/** What a host showed at its door. `internal` = signed by the CA of this installation. */
export interface SeenCertificate {
  readonly issuer: 'internal' | 'external';
  /** Organisation or name of who signed it, e.g. "Let's Encrypt". */
  readonly issuedBy: string;
  readonly notAfter: Date;
}
