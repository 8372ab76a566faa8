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

/** The feed line of a stored row, with kecamatan and app; its body was written by `liveEvent`, so it fits its type. */
export const newsLine = (
  t: Messages,
  type: LiveType,
  body: Readonly<Record<string, unknown>>,
  span: (seconds: number | null) => string,
  labelOf: (app: string) => string,
): LiveLine | null => {
  // The end of the report's stage is the end of the rollout, which says so itself.
  if (type === 'rollout.stage' && body['stage'] === 'report') return null;
  const line = eventLine(t, type, body as LiveBodies[LiveType], span);
  if (line === null || line.who === '') return line;
  const { kecamatan, app } = body;
  // Names have twins: a desa is never named without its kecamatan.
  const who = typeof kecamatan === 'string' && kecamatan !== '' ? `${line.who}, ${kecamatan}` : line.who;
  return { ...line, who, text: typeof app === 'string' ? `${labelOf(app)} ${line.text}` : line.text };
};
