import { common } from './common';
import { desa } from './desa';
import { entry } from './entry';
import { overview } from './overview';
import { reasons, type ReasonText } from './reasons';
import { releases } from './releases';
import { rollouts } from './rollouts';
import { states } from './states';

export type { ReasonText };
export const id = { common, states, overview, desa, releases, rollouts, ...entry, reasons };
/** Every language has exactly these keys. */
export type Messages = typeof id;
