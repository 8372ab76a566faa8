import type { AppAdapter } from '../../../provisioners/contracts';
import type { Reason } from '../../domain/deployment';
import { reasonSentence, type Messages } from '../../texts';
import type { Format } from '../format';
import { ICONS, type IconName } from '../icons';

/** What a page needs to speak: words, formats and names of the apps of this installation. */
export interface Words {
  readonly t: Messages;
  readonly f: Format;
  readonly apps: readonly Pick<AppAdapter, 'name' | 'label' | 'icon' | 'path' | 'order' | 'needs' | 'pairing'>[];
}
export const labelOf = (words: Words, app: string): string => words.apps.find((one) => one.name === app)?.label ?? app;
export const shortReason = (words: Words, reason: Reason): string => reasonSentence(words.t, reason).short;

const ICON_NAMES: readonly string[] = ICONS;
const isIcon = (name: string): name is IconName => ICON_NAMES.includes(name);
/** Icon of an app; a new app whose icon is not in the sprite gets the parcel. */
export const iconOf = (words: Words, app: string): IconName => {
  const icon = words.apps.find((one) => one.name === app)?.icon ?? '';
  return isIcon(icon) ? icon : 'package';
};
export const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
export const secondsBetween = (from: Date | null, to: Date | null): number | null =>
  from === null || to === null ? null : Math.max(0, (to.getTime() - from.getTime()) / 1000);
