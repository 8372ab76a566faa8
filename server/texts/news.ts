import type { LiveBodies, LiveLine, LiveType } from '../domain/live-events';
import { eventLine } from './event-lines';
import type { Messages } from './index';

const TYPES = {
  'rollout.state': true,
  'rollout.stage': true,
  'rollout.wave': true,
  'member.state': true,
  'member.step': true,
  'release.state': true,
  'desa.observed': true,
} as const satisfies Record<LiveType, true>;

/** Rows of other types only keep the numbers without a gap. */
export const isNews = (type: string): type is LiveType => Object.hasOwn(TYPES, type);

/** The feed line of a stored row; its body was written by `liveEvent`, so it fits its type. */
export const newsLine = (
  t: Messages,
  type: LiveType,
  body: Readonly<Record<string, unknown>>,
  span: (seconds: number | null) => string,
): LiveLine | null => eventLine(t, type, body as LiveBodies[LiveType], span);
