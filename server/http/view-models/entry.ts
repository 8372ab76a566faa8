import type { FormState } from './common';
import type { Choice } from './desa';

/** POST /masuk: email, password, kembali. */
export interface SignInModel {
  readonly form: FormState;
  readonly back: string;
  readonly lockedUntil: string | null;
}
/** GET /masuk/:token; its button posts to the same address. */
export interface SignInLinkModel {
  readonly token: string;
}
export type SetupStep = 'akun' | 'kabupaten' | 'domain' | 'periksa';
/** POST /setup/:token: langkah, then name, email, password · kabupaten, cari · pola · (nothing). `cari` with button `aksi=cari` only searches. */
export interface SetupModel {
  readonly token: string;
  readonly step: SetupStep;
  readonly form: FormState;
  readonly search: string;
  readonly kabupaten: readonly (Choice & { readonly provinsi: string })[];
  readonly kabupatenTotal: number;
  readonly chosen: {
    readonly kode: string;
    readonly nama: string;
    readonly desa: number;
    readonly kecamatan: number;
  } | null;
  readonly pattern: PatternPreview;
  readonly checks: readonly {
    readonly label: string;
    readonly state: 'ok' | 'warn' | 'bad';
    readonly note: string;
    readonly remedy: string | null;
  }[];
}
export interface PatternPreview {
  readonly pattern: string;
  /** Why the pattern gives no host. */
  readonly fault: string | null;
  readonly examples: readonly { readonly nama: string; readonly kecamatan: string; readonly host: string }[];
  readonly clashes: number;
  readonly clashExamples: readonly { readonly host: string; readonly names: readonly string[] }[];
  readonly suggestions: readonly string[];
  readonly total: number;
}
export type FaultKind =
  | 'not_found'
  | 'forbidden'
  | 'invalid'
  | 'conflict'
  | 'too_many'
  | 'internal'
  | 'unavailable'
  | 'database'
  | 'link_used';
export interface FaultModel {
  readonly status: number;
  readonly kind: FaultKind;
  readonly requestId: string;
  /** Behind "Rincian". */
  readonly code: string | null;
  /** `errorSentence` of the error; null = the words of `kind`. */
  readonly sentence: { readonly what: string; readonly next: string } | null;
  readonly back: string | null;
  readonly form: FormState;
}
