import { AppError } from '../../domain/errors';
import { errorSentence } from '../../texts/error-sentence';
import { EMPTY_FORM, type ConfirmModel } from '../view-models/common';
import type { ConfirmPageModel } from '../view-models/servers';
import { first, formOf, type Visit } from '../web';

interface Asking extends Omit<ConfirmPageModel, 'confirm'> {
  readonly question: Omit<ConfirmModel, 'form'>;
}
/**
 * True when a person pressed the button and, where a word is asked for, typed it exactly; otherwise the question was drawn.
 * The same handler serves GET (always asks) and POST.
 */
export const confirmed = async (visit: Visit, { question, active, crumbs }: Asking): Promise<boolean> => {
  const posted = visit.request.method === 'POST';
  const typed = first(visit.body('confirm')).trim();
  if (posted && (question.word === null || typed === question.word)) return true;
  const { what, next } = errorSentence(
    visit.locale,
    new AppError('confirmation_mismatch', { expected: question.word ?? '' }),
  );
  const form = posted ? formOf(visit.request.body, [{ field: 'confirm', message: `${what} ${next}` }]) : EMPTY_FORM;
  await visit.render('confirm/index', { confirm: { ...question, form }, active, crumbs }, posted ? 422 : 200);
  return false;
};
