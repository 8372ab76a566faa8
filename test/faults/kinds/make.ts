import type { Habit } from '../habit';
import type { AppName, Expected, Ground, Kind, Seen, Spot } from '../kind';
import { update } from '../outcome';

export const ALL: readonly AppName[] = ['opensid', 'api', 'pbb'];
export const BOTH = (...apps: readonly AppName[]): Kind['apps'] => ({ scripted: apps, real: apps });
export const SCRIPTED = (...apps: readonly AppName[]): Kind['apps'] => ({ scripted: apps });

export const red = (...reasons: readonly string[]): (() => Expected) => {
  return () => ({ verdict: 'red', reasons });
};
export const green = (): Expected => ({ verdict: 'green', reasons: [] });

interface ReleaseKind {
  readonly name: string;
  readonly says: string;
  readonly apps: Kind['apps'];
  readonly expected: Kind['expected'];
  readonly habit: (spot: Spot) => Habit;
  /** Beside the update; default nothing. */
  readonly meanwhile?: (ground: Ground, spot: Spot, rolloutId: string) => Promise<void>;
}
/** An update to a release with a bad habit. */
export const releaseKind = ({ habit, meanwhile, ...kind }: ReleaseKind): Kind => ({
  ...kind,
  reach: 'schema',
  run: async (ground, spot): Promise<Seen> => {
    const version = await ground.lay(spot.app, habit(spot));
    return update(ground, spot, version, async (id) => meanwhile?.(ground, spot, id));
  },
});
