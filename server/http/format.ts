/** How numbers, durations, sizes and times look on a page (id: 1.284 · 20.58, en: 1,284 · 20:58). Unknown is "—". */
import type { Locale } from '../texts';

export type Zone = 'WIB' | 'WITA' | 'WIT';
const OFFSET_HOURS: Readonly<Record<Zone, number>> = { WIB: 7, WITA: 8, WIT: 9 };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const WORDS = {
  id: {
    months: ['Jan', 'Feb', 'Mar', 'Apr', 'Mei', 'Jun', 'Jul', 'Agu', 'Sep', 'Okt', 'Nov', 'Des'],
    monthsLong: 'Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember'.split(' '),
    days: ['Minggu', 'Senin', 'Selasa', 'Rabu', 'Kamis', 'Jumat', 'Sabtu'],
    units: { day: ' hari', hour: ' jam', minute: ' mnt', second: ' dtk', milli: ' md' },
    ago: (span: string) => `${span} lalu`,
    justNow: 'baru saja',
    yesterday: 'kemarin',
    group: '.',
    decimal: ',',
    clock: '.',
  },
  en: {
    months: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
    monthsLong: 'January February March April May June July August September October November December'.split(' '),
    days: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
    units: { day: ' days', hour: ' h', minute: ' min', second: ' s', milli: ' ms' },
    ago: (span: string) => `${span} ago`,
    justNow: 'just now',
    yesterday: 'yesterday',
    group: ',',
    decimal: '.',
    clock: ':',
  },
} as const;

/** A moment: ISO 8601 text, or null when it is not known. */
export type Moment = string | null;

export interface Format {
  /** 1284 → 1.284 */
  n(value: number | null, decimals?: number): string;
  /** Share of a whole: 0.987 → 98,7% (no decimal at 0 and 1). */
  pct(share: number | null): string;
  /** Seconds → 9,4 dtk · 1 mnt 12 dtk · 1 jam 21 mnt · 26 hari. Two units at most. */
  duration(seconds: number | null): string;
  /** Bytes → 28,4 GB (decimal units). */
  bytes(bytes: number | null): string;
  /** How long it has been so, coarse: 18 mnt, 1 jam 21 mnt. */
  span(since: Moment): string;
  milli(milliseconds: number | null): string;
  /** 20.58 in the zone of the installation. */
  time(at: Moment): string;
  /** 20.58.14 — logs and feeds only. */
  timeS(at: Moment): string;
  /** 21 Nov 2026 */
  date(at: Moment): string;
  /** Sabtu, 21 November 2026 */
  dateLong(at: Moment): string;
  /** November 2026 */
  month(at: Moment): string;
  /** Today 06.51, kemarin 20.39, else 21 Nov 2026. */
  day(at: Moment): string;
  /** Relative up to 24 h ("9 dtk lalu"), then the date. */
  ago(at: Moment): string;
  /** Whole days from now until `at`; negative when past. */
  daysUntil(at: string): number;
  /** For `title`: 21 Nov 2026 20.58.14 WIB. */
  exact(at: Moment): string;
  readonly zone: Zone;
  /** The render moment, ISO UTC. */
  readonly now: string;
}

const pad = (value: number): string => String(value).padStart(2, '0');

const groupDigits = (value: number, decimals: number, group: string, decimal: string): string => {
  const [whole = '0', fraction] = Math.abs(value).toFixed(decimals).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group);
  const sign = value < 0 ? '−' : '';
  return fraction === undefined ? sign + grouped : `${sign}${grouped}${decimal}${fraction}`;
};

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

const sizeOf = (bytes: number, n: (value: number, decimals?: number) => string): string => {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < SIZES.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const decimals = unit >= 2 && value < 100 && !Number.isInteger(Math.round(value * 10) / 10) ? 1 : 0;
  return `${n(value, decimals)} ${SIZES[unit] ?? 'B'}`;
};

const spanOf = (seconds: number, locale: Locale, n: (value: number, decimals?: number) => string): string => {
  const { units } = WORDS[locale];
  if (seconds < 59.95 && !Number.isInteger(seconds)) return n(seconds, 1) + units.second;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${units.second}`;
  if (whole < 3600)
    return whole % 60 === 0
      ? `${whole / 60}${units.minute}`
      : `${Math.floor(whole / 60)}${units.minute} ${pad(whole % 60)}${units.second}`;
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60)
    return minutes % 60 === 0
      ? `${minutes / 60}${units.hour}`
      : `${Math.floor(minutes / 60)}${units.hour} ${minutes % 60}${units.minute}`;
  return `${Math.round(minutes / (24 * 60))}${units.day}`;
};

interface Local {
  readonly y: number;
  readonly m: number;
  readonly d: number;
  readonly weekday: number;
  readonly clock: string;
  readonly clockS: string;
  readonly dayNumber: number;
}

const localOf = (at: string, zone: Zone, separator: string): Local => {
  const shifted = new Date(Date.parse(at) + OFFSET_HOURS[zone] * HOUR);
  const clock = `${pad(shifted.getUTCHours())}${separator}${pad(shifted.getUTCMinutes())}`;
  return {
    y: shifted.getUTCFullYear(),
    m: shifted.getUTCMonth(),
    d: shifted.getUTCDate(),
    weekday: shifted.getUTCDay(),
    clock,
    clockS: `${clock}${separator}${pad(shifted.getUTCSeconds())}`,
    dayNumber: Math.floor(shifted.getTime() / DAY),
  };
};

const NONE = '—';

const elapsed = (at: string, now: string): number => Math.max(0, Math.round((Date.parse(now) - Date.parse(at)) / 1000));
/** From a minute on seconds do not matter any more. */
const coarse = (seconds: number): number => (seconds < 60 ? seconds : Math.floor(seconds / 60) * 60);

const agoOf = (at: string, now: string, locale: Locale, n: (value: number) => string): string | null => {
  const seconds = elapsed(at, now);
  if (seconds < 2) return WORDS[locale].justNow;
  return seconds >= 86_400 ? null : WORDS[locale].ago(spanOf(coarse(seconds), locale, n));
};

/** Makes the formatters of one page: language, zone of the installation, moment of rendering (ISO UTC). */
export const createFormat = (locale: Locale, zone: Zone, now: string): Format => {
  const words = WORDS[locale];
  const n = (value: number | null, decimals = 0): string =>
    value === null || !Number.isFinite(value) ? NONE : groupDigits(value, decimals, words.group, words.decimal);
  const local = (at: string): Local => localOf(at, zone, words.clock);
  const on = (at: Moment, show: (local: Local, at: string) => string): string =>
    at === null || Number.isNaN(Date.parse(at)) ? NONE : show(local(at), at);
  const date = (at: Moment): string => on(at, ({ d, m, y }) => `${d} ${words.months[m] ?? ''} ${y}`);
  const day = (at: Moment): string =>
    on(at, (moment) => {
      const back = local(now).dayNumber - moment.dayNumber;
      if (back === 0) return moment.clock;
      return back === 1 ? `${words.yesterday} ${moment.clock}` : date(at);
    });
  return {
    n,
    pct: (share) =>
      share === null
        ? NONE
        : share > 0 && share < 0.0001
          ? `< ${n(0.01, 2)}%`
          : `${n(share * 100, share === 0 || share === 1 ? 0 : share < 0.001 ? 2 : 1)}%`,
    duration: (seconds) => (seconds === null ? NONE : spanOf(Math.max(0, seconds), locale, n)),
    span: (since) => on(since, (_, iso) => spanOf(coarse(elapsed(iso, now)), locale, n)),
    bytes: (bytes) => (bytes === null ? NONE : sizeOf(bytes, n)),
    milli: (value) => (value === null ? NONE : n(value) + words.units.milli),
    time: (at) => on(at, ({ clock }) => clock),
    timeS: (at) => on(at, ({ clockS }) => clockS),
    date,
    dateLong: (at) =>
      on(at, ({ weekday, d, m, y }) => `${words.days[weekday] ?? ''}, ${d} ${words.monthsLong[m] ?? ''} ${y}`),
    month: (at) => on(at, ({ m, y }) => `${words.monthsLong[m] ?? ''} ${y}`),
    day,
    ago: (at) => on(at, (_, iso) => agoOf(iso, now, locale, n) ?? date(iso)),
    daysUntil: (at) => Math.floor((Date.parse(at) - Date.parse(now)) / DAY),
    exact: (at) => on(at, ({ clockS }) => `${date(at)} ${clockS} ${zone}`),
    zone,
    now,
  };
};
