/**
 * Codes of Kemendagri: `PP`, `PP.KK`, `PP.KK.CC`, `PP.KK.CC.DDDD`. Canonical = dotted (our database, tokens, KODE_DESA);
 * digits = container, volume, database and user names and OpenSID's own tables. Only this file converts.
 */
import { z } from 'zod';
import type { Wilayah } from '../../provisioners/contracts';

/** A syntactically valid dotted code of any level. Make one with `parseKode`. */
export type KodeWilayah = string & { readonly __kodeWilayah: true };
export type WilayahLevel = 'provinsi' | 'kabupaten' | 'kecamatan' | 'desa';
export type Jenis = Wilayah['jenis'];
export type KodeFault = 'format' | 'kode_bps' | 'kecamatan_tidak_dikenal' | 'wilayah_tidak_dikenal';

const LEVEL_BY_DIGITS: Readonly<Record<number, WilayahLevel>> = {
  2: 'provinsi',
  4: 'kabupaten',
  6: 'kecamatan',
  10: 'desa',
};
const JENIS_BY_DIGIT: Readonly<Record<string, Jenis>> = { '1': 'kelurahan', '2': 'desa', '3': 'desa_adat' };
const DOTTED = /^[1-9]\d(\.\d{2}(\.\d{2}(\.[123]\d{3})?)?)?$/;

const dots = (digits: string): string =>
  [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6), digits.slice(6)]
    .filter((block) => block !== '')
    .join('.');

const isKode = (text: string): text is KodeWilayah => DOTTED.test(text) && !/\.00(\.|$)/.test(text);

/** Reads `33.05.05.2011` or `3305052011` (any level; spaces around are fine); null when it is neither. */
export function parseKode(text: string): KodeWilayah | null {
  const trimmed = text.trim();
  const dotted = /^\d+$/.test(trimmed) ? dots(trimmed) : trimmed;
  return isKode(dotted) ? dotted : null;
}

/** As `parseKode` for codes that were checked before; throws a RangeError otherwise. */
export function kodeWilayah(text: string): KodeWilayah {
  const kode = parseKode(text);
  if (kode === null) throw new RangeError(`not a kode wilayah: ${JSON.stringify(text.slice(0, 40))}`);
  return kode;
}

/** 2, 4, 6 or 10 digits. */
export const kodeDigits = (kode: KodeWilayah): string => kode.replaceAll('.', '');

export function levelOf(kode: KodeWilayah): WilayahLevel {
  const level = LEVEL_BY_DIGITS[kodeDigits(kode).length];
  if (level === undefined) throw new RangeError(`no level for ${kode}`);
  return level;
}

/** The code one level up; null for a provinsi. */
export function parentOf(kode: KodeWilayah): KodeWilayah | null {
  const end = kode.lastIndexOf('.');
  return end < 0 ? null : kodeWilayah(kode.slice(0, end));
}

/** The code itself or an ancestor at `level`; null when `kode` lies above that level. */
export function ancestorOf(kode: KodeWilayah, level: WilayahLevel): KodeWilayah | null {
  for (let at: KodeWilayah | null = kode; at !== null; at = parentOf(at)) if (levelOf(at) === level) return at;
  return null;
}

/** True when `kode` is `ancestor` or lies in it. */
export const isWithin = (kode: KodeWilayah, ancestor: KodeWilayah): boolean =>
  kode === ancestor || kode.startsWith(`${ancestor}.`);

/** By the first digit of the last block (Permendagri 58/2021); null when `kode` is not of level desa. */
export function jenisOf(kode: KodeWilayah): Jenis | null {
  return levelOf(kode) === 'desa' ? (JENIS_BY_DIGIT[kode.charAt(9)] ?? null) : null;
}

/** KK 71–99 is a kota, 01–69 a kabupaten; false for a provinsi. */
export const isKota = (kode: KodeWilayah): boolean => Number(kode.slice(3, 5)) > 70;

/**
 * Parses and looks the code up. Codes of BPS have ten digits too, mean other places, and give themselves away by a last
 * block that starts with 0 or by a kecamatan that does not exist.
 */
export function checkKode(
  text: string,
  isKnown: (kode: KodeWilayah) => boolean,
): { readonly kode: KodeWilayah } | { readonly fault: KodeFault } {
  const kode = parseKode(text);
  if (kode === null) return { fault: /^\d{7}(\d{3})?$/.test(text.trim()) ? 'kode_bps' : 'format' };
  const kecamatan = levelOf(kode) === 'desa' ? parentOf(kode) : null;
  if (kecamatan !== null && !isKnown(kecamatan)) return { fault: 'kecamatan_tidak_dikenal' };
  return isKnown(kode) ? { kode } : { fault: 'wilayah_tidak_dikenal' };
}

/** Any level, dotted or digits, to the canonical code. */
export const kodeWilayahSchema = z.string().transform((text, ctx): KodeWilayah => {
  const kode = parseKode(text);
  if (kode !== null) return kode;
  ctx.addIssue({ code: 'custom', message: 'kode_wilayah_format' });
  return z.NEVER;
});

const atLevel = (level: WilayahLevel) =>
  kodeWilayahSchema.refine((kode) => levelOf(kode) === level, { message: `kode_${level}_format` });
export const kodeDesaSchema = atLevel('desa');
export const kodeKabupatenSchema = atLevel('kabupaten');
