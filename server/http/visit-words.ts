import { kodeWilayah } from '../domain/kode-wilayah';
import type { Settings } from '../domain/settings';
import { zoneOf, ZONES, type Zone } from '../domain/timezone';
import { SharedRead } from '../services/read-models/shared-read';
import { loadSettings } from '../services/setting-service';
import type { Transactor } from '../stores';
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
/** What every page wears: settings and the logo. */
interface Dress {
  readonly settings: Settings;
  /** Hash of the logo; null = none. */
  readonly logo: string | null;
}
const KEEP_MS = 1000;
const dresses = new WeakMap<Transactor, SharedRead<Dress>>();
const dressOf = (transact: Transactor): SharedRead<Dress> => {
  const { read, changes } = transact;
  const known =
    dresses.get(transact) ??
    new SharedRead(
      async () => {
        const [settings, logo] = await Promise.all([loadSettings(read), read.brand.hashOf('logo')]);
        return { settings, logo };
      },
      { ms: KEEP_MS, changes },
    );
  dresses.set(transact, known);
  return known;
};
/** As they were a moment ago, unless this process changed them since. */
export const dressFor = ({ transact }: Pick<WebDeps, 'transact'>): Promise<Dress> => dressOf(transact).ask();
export const speaking = async (deps: WebDeps, locale: Locale): Promise<Speaking> =>
  speakingWith((await dressFor(deps)).settings, deps, locale);
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
export const speak = ({ deps, locale }: Visit): Promise<Speaking> => speaking(deps, locale);
