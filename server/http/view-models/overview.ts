import type { IconName } from '../icons';
import type { Tone } from '../state-looks';
import type { BarPart, Beat, LiveSource } from './common';
import type { RolloutRow } from './rollouts';

export interface TodoRow {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly title: string;
  readonly note: string;
  readonly hurt: 'yes' | 'no' | 'unknown';
  readonly button: { readonly label: string; readonly href: string };
}
export interface OverviewModel {
  /** null = no observation of the last minute: a dash is shown. */
  readonly answering: number | null;
  readonly installed: number;
  readonly total: number;
  readonly notAnswering: number;
  readonly unmeasured: number;
  /** Being installed or updated now; most of them answer meanwhile. */
  readonly changing: number;
  readonly observedAt: string | null;
  /** 24 h of the whole kabupaten, empty = not recorded yet. */
  readonly beats: readonly Beat[];
  readonly failedShare: number | null;
  readonly todo: readonly TodoRow[];
  readonly todoTotal: number;
  readonly rollout: RolloutRow | null;
  readonly rolloutProbes: { readonly sent: number; readonly failed: number } | null;
  readonly readyReleases: readonly {
    readonly href: string;
    readonly label: string;
    readonly version: string;
    readonly note: string;
  }[];
  readonly kecamatan: readonly {
    readonly kode: string;
    readonly nama: string;
    readonly total: number;
    readonly answering: number;
    readonly tone: Tone;
    readonly icon: IconName | null;
    readonly parts: readonly BarPart[];
  }[];
  readonly versions: readonly {
    readonly label: string;
    readonly version: string;
    readonly count: number;
    readonly total: number;
  }[];
  readonly versionsNote: string;
  readonly tokens: {
    readonly matching: number;
    readonly expiring: number;
    readonly unread: number;
    readonly total: number;
  };
  readonly dumps: { readonly lastAt: string | null; readonly bytes: number | null; readonly count: number };
  readonly server: {
    readonly name: string;
    readonly cpus: number;
    readonly memoryBytes: number;
    readonly meters: readonly { readonly label: string; readonly share: number; readonly value: string }[];
  } | null;
  /** First days: which of the three steps are done. */
  readonly begin: { readonly region: boolean; readonly release: boolean; readonly desa: boolean } | null;
  readonly live: LiveSource | null;
}
