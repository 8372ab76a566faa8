import type { DesaStatus, TokenState, Tone } from '../state-looks';
import type { AppState, Beat, ConfirmModel, DesaRef, FormState, LiveSource, LogLineView, Reason } from './common';
import type { IconName } from '../icons';

export interface DesaRow extends DesaRef {
  readonly jenis: 'desa' | 'kelurahan' | 'desa_adat';
  readonly host: string;
  readonly status: DesaStatus;
  readonly statusReason: Reason | null;
  /** Since when it is so, shown for trouble. */
  readonly since: string | null;
  readonly observedAt: string | null;
  readonly apps: readonly AppState[];
  readonly tokenState: TokenState;
  readonly tokenEndsOn: string | null;
  /** Empty = not recorded; the column is drawn when one row has some. */
  readonly beats: readonly Beat[];
}
/** Query string of the list: cari, kecamatan[], keadaan[], versi[], aplikasi[], urut, arah, halaman. */
export interface DesaFilter {
  readonly search: string;
  readonly kecamatan: readonly string[];
  readonly status: readonly string[];
  readonly versions: readonly string[];
  readonly apps: readonly string[];
  readonly sort: 'nama' | 'kecamatan' | 'keadaan';
  readonly direction: 'naik' | 'turun';
}
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly count: number | null;
}
export interface SavedView {
  readonly key: 'all' | 'action' | 'down' | 'behind' | 'token' | 'not_installed';
  readonly count: number;
  /** Query string with "?", '' = everything. */
  readonly query: string;
  readonly current: boolean;
}
export interface DesaListModel {
  readonly rows: readonly DesaRow[];
  readonly apps: readonly { readonly app: string; readonly label: string }[];
  readonly filter: DesaFilter;
  readonly views: readonly SavedView[];
  readonly choices: {
    readonly kecamatan: readonly Choice[];
    readonly status: readonly Choice[];
    readonly versions: readonly Choice[];
    readonly apps: readonly Choice[];
  };
  /** All desa of the kabupaten; those that match the filter. */
  readonly total: number;
  readonly matching: number;
  readonly installed: number;
  readonly answering: number;
  readonly counts: Readonly<Partial<Record<DesaStatus, number>>>;
  readonly observedAt: string | null;
  readonly page: number;
  readonly pages: number;
  /** Query string of this filter without `halaman`, without "?", e.g. `kecamatan=33.05.05`. */
  readonly query: string;
  /** Nearest name when nothing matched. */
  readonly didYouMean: string | null;
  /** Kept when a bulk action was refused. */
  readonly selected: readonly string[];
  readonly canAct: boolean;
  readonly live: LiveSource | null;
}

export interface Fact {
  readonly key: 'kode' | 'version' | 'certificate' | 'token';
  readonly tone: Tone;
  readonly value: string;
  readonly note: string;
}
export interface AppCard extends AppState {
  readonly icon: IconName;
  readonly url: string;
  readonly channel: 'umum' | 'premium' | null;
  readonly since: string | null;
  /** Newest ready release when it is newer than the wanted one. */
  readonly available: string | null;
  readonly follows: string | null;
  readonly reason: Reason | null;
  readonly observedAt: string | null;
  readonly beats: readonly Beat[];
  readonly memory: { readonly used: number; readonly limit: number } | null;
  readonly cpuPercent: number | null;
  readonly probes: { readonly failed: number; readonly sent: number } | null;
  readonly container: string | null;
  readonly containerSince: string | null;
  /** How often the engine started the container again by itself. */
  readonly restarts: number;
  readonly diskBytes: number | null;
  /** Of a database of its own. */
  readonly schemaBytes: number | null;
}
export interface HistoryRow {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly title: string;
  readonly note: string;
  readonly at: string;
  readonly href: string | null;
}
export type DesaTab = 'ikhtisar' | 'log' | 'riwayat' | 'token' | 'domain' | 'hapus';
/** Everything of one desa; the tabs are pages of the same model (`tab`). */
export interface DesaModel extends DesaRef {
  readonly jenis: 'desa' | 'kelurahan' | 'desa_adat';
  readonly tab: DesaTab;
  readonly host: string;
  readonly oldHosts: readonly string[];
  readonly url: string;
  readonly status: DesaStatus;
  readonly reason: Reason | null;
  readonly since: string | null;
  /** Last time it answered rightly, for the banner. */
  readonly lastGoodAt: string | null;
  readonly observedAt: string | null;
  readonly facts: readonly Fact[];
  readonly apps: readonly AppCard[];
  readonly log: {
    readonly app: string;
    readonly apps: readonly { readonly app: string; readonly label: string }[];
    readonly level: 'semua' | 'peringatan' | 'galat';
    readonly lines: readonly LogLineView[];
    readonly live: LiveSource | null;
  };
  readonly history: readonly HistoryRow[];
  readonly token: {
    readonly state: TokenState;
    readonly endsOn: string | null;
    readonly issuedAt: string | null;
    readonly readBackAt: string | null;
  };
  /** Never the value itself; it is on `desa/password` right after it was asked for. */
  readonly firstPassword: 'waiting' | 'shown' | 'none';
  readonly firstAccount: { readonly username: string; readonly loginUrl: string } | null;
  readonly activeRollout: { readonly id: string; readonly title: string } | null;
  readonly form: FormState;
  readonly canAct: boolean;
  readonly live: LiveSource | null;
}
/** Shown once, after POST /desa/:kode/sandi; not cached, not in history. */
export interface PasswordModel extends DesaRef {
  readonly username: string;
  readonly password: string;
  readonly loginUrl: string;
}
export interface DesaConfirmModel {
  readonly confirm: ConfirmModel;
  readonly desa: readonly DesaRef[];
  /** In the crumbs, when it is about one desa. */
  readonly one: DesaRef | null;
}
