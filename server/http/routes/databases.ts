import { databasePage } from '../pages/database-page';
import { speak } from '../visit-words';
import { route, type Route, type Visit } from '../web';
import { canAct } from './rights';

const show = async (visit: Visit): Promise<void> => {
  const { deps, actor } = visit;
  const [report, { words }] = await Promise.all([deps.databaseModel.report(actor), speak(visit)]);
  const wish = { canDump: canAct(visit, 'database.dump'), canUpdate: canAct(visit, 'desa.update'), now: new Date() };
  await visit.render('databases/index', databasePage(report, words, wish));
};

export const databaseRoutes: readonly Route[] = [route('get', '/basis-data', 'database.read', show)];
