import { AppWorld } from '../helpers/app-world';
import { appContract } from './app.contract';

jest.setTimeout(240_000);

describe('apps on real containers', () => {
  const world = new AppWorld('t-apps');
  beforeAll(async () => {
    await world.open();
    await world.template('2409.0.0');
  }, 900_000);
  afterAll(() => world.close(), 120_000);

  appContract('opensid', world);
  appContract('api', world);
  appContract('pbb', world);
});
