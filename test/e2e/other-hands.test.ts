import { bringRelease } from '../helpers/e2e-release';
import { makeWorld } from '../helpers/e2e-world';
import { beginTests } from './themes/first-run';
import { keyboardTheme } from './themes/keyboard';
import { scriptlessTheme } from './themes/scriptless';

const MINUTE = 60_000;
jest.setTimeout(10 * MINUTE);

/** People without a mouse, and browsers without scripts, do the same work; an installation of their own, so that none is behind. */
describe('the same work by other hands', () => {
  const world = makeWorld();
  beforeAll(() => world.open(), 15 * MINUTE);
  afterAll(() => world.close(), 5 * MINUTE);

  beginTests(world);
  test('a release is there', async () => {
    await bringRelease(world.installation(), { app: 'opensid', from: '2410.0.0', version: '2412.9.0', behaviour: {} });
  });
  keyboardTheme(world);
  scriptlessTheme(world);
});
