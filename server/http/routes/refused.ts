import { AppError } from '../../domain/errors';
import { errorSentence } from '../../texts/error-sentence';
import type { FormState } from '../view-models/common';
import { formOf, type Visit } from '../web';

/** The sentence at the field of a refused form; errors that belong to no field are thrown on. `names`: field of the error → field of the form. */
export const refusedForm = (visit: Visit, error: unknown, names: Readonly<Record<string, string>> = {}): FormState => {
  if (!(error instanceof AppError) || error.field === null) throw error;
  const { what, next } = errorSentence(visit.locale, error);
  return formOf(visit.request.body, [{ field: names[error.field] ?? error.field, message: `${what} ${next}` }]);
};
