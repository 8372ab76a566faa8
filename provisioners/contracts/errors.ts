/** Why an outside act failed. Decided where it is known (errno, status), never by message text. */
export type ProvisionCode =
  | 'conflict' // exists, but is not what we asked for (foreign label, other spec)
  | 'not_found'
  | 'unreachable' // engine, database, proxy or host does not answer: transient
  | 'timeout' // transient
  | 'refused' // the other side says no (credentials, permission): permanent
  | 'invalid' // bad input: permanent
  | 'no_space'
  | 'failed'; // ran and failed: permanent

export class ProvisionError extends Error {
  readonly code: ProvisionCode;
  /** Machine readable facts for the sentence a person reads; never a secret. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  constructor(
    code: ProvisionCode,
    message: string,
    details: Record<string, string | number | boolean | null> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ProvisionError';
    this.code = code;
    this.details = details;
  }
}

/** True when trying again later can help. */
export const isTransient = (error: unknown): boolean =>
  error instanceof ProvisionError && (error.code === 'unreachable' || error.code === 'timeout');
