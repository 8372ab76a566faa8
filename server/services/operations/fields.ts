import { z } from 'zod';
import { kodeDesaSchema } from '../../domain/kode-wilayah';

/** Fields that many documents share. Documents are what REST answers and `--json` prints. */
export const kode = z.string().regex(/^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$/);
export const id = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);
export const time = z.iso.datetime();
export const amount = z.int().min(0);

/** A code of a desa as people write it, dotted or ten digits. */
export const desaKode = kodeDesaSchema;
export const desaParams = z.strictObject({ kode: desaKode });
export const idParams = z.strictObject({ id });
export const nothing = z.strictObject({});

export const iso = (value: Date | null): string | null => value?.toISOString() ?? null;
