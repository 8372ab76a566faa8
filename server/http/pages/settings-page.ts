import type { Settings } from '../../domain/settings';
import type { FormState } from '../view-models/common';
import type { PatternPreview, SettingsModel } from '../view-models/entry';

/** Rules of every rollout that are no settings. */
export const FIXED_WAVES = '1, 5, 25';
export const FIXED_HALT_AT = 2;

export const settingsPage = (
  settings: Settings,
  pattern: PatternPreview,
  installed: number,
  form: FormState,
): SettingsModel => ({
  pattern,
  soakSeconds: settings.soakSeconds,
  parallel: settings.parallel,
  waves: FIXED_WAVES,
  haltAt: FIXED_HALT_AT,
  office: settings.brandName ?? 'Diskominfo',
  installed,
  form,
});
