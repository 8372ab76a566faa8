import { makeWorld } from '../helpers/e2e-world';
import { brokenAppsTheme } from './themes/broken-apps';
import { brokenTheme } from './themes/broken';
import { domainTheme } from './themes/domain';
import { downTheme } from './themes/down';
import { firstRunTheme } from './themes/first-run';
import { fourthApp } from './themes/fourth-app';
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

  const fourth = fourthApp(world);
  firstRunTheme(world);
  installTheme(world);
  brokenTheme(world);
  updateTheme(world);
  killedTheme(world);
  brokenAppsTheme(world);
  downTheme(world);
  swappedTheme(world, fourth.lay);
  domainTheme(world);
  fourth.theme();
  removeTheme(world);
});
