import { makeWorld } from '../helpers/e2e-world';
import { brokenTheme } from './themes/broken';
import { browserTheme } from './themes/browser';
import { domainTheme } from './themes/domain';
import { downTheme } from './themes/down';
import { fourthAppTheme } from './themes/fourth-app';
import { installTheme } from './themes/install';
import { killedTheme } from './themes/killed';
import { removeTheme } from './themes/remove';
import { swappedTheme } from './themes/swapped';
import { updateTheme } from './themes/update';

const MINUTE = 60_000;
jest.setTimeout(10 * MINUTE);

/** One installation for all of it: each theme goes on where the one before left the villages. */
describe('the main job on real parts', () => {
  const world = makeWorld();
  beforeAll(() => world.open(), 15 * MINUTE);
  afterAll(() => world.close(), 5 * MINUTE);

  installTheme(world);
  browserTheme(world);
  brokenTheme(world);
  updateTheme(world);
  killedTheme(world);
  downTheme(world);
  swappedTheme(world);
  domainTheme(world);
  fourthAppTheme(world);
  removeTheme(world);
});
