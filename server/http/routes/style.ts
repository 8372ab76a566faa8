import { AppError } from '../../domain/errors';
import { stylePage } from '../pages/style-page';
import { route, type Route } from '../web';

/** Every component in every state, for who changes the views; a production installation has no such page. */
export const styleRoutes: readonly Route[] = [
  route('get', '/_gaya', 'desa.read', async (visit) => {
    if (visit.deps.preset !== 'demo') throw new AppError('not_found', { what: 'page' });
    await visit.render('style/index', stylePage(new Date()));
  }),
];
