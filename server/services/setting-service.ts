import { authorize } from '../auth/permission';
import type { Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import {
  DEFAULT_SETTINGS,
  isSettingKey,
  settingSchemas,
  settingsSchema,
  type SettingKey,
  type Settings,
} from '../domain/settings';
import type { PlatformStores, PlatformTransactor } from '../stores/platform-stores';
import { recordAudit } from './audit-service';

/**
 * All settings with defaults, for other services inside their own transaction. A stored value this version does not
 * understand falls back to its default: a setting never stops the start.
 */
export const loadSettings = async (stores: Pick<PlatformStores, 'settings'>): Promise<Settings> => {
  const stored = [...(await stores.settings.all())].filter(
    ([key, value]) => isSettingKey(key) && settingSchemas[key].safeParse(value).success,
  );
  return settingsSchema.parse({ ...DEFAULT_SETTINGS, ...Object.fromEntries(stored) });
};

/** Checks one value; AppError('invalid_input') names the key as its field. */
export const parseSetting = (key: string, value: unknown): { readonly key: SettingKey; readonly value: unknown } => {
  if (!isSettingKey(key)) throw new AppError('invalid_input', { reason: 'unknown_setting', key }, { field: key });
  const read = settingSchemas[key].safeParse(value);
  if (read.success) return { key, value: read.data };
  const [issue] = read.error.issues;
  const params = { reason: issue?.code ?? 'invalid', path: issue?.path.join('.') ?? '', key };
  throw new AppError('invalid_input', params, { field: key });
};

/** Writes changed values and one audit row per key; same value → nothing. Values must have passed `parseSetting`. */
export const writeSettings = async (
  stores: Pick<PlatformStores, 'settings' | 'audit'>,
  actor: Actor,
  changes: readonly { readonly key: SettingKey; readonly value: unknown }[],
): Promise<void> => {
  const before = await loadSettings(stores);
  const differing = changes.filter(({ key, value }) => JSON.stringify(before[key]) !== JSON.stringify(value));
  for (const { key, value } of differing) await stores.settings.put(key, value);
  for (const { key, value } of differing) {
    await recordAudit(stores, actor, {
      act: 'setting.change',
      object: `setting:${key}`,
      before: before[key],
      after: value,
    });
  }
};

export class SettingService {
  private readonly transactor: PlatformTransactor;
  constructor(transactor: PlatformTransactor) {
    this.transactor = transactor;
  }

  async read(actor: Actor): Promise<Settings> {
    authorize(actor, 'settings.read');
    return loadSettings(this.transactor.read);
  }

  /** All or nothing. `values` come from outside: unknown keys and wrong values are refused at their field. */
  async change(actor: Actor, values: Readonly<Record<string, unknown>>): Promise<Settings> {
    authorize(actor, 'settings.write');
    const changes = Object.entries(values).map(([key, value]) => parseSetting(key, value));
    return this.transactor.run(async (stores) => {
      await writeSettings(stores, actor, changes);
      return loadSettings(stores);
    });
  }
}
