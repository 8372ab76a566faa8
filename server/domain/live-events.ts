/**
 * What goes over the socket to a browser. Types only; the browser's half is `views/assets-src/js/`.
 *
 * browser → server   `join` { stream, after }          after = data-seq of the page; sent on every connect and on a gap.
 * server  → browser  `events` LiveBatch                 joins the room first, then one frame for every row after `after` (an empty one says
 *                                                       "joined, nothing newer"); later what each 150 ms brought, the first at once.
 *                    `summary` LiveSummary              not numbered, what changed since the last one; all of it after `join`, then ≤ 1 a second.
 *                    `lines` { stream, lines: […] }     not numbered; container log of a desa.
 *                    `beat` { at, worker }              every 2 s; 3 s without a frame = "Menyambung lagi…", 30 s = veil.
 *                    `reload` { stream }                `after` is too old to replay: the browser loads the page again.
 *
 * A frame stands for the rows after its `after` up to its `last`, without a gap. The browser takes it when `after` is not above its own
 * number, and joins again when it is; what is not above its own number it had already.
 */
import type { Reason } from './deployment';
import type { MemberState, RolloutStage, RolloutState } from './rollout';
import type { ReleaseState } from './release';
import type { StepKind, StepState } from './step';
import type { Observed } from './instance';

/** `rollout:<id>`, `release:<id>`, `fleet` (observed states of all desa), `log:<kode>:<app>`. */
export type LiveStream = `rollout:${string}` | `release:${string}` | 'fleet' | `log:${string}:${string}`;

export interface LiveBodies {
  'rollout.state': {
    readonly state: RolloutState;
    readonly stage: RolloutStage;
    readonly reason: Reason | null;
    readonly by: string | null;
  };
  'rollout.stage': {
    readonly stage: RolloutStage;
    readonly state: 'running' | 'done' | 'skipped' | 'failed';
    readonly seconds: number | null;
  };
  'rollout.wave': {
    readonly wave: number;
    readonly waves: number;
    readonly state: 'running' | 'done';
    readonly size: number;
  };
  /** One app of one desa. `seconds` since its deployment began; `serving` = version that answers citizens now. */
  'member.state': {
    readonly kode: string;
    readonly nama: string;
    readonly kecamatan: string;
    readonly app: string;
    readonly state: MemberState;
    readonly step: number;
    readonly steps: number;
    readonly reason: Reason | null;
    readonly seconds: number | null;
    readonly serving: string | null;
    readonly failedProbes: number;
  };
  /** `step` counts from 1. */
  'member.step': {
    readonly kode: string;
    readonly nama: string;
    readonly kecamatan: string;
    readonly app: string;
    readonly step: number;
    readonly steps: number;
    readonly kind: StepKind;
    readonly state: StepState;
    readonly seconds: number | null;
  };
  'release.state': {
    readonly state: ReleaseState;
    readonly done: number | null;
    readonly total: number | null;
    readonly perSecond: number | null;
    readonly reason: Reason | null;
  };
  'desa.observed': {
    readonly kode: string;
    readonly nama: string;
    readonly kecamatan: string;
    readonly app: string;
    readonly observed: Observed;
    readonly release: string | null;
  };
}
export type LiveType = keyof LiveBodies;

/** Text of a feed line in the viewer's language; made on the server by `eventLine` of `server/texts`. */
export interface LiveLine {
  readonly icon: string;
  readonly tone: 'ok' | 'run' | 'wait' | 'act' | 'down' | 'unk';
  /** Name of the desa, bold; '' when the line is about the whole. */
  readonly who: string;
  readonly text: string;
}
export type LiveEvent = {
  [T in LiveType]: {
    readonly seq: number;
    readonly type: T;
    readonly body: LiveBodies[T];
    /** ISO 8601 UTC. */
    readonly at: string;
    /** null = counts for the state of the page, but is no news for the feed. */
    readonly line: LiveLine | null;
  };
}[LiveType];
/** App of a desa in its newest state; '' = only its step is news. `step` counts from 1. */
export type LiveMember = readonly [kode: string, app: string, state: MemberState | '', step: number, steps: number];
/** A line of the feed; `at` = ms since 1970. */
export type LiveNews = readonly [
  seq: number,
  at: number,
  icon: string,
  tone: LiveLine['tone'],
  who: string,
  text: string,
];
/** Many rows in one frame, and what they come to. */
export interface LiveBatch {
  readonly stream: LiveStream;
  readonly after: number;
  readonly last: number;
  readonly members: readonly LiveMember[];
  /** Types of rows that speak of no member, each once. */
  readonly kinds: readonly string[];
  /** Oldest first; of many only the newest. */
  readonly news: readonly LiveNews[];
}

/** One slot of "Sedang berjalan". */
export interface LiveSlot {
  readonly kode: string;
  readonly nama: string;
  readonly kecamatan: string;
  readonly app: string;
  readonly step: number;
  readonly steps: number;
  /** In the viewer's language, e.g. "6/8 Uji publik". */
  readonly label: string;
  readonly since: string;
  /** Newest last, one character a probe: + answered, x failed, - held on purpose, . none. At most 28. */
  readonly probes: string;
}
/** The numbers of a board; words and units are already in the viewer's language. */
export interface RolloutSummary {
  readonly stream: LiveStream;
  /** Last event the numbers include. */
  readonly seq: number;
  readonly probesSent: number;
  readonly probesFailed: number;
  readonly slotsUsed: number;
  /**
   * Texts by the name of their place: `eta` "21.12", `etaNote` "WIB · ± 14 mnt", `pace`, `load` ('' when not measured), and of each wave
   * `wave1` "12/14" and `waveNote1`.
   */
  readonly says: Readonly<Record<string, string>>;
  readonly slots: readonly LiveSlot[];
}
/** A slot by `kode app`, with what changed of it; alone when nothing did. */
export type SlotChange = string | (Partial<LiveSlot> & { readonly key: string });
/** What changed since the summary before, of `says` the texts that did; `slots` in their order when anything about them changed. */
export type LiveSummary = Pick<RolloutSummary, 'stream'> &
  Partial<Omit<RolloutSummary, 'stream' | 'seq' | 'slots'>> & { readonly slots?: readonly SlotChange[] };
export interface LiveLogLine {
  readonly at: string;
  readonly level: 'info' | 'dim' | 'warn' | 'error';
  readonly text: string;
}
export interface LiveLines {
  readonly stream: LiveStream;
  readonly lines: readonly LiveLogLine[];
}
export interface LiveBeat {
  readonly at: string;
  /** false = the worker's heartbeat is older than 12 s. */
  readonly worker: boolean;
}
export interface LiveJoin {
  readonly stream: string;
  readonly after: number;
}
