import type { LiveSlot } from '../../domain/live-events';
import type { MemberState, RolloutKind, RolloutStage, RolloutState } from '../../domain/rollout';
import type { StepKind, StepState } from '../../domain/step';
import type { IconName } from '../icons';
import type { Tone, Verdict } from '../state-looks';
import type { ConfirmModel, DesaRef, FormState, LiveSource, LogLineView, Reason } from './common';

export type Counts = Readonly<Record<MemberState, number>>;
export interface AppChange {
  readonly app: string;
  readonly label: string;
  readonly from: string | null;
  readonly to: string;
}
export interface RolloutRow {
  readonly id: string;
  readonly title: string;
  readonly kind: RolloutKind;
  readonly state: RolloutState;
  readonly apps: readonly AppChange[];
  readonly total: number;
  readonly counts: Counts;
  readonly wave: number;
  readonly waves: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly by: string;
}
export interface RolloutListModel {
  readonly rows: readonly RolloutRow[];
  readonly page: number;
  readonly pages: number;
  readonly canAct: boolean;
  /** "OpenSID 2611.0.0" for the empty state. */
  readonly readyRelease: string | null;
}

/** GET /pembaruan/baru: fields action, release[] (app@id), cakupan (semua|kecamatan|pilihan), kecamatan[], kode[], query. */
export interface PickModel {
  readonly action: 'install' | 'update';
  readonly releases: readonly {
    readonly id: string;
    readonly app: string;
    readonly label: string;
    readonly version: string;
    readonly channel: 'umum' | 'premium';
    readonly verdict: Verdict;
    readonly usedBy: number;
    readonly readyAt: string;
  }[];
  readonly kecamatan: readonly { readonly kode: string; readonly nama: string; readonly count: number }[];
  readonly total: number;
  readonly selected: readonly DesaRef[];
  readonly filterQuery: string | null;
  readonly filterCount: number;
  readonly form: FormState;
}

export interface PlanWave {
  readonly number: number;
  readonly size: number;
  readonly names: readonly string[];
  readonly why: string;
}
export interface PlanLine {
  readonly title: string;
  readonly note: string;
  /** "± 4 mnt" */
  readonly time: string;
  readonly waves: readonly PlanWave[];
}
export interface PlanModel {
  readonly action: RolloutKind;
  readonly title: string;
  readonly apps: readonly AppChange[];
  readonly count: number;
  readonly total: number;
  readonly kecamatan: number;
  readonly verdict: { readonly state: Verdict; readonly text: string; readonly note: string };
  /** Why nobody takes part (`count` 0), when there is one reason for all. */
  readonly nothing: string | null;
  readonly lines: readonly PlanLine[];
  /** What the times are foretold from, or that nobody can tell. */
  readonly basis: string;
  /** All of it, e.g. "± 1 jam 20 mnt"; null = nobody can tell. */
  readonly takes: string | null;
  readonly leftOut: readonly (DesaRef & { readonly reason: string; readonly href: string; readonly link: string })[];
  readonly rules: readonly { readonly label: string; readonly value: string }[];
  readonly citizens: string;
  readonly planHash: string;
  /** Shown again because the world changed since it was read. */
  readonly changed: boolean;
  readonly word: string;
  /** Carried to POST /pembaruan. */
  readonly hidden: readonly { readonly name: string; readonly value: string }[];
  readonly back: string;
  readonly step: 'plan' | 'confirm';
  readonly form: FormState;
}

export interface Tile {
  readonly kode: string;
  readonly nama: string;
  readonly host: string;
  readonly state: MemberState;
  readonly step: number;
  readonly steps: number;
  readonly canary: boolean;
  readonly wave: number;
  readonly apps: readonly { readonly app: string; readonly state: MemberState }[];
  readonly reason: Reason | null;
}
export interface TileGroup {
  readonly key: string;
  readonly nama: string;
  readonly tiles: readonly Tile[];
}
export interface WaveView {
  readonly number: number;
  readonly total: number;
  readonly counts: Counts;
  readonly state: 'pending' | 'running' | 'done';
  /** How many are done: "12/14". */
  readonly fraction: string;
  readonly note: string;
}
export interface AttentionItem extends DesaRef {
  readonly state: MemberState;
  readonly app: string;
  readonly reason: Reason;
  /** Version that answers citizens now; null = none. */
  readonly serving: string | null;
  readonly hurt: 'yes' | 'no' | 'unknown';
}
export interface FeedLine {
  readonly seq: number;
  readonly at: string;
  readonly icon: string;
  readonly tone: Tone;
  readonly who: string;
  readonly text: string;
}
/** A button of the head or the banner: a POST form to `action`, or a link when `method` is get (a dialog or page follows). */
export interface RolloutAct {
  readonly key: 'pause' | 'resume' | 'cancel' | 'retry' | 'rollback' | 'report';
  readonly label: string;
  readonly note: string;
  readonly icon: IconName;
  readonly method: 'get' | 'post';
  readonly action: string;
}
export interface BoardModel {
  readonly id: string;
  readonly kind: RolloutKind;
  readonly state: RolloutState;
  readonly stage: RolloutStage;
  readonly title: string;
  readonly apps: readonly AppChange[];
  readonly by: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly total: number;
  readonly kecamatanCount: number;
  /** Desa per tile state (aggregated over apps), every state present. */
  readonly counts: Counts;
  readonly verdict: Verdict;
  readonly stages: readonly {
    readonly stage: RolloutStage;
    readonly state: StepState | 'held';
    readonly note: string;
  }[];
  readonly waves: readonly WaveView[];
  readonly wave: number;
  readonly probes: { readonly sent: number; readonly failed: number; readonly held: number };
  readonly eta: { readonly time: string; readonly note: string; readonly pace: string };
  readonly slots: { readonly used: number; readonly limit: number; readonly load: string };
  readonly hurt: number;
  readonly groupBy: 'kecamatan' | 'gelombang';
  /** `?keadaan=`: other tiles are dimmed. */
  readonly filter: MemberState | null;
  readonly density: 'nama' | 'rapat' | 'daftar';
  /** wall = `?layar=dinding`: nothing but what is read from afar. */
  readonly screen: 'page' | 'wall';
  readonly groups: readonly TileGroup[];
  /** trouble = the page has the others, and their numbers come over the socket. */
  readonly tiles?: 'all' | 'trouble';
  readonly attention: readonly AttentionItem[];
  readonly running: readonly LiveSlot[];
  readonly events: readonly FeedLine[];
  readonly eventsTotal: number;
  /** Halted, failed, paused by itself, worker away: one at most. */
  readonly banner: {
    readonly tone: Tone;
    readonly icon: IconName;
    readonly title: string;
    readonly what: string;
    readonly who: string;
    readonly next: string;
    /** Of the message; its page says more. */
    readonly code: string | null;
  } | null;
  readonly acts: readonly RolloutAct[];
  /** Dialogs drawn with the page; their acts link to the page version. */
  readonly dialogs: readonly (ConfirmModel & { readonly id: string })[];
  readonly drawer: MemberModel | null;
  readonly live: LiveSource;
  readonly canAct: boolean;
}
export interface Proof {
  readonly label: string;
  readonly expected: string;
  readonly observed: string;
  readonly ok: boolean | null;
}
export interface StepView {
  readonly position: number;
  readonly kind: StepKind;
  readonly state: StepState;
  readonly note: string;
  readonly seconds: number | null;
}
/** Steps and log of one desa in one rollout; drawer and page. */
export interface MemberModel extends DesaRef {
  readonly rolloutId: string;
  readonly rolloutTitle: string;
  readonly wave: number;
  readonly host: string;
  readonly url: string;
  readonly state: MemberState;
  readonly apps: readonly {
    readonly app: string;
    readonly label: string;
    readonly state: MemberState;
    readonly current: boolean;
    readonly href: string;
  }[];
  readonly reason: Reason | null;
  readonly serving: string | null;
  /** Whatever the update says of it: it did not answer when it was seen last. */
  readonly isDown: boolean;
  readonly proofs: readonly Proof[];
  readonly steps: readonly StepView[];
  readonly log: { readonly title: string; readonly lines: readonly LogLineView[] };
  readonly canRetry: boolean;
  readonly back: string;
}
export interface RolloutConfirmModel {
  readonly rolloutId: string;
  readonly rolloutTitle: string;
  readonly confirm: ConfirmModel;
}
export interface ReportModel {
  readonly id: string;
  readonly title: string;
  readonly kind: RolloutKind;
  readonly state: RolloutState;
  readonly number: string;
  readonly kabupatenFull: string;
  readonly officeFull: string;
  readonly place: string;
  readonly apps: readonly AppChange[];
  readonly total: number;
  readonly kecamatanCount: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly counts: Counts;
  readonly probes: { readonly sent: number; readonly failed: number; readonly held: number };
  readonly downSeconds: number;
  readonly medianSeconds: number | null;
  /** 95 of 100 took no longer. */
  readonly p95Seconds: number | null;
  readonly longestSeconds: number | null;
  readonly stages: readonly {
    readonly stage: RolloutStage;
    readonly at: string;
    readonly seconds: number | null;
    readonly note: string;
  }[];
  readonly acts: readonly { readonly at: string; readonly text: string }[];
  readonly notUpdated: readonly (DesaRef & {
    readonly app: string;
    readonly state: MemberState;
    readonly reason: Reason | null;
    readonly serving: string | null;
  })[];
  readonly done: readonly (DesaRef & {
    readonly app: string;
    readonly wave: number;
    readonly seconds: number;
    readonly downSeconds: number;
    readonly failed: number;
    readonly sent: number;
    readonly release: string;
  })[];
  readonly signedBy: string;
}
