/** Tone and icon of every state; the words live in `texts`. One icon per state everywhere. */
import type { DesaStatus as CoreStatus } from '../domain/desa';
import type { Observed } from '../domain/instance';
import type { personalTokenState } from '../domain/personal-token';
import type { ReleaseState } from '../domain/release';
import type { MemberState, RolloutState } from '../domain/rollout';
import type { StepState } from '../domain/step';
import type { ChoreState, FileFinding } from '../domain/chore';
import type { ServerState } from '../domain/server';
import type { IconName } from './icons';

export type Tone = 'ok' | 'run' | 'wait' | 'act' | 'down' | 'unk';
export interface Look {
  readonly tone: Tone;
  readonly icon: IconName;
}
const look = (tone: Tone, icon: IconName): Look => ({ tone, icon });

export const DESA_LOOKS = {
  healthy: look('ok', 'circle-check'),
  sleeping: look('wait', 'moon'),
  installing: look('run', 'loader-2'),
  updating: look('run', 'loader-2'),
  held: look('run', 'hourglass-high'),
  degraded: look('act', 'gauge'),
  drift: look('act', 'git-compare'),
  down: look('down', 'plug-connected-x'),
  wrong_identity: look('down', 'id-off'),
  dns_elsewhere: look('down', 'world-off'),
  unknown: look('unk', 'help'),
  stopped: look('wait', 'player-stop'),
  not_installed: look('wait', 'circle-dashed'),
  archived: look('wait', 'archive'),
} as const satisfies Record<CoreStatus | Observed | 'sleeping' | 'archived', Look>;
/** What a screen may say about a desa or one of its apps: the domain's states and finer ones. */
export type DesaStatus = keyof typeof DESA_LOOKS;

export const MEMBER_LOOKS = {
  pending: look('wait', 'circle'),
  running: look('run', 'loader-2'),
  soaking: look('ok', 'eye-check'),
  done: look('ok', 'check'),
  quarantined: look('act', 'shield-exclamation'),
  failed: look('act', 'alert-triangle'),
  down: look('down', 'plug-connected-x'),
  unmeasured: look('unk', 'help'),
  skipped: look('wait', 'player-skip-forward'),
  postponed: look('wait', 'clock-pause'),
  rolling_back: look('run', 'arrow-back-up'),
  rolled_back: look('wait', 'arrow-back-up-double'),
  cancelled: look('wait', 'ban'),
} as const satisfies Record<MemberState, Look>;

export const ROLLOUT_LOOKS = {
  draft: look('wait', 'file-pencil'),
  checking: look('run', 'list-check'),
  snapshotting: look('run', 'camera'),
  rehearsing: look('run', 'test-pipe'),
  ready: look('act', 'player-play'),
  migrating: look('run', 'database-cog'),
  rolling: look('run', 'ripple'),
  paused: look('act', 'player-pause'),
  soaking: look('run', 'eye'),
  completed: look('ok', 'circle-check'),
  halted: look('act', 'hand-stop'),
  rolling_back: look('run', 'arrow-back-up'),
  rolled_back: look('wait', 'arrow-back-up-double'),
  cancelled: look('wait', 'ban'),
  failed: look('act', 'alert-triangle'),
} as const satisfies Record<RolloutState, Look>;

/** Read by the templates. @public */
export const RELEASE_LOOKS = {
  fetching: look('run', 'loader-2'),
  verifying: look('run', 'list-check'),
  storing: look('run', 'loader-2'),
  building: look('run', 'loader-2'),
  ready: look('ok', 'circle-check'),
  refused: look('act', 'ban'),
  removing: look('wait', 'trash'),
} as const satisfies Record<ReleaseState, Look>;

/** Read by the templates. @public */
export const SERVER_LOOKS = {
  ready: look('ok', 'circle-check'),
  unfit: look('act', 'alert-triangle'),
  unreachable: look('unk', 'help'),
  unchecked: look('unk', 'help'),
} as const satisfies Record<ServerState | 'unchecked', Look>;

/** Read by the templates. @public */
export const FILE_LOOKS = {
  verified: look('ok', 'circle-check'),
  sound: look('ok', 'shield-check'),
  missing: look('act', 'alert-triangle'),
  changed: look('act', 'shield-exclamation'),
} as const satisfies Record<FileFinding | 'verified', Look>;
/** Read by the templates. @public */
export const CHORE_LOOKS = {
  waiting: look('wait', 'circle'),
  running: look('run', 'loader-2'),
  done: look('ok', 'circle-check'),
  failed: look('act', 'alert-triangle'),
} as const satisfies Record<ChoreState, Look>;

/** Read by the templates. @public */
export const PERSONAL_TOKEN_LOOKS = {
  active: look('ok', 'key'),
  expired: look('wait', 'hourglass-high'),
  revoked: look('wait', 'ban'),
} as const satisfies Record<ReturnType<typeof personalTokenState>, Look>;

export const VERDICT_LOOKS = {
  yes: look('ok', 'arrow-back-up'),
  no: look('act', 'alert-triangle'),
  untested: look('unk', 'help'),
} as const satisfies Record<string, Look>;
export type Verdict = keyof typeof VERDICT_LOOKS;

export const TOKEN_LOOKS = {
  matching: look('ok', 'key'),
  expiring: look('act', 'key'),
  expired: look('act', 'snowflake'),
  unread: look('unk', 'help'),
  foreign: look('act', 'ban'),
  none: look('wait', 'circle-dashed'),
} as const satisfies Record<string, Look>;
export type TokenState = keyof typeof TOKEN_LOOKS;

/** Read by the templates. @public */
export const STEP_LOOKS = {
  pending: look('wait', 'circle'),
  running: look('run', 'loader-2'),
  done: look('ok', 'circle-check'),
  failed: look('act', 'alert-triangle'),
  skipped: look('wait', 'circle-dashed'),
  undone: look('wait', 'arrow-back-up'),
  held: look('act', 'hand-stop'),
} as const satisfies Record<StepState | 'held', Look>;

/** Order of trouble: citizens hurt, not known, citizens fine, fine. Smaller comes first. */
export const TROUBLE_ORDER: Readonly<Record<Tone, number>> = { down: 0, unk: 1, act: 2, run: 3, wait: 4, ok: 5 };
