import { GREEN, look, restart } from '../outcome';
import type { Expected, Ground, Kind, Mend, Seen, Spot } from '../kind';
import { BOTH, red } from './make';

/** After it was put right the board says so by itself; else that is what came out. */
const wellAgain = async (ground: Ground, spot: Spot, seen: Seen): Promise<Seen> => {
  const after = await look(ground, spot);
  return after.verdict === 'green' ? seen : { ...after, reason: `after: ${after.reason ?? ''}` };
};
const standing = (
  kind: Pick<Kind, 'name' | 'says' | 'apps' | 'expected'>,
  make: (ground: Ground, spot: Spot) => Promise<Mend>,
): Kind => ({
  ...kind,
  // A look is at all of the desa, and much of this is felt by its neighbours.
  reach: 'all',
  async run(ground, spot) {
    const mend = await make(ground, spot);
    let seen: Seen;
    try {
      seen = await look(ground, spot);
    } finally {
      await mend();
    }
    return wellAgain(ground, spot, seen);
  },
});
const GONE: () => Expected = red('not_answering', 'http_status');
const spoil =
  (trouble: Parameters<Ground['stranger']['spoil']>[0]) =>
  (ground: Ground, spot: Spot): Promise<Mend> =>
    ground.stranger.spoil(trouble, spot);
const containerOf = async (ground: Ground, { kode, app }: Spot): Promise<string> =>
  (await ground.read.instances.findByApp(kode, app))?.container ?? '';

/** Nobody changes anything, and something is wrong all the same. */
export const STANDING: readonly Kind[] = [
  standing(
    {
      name: 'migrasi-row-gone',
      says: 'the row of the running version is gone from `migrasi`',
      apps: BOTH('opensid'),
      expected: red('not_ready'),
    },
    spoil('migrasi_row'),
  ),
  standing(
    {
      name: 'view-without-definer',
      says: 'the user a view acts for is gone',
      apps: BOTH('opensid'),
      expected: red('not_ready'),
    },
    spoil('view'),
  ),
  standing(
    {
      name: 'wrong-app-key',
      says: 'no row of the schema belongs to the app_key of the desa',
      apps: BOTH('opensid'),
      expected: red('not_ready'),
    },
    spoil('app_key'),
  ),
  standing(
    {
      name: 'swapped-keys',
      says: 'the app_keys of the desa and its twin are exchanged in the schema',
      apps: BOTH('opensid'),
      expected: red('wrong_identity'),
    },
    spoil('swapped_keys'),
  ),
  standing(
    {
      name: 'rights-gone',
      says: 'the database user of the desa may do nothing any more',
      apps: BOTH('opensid', 'pbb'),
      expected: red('not_ready'),
    },
    spoil('rights'),
  ),
  standing(
    {
      name: 'tenant-row-gone',
      says: 'PBB has no row of its desa: it would show everybody’s data',
      apps: BOTH('pbb'),
      expected: red('not_ready'),
    },
    spoil('tenant_row'),
  ),
  standing(
    {
      name: 'swapped-routes',
      says: 'the routes of the desa and its twin are exchanged',
      apps: BOTH('opensid', 'api', 'pbb'),
      expected: red('wrong_identity'),
    },
    (ground, spot) => ground.stranger.route('swapped', spot),
  ),
  standing(
    {
      name: 'route-closed',
      says: 'the route map is edited by hand: the desa is closed',
      apps: BOTH('opensid', 'pbb'),
      expected: red('http_status'),
    },
    (ground, spot) => ground.stranger.route('closed', spot),
  ),
  standing(
    {
      name: 'route-gone',
      says: 'the route map is edited by hand: the desa is not in it',
      apps: BOTH('opensid', 'pbb'),
      expected: red('wrong_identity'),
    },
    (ground, spot) => ground.stranger.route('gone', spot),
  ),
  standing(
    {
      name: 'proxy-away',
      says: 'the proxy does not run: nothing can be said about any desa',
      apps: BOTH('opensid', 'api', 'pbb'),
      expected: () => ({ verdict: 'away', reasons: ['proxy_unreachable'] }),
    },
    (ground) => ground.stranger.proxy('stopped'),
  ),
  standing(
    {
      name: 'container-stopped',
      says: 'somebody stops the container that serves: it is started again',
      apps: BOTH('opensid', 'api', 'pbb'),
      expected: GONE,
    },
    async (ground, spot) => {
      await ground.session.stop(await containerOf(ground, spot), 1);
      return async () => untilWell(ground, spot);
    },
  ),
  standing(
    {
      name: 'container-removed',
      says: 'somebody removes the container that serves: a restart makes it anew',
      apps: BOTH('opensid', 'api', 'pbb'),
      expected: GONE,
    },
    async (ground, spot) => {
      await ground.session.remove(await containerOf(ground, spot));
      return async () => {
        const again = await restart(ground, spot);
        if (again.verdict !== 'green') throw new Error(`the restart was ${again.verdict}: ${again.reason ?? ''}`);
      };
    },
  ),
];

const LOOKS = 60;
const untilWell = async (ground: Ground, spot: Spot): Promise<void> => {
  for (let looks = 0; looks < LOOKS; looks += 1) if ((await look(ground, spot)).verdict === GREEN.verdict) return;
};
