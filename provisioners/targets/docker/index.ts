import type { Target } from '../../contracts';
import { engineFacts, openEngine } from './engine';
import { sweepHelpers } from './files';
import { sessionOn } from './session';

/** One Docker engine, by its socket or by TCP inside a trusted network. */
export const target: Target = {
  name: 'docker',
  label: 'Docker',
  async connect(address, installation) {
    const engine = openEngine(address, installation);
    const facts = await engineFacts(engine);
    if (address.url.startsWith('unix:')) engine.rootDir = facts.rootDir;
    await sweepHelpers(engine);
    return sessionOn(engine);
  },
};
