import type { Settings } from '../../domain/settings';
import type { FormState } from '../view-models/common';
import type { PatternPreview, SettingsModel } from '../view-models/entry';

export const settingsPage = (
  settings: Settings,
  pattern: PatternPreview,
  installed: number,
  form: FormState,
): SettingsModel => ({
  pattern,
  soakSeconds: settings.soakSeconds,
  parallel: settings.parallel,
  waves: settings.waves.join(', '),
  haltAt: settings.haltAt,
  office: settings.brandName ?? 'Diskominfo',
  installed,
  form,
});
