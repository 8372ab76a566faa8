import type { MemberState } from './rollout';

/** Who needs a look first decides the tile of a desa with several apps. */
export const TILE_ORDER: readonly MemberState[] = [
  'down',
  'unmeasured',
  'quarantined',
  'failed',
  'rolling_back',
  'running',
  'soaking',
];

/** State of one desa out of its apps; done beside waiting is still running. Empty list = skipped. */
export const tileState = (apps: readonly MemberState[]): MemberState => {
  const loud = TILE_ORDER.find((state) => apps.includes(state));
  if (loud) return loud;
  if (apps.includes('pending')) return apps.includes('done') ? 'running' : 'pending';
  return apps.find((state) => state !== 'done') ?? (apps.length === 0 ? 'skipped' : 'done');
};
