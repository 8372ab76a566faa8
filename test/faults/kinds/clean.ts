import type { Kind } from '../kind';
import { SOUND } from '../habit';
import { look, restart, update } from '../outcome';
import { ALL, BOTH, green } from './make';

/** Nothing is wrong: whatever is not green here is a false alarm. */
export const CLEAN: readonly Kind[] = [
  {
    name: 'no-fault-update',
    says: 'a sound release',
    apps: { scripted: ALL, real: ['api', 'pbb'] },
    reach: 'schema',
    expected: green,
    run: async (ground, spot) => update(ground, spot, await ground.lay(spot.app, SOUND)),
  },
  {
    name: 'no-fault-restart',
    says: 'a restart of what runs',
    apps: BOTH(...ALL),
    reach: 'desa',
    expected: green,
    run: restart,
  },
  {
    name: 'no-fault-look',
    says: 'a look at what runs',
    apps: BOTH(...ALL),
    reach: 'desa',
    expected: green,
    run: look,
  },
];
