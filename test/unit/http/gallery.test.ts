import { forgotten, FIXTURE_SCREENS, SCREENS } from '../../../bench/gallery/screens';
import { ROUTES } from '../../../server/http/app';
import { SCREENS as FIXTURES } from '../views/fixtures';

/** The set of pictures a person looks at before a release: `bench/gallery.ts`. */
describe('the gallery', () => {
  test('has a picture of every page there is', () => {
    expect(forgotten(ROUTES)).toEqual([]);
  });
  test('names a page that is missing', () => {
    expect(forgotten([...ROUTES, { method: 'get', path: '/halaman-baru' }])).toEqual(['/halaman-baru']);
  });
  test('shows no page and no fixture that is gone', () => {
    const paths = new Set(ROUTES.map((one) => one.path));
    const routes = [...SCREENS.map((one) => one.route), ...Object.values(FIXTURE_SCREENS)].filter((one) => one !== '');
    expect(routes.filter((one) => !paths.has(one))).toEqual([]);
    expect(Object.keys(FIXTURE_SCREENS).filter((one) => FIXTURES[one] === undefined)).toEqual([]);
  });
  test('keeps every picture under a name of its own', () => {
    const names = SCREENS.map((one) => one.name);
    expect(names.filter((one, index) => names.indexOf(one) !== index)).toEqual([]);
  });
  test('shows five screens in both languages', () => {
    expect(SCREENS.filter((one) => one.languages.includes('en'))).toHaveLength(5);
  });
});
