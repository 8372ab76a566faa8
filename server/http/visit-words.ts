import type { Request } from 'express';
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
const read = new WeakMap<Request, Promise<Settings>>();
/** The settings; of a request that changes nothing, read once. */
export const settingsFor = (deps: Pick<WebDeps, 'transact'>, request: Request): Promise<Settings> => {
  if (request.method !== 'GET') return loadSettings(deps.transact.read);
  const known = read.get(request) ?? loadSettings(deps.transact.read);
  read.set(request, known);
  return known;
};
export const speaking = async (deps: WebDeps, locale: Locale): Promise<Speaking> =>
  speakingWith(await loadSettings(deps.transact.read), deps, locale);
const speakingWith = (settings: Settings, deps: WebDeps, locale: Locale): Speaking => {
  const port = settings.publicPorts?.https ?? deps.httpsPort;
  const apps = [...deps.apps.values()].sort((left, right) => left.order - right.order);
  return {
    settings,
    words: { t: MESSAGES[locale], f: createFormat(locale, zoneOfSettings(settings), new Date().toISOString()), apps },
    publicUrl: (host, path) =>
      `https://${host}${port === 443 ? '' : `:${port}`}${path.endsWith('/') ? path : `${path}/`}`,
  };
};
export const speak = async ({ deps, request, locale }: Visit): Promise<Speaking> =>
  speakingWith(await settingsFor(deps, request), deps, locale);
