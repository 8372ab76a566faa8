import { kodeWilayah } from '../domain/kode-wilayah';
import type { Settings } from '../domain/settings';
import { zoneOf, ZONES, type Zone } from '../domain/timezone';
import { loadSettings } from '../services/setting-service';
import { createFormat } from './format';
import type { Words } from './pages/words';
import type { Visit, WebDeps } from './web';
import { MESSAGES, type Locale } from '../texts';

const ZONE_NAMES: readonly Zone[] = ['WIB', 'WITA', 'WIT'];
/** The chosen zone, else the one of the kabupaten. */
export const zoneOfSettings = (settings: Pick<Settings, 'timezone' | 'kabupaten'>): Zone => {
  const chosen = ZONE_NAMES.find((zone) => ZONES[zone].iana === settings.timezone);
  return chosen ?? (settings.kabupaten === null ? 'WIB' : zoneOf(kodeWilayah(settings.kabupaten.kode)));
};
export interface Speaking {
  readonly words: Words;
  readonly settings: Settings;
  /** Address as visitors type it. */
  readonly publicUrl: (host: string, path: string) => string;
}
export const speaking = async (deps: WebDeps, locale: Locale): Promise<Speaking> => {
  const settings = await loadSettings(deps.transact.read);
  const port = settings.publicPorts?.https ?? deps.httpsPort;
  const apps = [...deps.apps.values()].sort((left, right) => left.order - right.order);
  return {
    settings,
    words: { t: MESSAGES[locale], f: createFormat(locale, zoneOfSettings(settings), new Date().toISOString()), apps },
    publicUrl: (host, path) =>
      `https://${host}${port === 443 ? '' : `:${port}`}${path.endsWith('/') ? path : `${path}/`}`,
  };
};
export const speak = (visit: Visit): Promise<Speaking> => speaking(visit.deps, visit.locale);
