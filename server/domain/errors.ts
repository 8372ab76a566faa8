import { ERROR_STATUS, type ErrorCode } from './error-codes';

/** Facts a sentence about the error needs; never a secret. */
export type ErrorParams = Readonly<Record<string, string | number | boolean | null>>;

/** The only error product code throws on purpose. `field` names the input it belongs to, when it belongs to one. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  readonly field: string | null;
  constructor(
    code: ErrorCode,
    params: ErrorParams = {},
    options: { readonly field?: string; readonly cause?: unknown } = {},
  ) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.params = params;
    this.field = options.field ?? null;
  }
}

/** HTTP status of anything thrown; unknown errors are 500. */
export const httpStatusOf = (error: unknown): number => (error instanceof AppError ? ERROR_STATUS[error.code] : 500);

/** 1 failed · 2 wrong use or bad input · 3 the machine is not fit · 4 not allowed. */
export type FailureExitCode = 1 | 2 | 3 | 4;

/** Exit code of the command line for anything thrown. */
export const exitCodeOf = (error: unknown): FailureExitCode => {
  const status = httpStatusOf(error);
  if (status === 401 || status === 403) return 4;
  if (status >= 400 && status < 500) return 2;
  return status === 503 || status === 507 ? 3 : 1;
};

/** The system's word for what went wrong (`ENOENT`, `EACCES`, …), or null. */
export const errnoOf = (error: unknown): string | null =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : null;
