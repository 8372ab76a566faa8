/** What a host showed at its door. `internal` = signed by the CA of this installation. */
export interface SeenCertificate {
  readonly issuer: 'internal' | 'external';
  /** Organisation or name of who signed it, e.g. "Let's Encrypt". */
  readonly issuedBy: string;
  readonly notAfter: Date;
}

/** Chain and key of one certificate from outside. */
export interface CertificateFile {
  readonly id: string;
  readonly source: 'acme' | 'upload';
  readonly names: readonly string[];
  /** Hosts for which it stays although a newer one has its other names; null = the newest of its names. */
  readonly keptFor: readonly string[] | null;
  /** PEM, the certificate of the names first. */
  readonly chain: string;
  /** Encrypted. */
  readonly privateKey: string;
  readonly issuedBy: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly issuedAt: Date;
  /** null = the proxy does not have it yet. */
  readonly installedAt: Date | null;
}
export interface CertificateOrder {
  readonly id: string;
  readonly certificateId: string | null;
  readonly names: readonly string[];
  /** open: to be finished, also after a crash · issued · refused: names were refused · failed: nothing came of it */
  readonly state: 'open' | 'issued' | 'refused' | 'failed';
  readonly url: string;
  /** Encrypted; null when it has ended. */
  readonly privateKey: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}
/** A host an authority did not certify. */
export interface CertificateRefusal {
  readonly host: string;
  readonly failures: number;
  readonly problem: RefusalProblem;
  readonly detail: string;
  readonly refusedAt: Date;
  readonly retryAt: Date;
}

/** What a person can do differs: name not found · not our proxy · other answer · forbidden by its owner · by the authority. */
export const REFUSAL_PROBLEMS = ['dns', 'connection', 'unauthorized', 'caa', 'rejected', 'unknown'] as const;
export type RefusalProblem = (typeof REFUSAL_PROBLEMS)[number];
const PROBLEM_OF: Readonly<Record<string, RefusalProblem>> = {
  dns: 'dns',
  connection: 'connection',
  tls: 'connection',
  unauthorized: 'unauthorized',
  incorrectResponse: 'unauthorized',
  caa: 'caa',
  rejectedIdentifier: 'rejected',
  unsupportedIdentifier: 'rejected',
};
/** The authority's word → ours. */
export const refusalProblem = (word: string): RefusalProblem => PROBLEM_OF[word] ?? 'unknown';
