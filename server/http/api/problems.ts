import { z } from 'zod';
import { ERROR_STATUS, type ErrorCode } from '../../domain/error-codes';
import { AppError } from '../../domain/errors';
import { InputError } from '../../services/operations/input';
import { errorSentence } from '../../texts/error-sentence';
import type { Locale } from '../../texts';
import { messageOf, messagePage } from '../../texts/message-book';

const message = z.object({ id: z.string(), en: z.string() });
/** RFC 9457. `code` is stable, `problem` more exact where there is one, `message` for people in both languages. */
export const problemSchema = z.object({
  /** Page of the dashboard that explains it. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  problem: z.string().nullable(),
  message,
  detail: z.string(),
  field: z.string().nullable(),
  errors: z.array(z.object({ field: z.string(), problem: z.string(), message })),
  requestId: z.string(),
});
export type Problem = z.output<typeof problemSchema>;

const text = (locale: Locale, error: AppError): string => {
  const { what, next } = errorSentence(locale, error);
  return `${what} ${next}`;
};
const both = (error: AppError): Problem['message'] => ({ id: text('id', error), en: text('en', error) });
const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_STATUS, code);
const wordOf = (error: AppError): string | null => {
  const { problem, reason } = error.params;
  if (typeof problem === 'string') return problem;
  return typeof reason === 'string' ? reason : null;
};

const explained = (error: AppError): string => {
  const word = wordOf(error);
  return word !== null && messageOf('en', word) !== null ? word : error.code;
};

/** What is wrong, for programs and for people. Of faults that are not ours only the code is told. */
export const problemOf = (
  fault: { readonly status: number; readonly code: string; readonly field: string | null },
  error: unknown,
  place: { readonly locale: Locale; readonly requestId: string },
): Problem => {
  const known = error instanceof AppError ? error : new AppError(isCode(fault.code) ? fault.code : 'internal');
  const said = both(known);
  const faults = error instanceof InputError ? error.faults : [];
  return {
    type: messagePage(explained(known)),
    title: fault.code,
    status: fault.status,
    code: fault.code,
    problem: wordOf(known),
    message: said,
    detail: said[place.locale],
    field: fault.field,
    errors: faults.map((one) => ({
      field: one.field,
      problem: one.problem,
      message: both(new AppError('invalid_input', { ...one.params, problem: one.problem })),
    })),
    requestId: place.requestId,
  };
};
