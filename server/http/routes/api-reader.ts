import { apiReaderPage } from '../pages/api-reader-page';
import { route, type Route } from '../web';

export const apiReaderRoutes: readonly Route[] = [
  route('get', '/dokumen-api', 'profile.own', (visit) => visit.render('api/index', apiReaderPage(visit.locale))),
];
