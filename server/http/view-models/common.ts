import type { Reason } from '../../domain/deployment';
import type { LiveStream } from '../../domain/live-events';
import type { Locale } from '../../texts';
import type { Zone } from '../format';
import type { IconName } from '../icons';
import type { DesaStatus, Tone } from '../state-looks';

export type Theme = 'light' | 'dark';
export type MenuKey =
  'overview' | 'desa' | 'releases' | 'rollouts' | 'servers' | 'databases' | 'backups' | 'audit' | 'settings';

/** What every page needs beside its own model. Times are ISO 8601 UTC everywhere. */
export interface PageContext {
  readonly locale: Locale;
  /** null = follow the device. */
  readonly theme: Theme | null;
  readonly nonce: string;
  readonly csrf: string;
  /** Path with query of this page, for `kembali` fields and language switches. */
  readonly path: string;
  readonly now: string;
  readonly zone: Zone;
  readonly version: string;
  /** "Kab. Kebumen", null before the first run. */
  readonly kabupaten: string | null;
  /** "Diskominfo" */
  readonly office: string;
  readonly user: { readonly name: string; readonly email: string } | null;
  /** What this person may open; the frame draws nothing else. */
  readonly menu: readonly MenuKey[];
  /** Addresses of the office's logo and colour sheet; null = ours. */
  readonly brand: { readonly logo: string | null; readonly sheet: string | null };
  /** What just happened, after a 303. */
  readonly notice: { readonly tone: Tone; readonly text: string } | null;
}

/** Kept field values and messages of a form that was not accepted (422). Messages are ready sentences. */
export interface FormState {
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  readonly errors: readonly { readonly field: string; readonly message: string }[];
}
export const EMPTY_FORM: FormState = { values: {}, errors: [] };

/** Share of a stacked bar; `s` is a state key that has a colour (`accent` for plain amounts). */
export interface BarPart {
  readonly s: string;
  readonly n: number;
}
/** One bar of the last 24 h: ok | run | act | down | unk | none. `share` (0–1] = height of the trouble, for many desa in one bar. */
export interface Beat {
  readonly s: 'ok' | 'run' | 'act' | 'down' | 'unk' | 'none';
  readonly share?: number;
}
export interface LogLineView {
  readonly at: string;
  readonly level: 'info' | 'dim' | 'warn' | 'error';
  readonly text: string;
}
/** A typed confirmation, as a dialog and as a page of its own. */
export interface ConfirmModel {
  /** Full question with number and target. */
  readonly title: string;
  readonly will: readonly string[];
  readonly wont: readonly string[];
  /** Time needed, when known. */
  readonly takes: string | null;
  /** What must be typed, e.g. MUNDURKAN 313 or the name of the desa; null = one press is enough. */
  readonly word: string | null;
  readonly action: string;
  readonly hidden: readonly { readonly name: string; readonly value: string }[];
  readonly button: string;
  readonly icon: IconName;
  /** loses-data = red button, focus on "Batal". */
  readonly kind: 'safe' | 'loses-data';
  readonly back: string;
  readonly form: FormState;
}
export interface DesaRef {
  readonly kode: string;
  readonly nama: string;
  readonly kecamatan: string;
}
export interface AppState {
  readonly app: string;
  readonly label: string;
  /** What is wanted; null = not installed. */
  readonly wanted: string | null;
  /** What answers from outside; null = not seen. */
  readonly release: string | null;
  readonly state: DesaStatus;
  /** Older than what its rollout or pairing wants: "tertinggal". */
  readonly behind: boolean;
}
export interface LiveSource {
  readonly stream: LiveStream;
  readonly seq: number;
}
export type { Reason };
