/** Time zones of Indonesia by provinsi (Keppres 41/1987; the provinces split since then keep the zone of their mother). */
import type { KodeWilayah } from './kode-wilayah';

export type Zone = 'WIB' | 'WITA' | 'WIT';
/** IANA name and offset; Indonesia has no daylight saving time. */
export const ZONES: Readonly<Record<Zone, { readonly iana: string; readonly offsetHours: number }>> = {
  WIB: { iana: 'Asia/Jakarta', offsetHours: 7 },
  WITA: { iana: 'Asia/Makassar', offsetHours: 8 },
  WIT: { iana: 'Asia/Jayapura', offsetHours: 9 },
};

const PROVINCES: Readonly<Record<Zone, readonly string[]>> = {
  WIB: ['11', '12', '13', '14', '15', '16', '17', '18', '19', '21', '31', '32', '33', '34', '35', '36', '61', '62'],
  WITA: ['51', '52', '53', '63', '64', '65', '71', '72', '73', '74', '75', '76'],
  WIT: ['81', '82', '91', '92', '93', '94', '95', '96'],
};
const ZONE_NAMES: readonly Zone[] = ['WIB', 'WITA', 'WIT'];

/** Zone of any code; WIB for a provinsi that is not in the table yet. */
export function zoneOf(kode: KodeWilayah): Zone {
  const provinsi = kode.slice(0, 2);
  return ZONE_NAMES.find((zone) => PROVINCES[zone].includes(provinsi)) ?? 'WIB';
}

/** IANA name for containers and schedules, e.g. Asia/Jakarta. */
export const timezoneOf = (kode: KodeWilayah): string => ZONES[zoneOf(kode)].iana;
