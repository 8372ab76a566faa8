/**
 * A dashboard before the largest kabupaten, for looking at it and for pictures:
 * `npx tsx bench/fleet.ts empty|852|failing`. Prints one line of JSON { origin, link, rollout } and stays until Ctrl-C.
 */
import { isFleetState } from './fleet/plan';
import { keepFresh } from './fleet/observe';
import { usualRollout } from './fleet/seed';
import { startFleet } from './fleet/world';

const main = async (): Promise<number> => {
  const state = process.argv[2] ?? '852';
  if (!isFleetState(state)) {
    console.error('usage: npx tsx bench/fleet.ts empty|852|failing');
    return 2;
  }
  const world = await startFleet({ state, rollout: usualRollout(state) });
  const observer = keepFresh(world.transact, state === 'failing' ? 'worker_away' : 'worker_here');
  console.log(
    JSON.stringify({ origin: world.origin, link: await world.signInLink(), rollout: world.seeded.rolloutId }),
  );
  await new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
  });
  await observer.stop();
  await world.stop();
  return 0;
};
void main().then((code) => process.exit(code));
