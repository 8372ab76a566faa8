import type { TargetSession } from '../../provisioners/contracts';
import type { RolloutRequest } from '../../server/domain/rollout-plan';
import type { Stores } from '../../server/stores';
import type { Habit } from './habit';

/** scripted = engine, proxy and tenant database in memory, the control database real; real = Docker, HAProxy, MariaDB. */
export type TargetName = 'scripted' | 'real';
export type AppName = 'opensid' | 'api' | 'pbb';
/** green = done and proven · red = failed or unwell, said so · held = stands still for a person · away = "belum diketahui". */
export type Verdict = 'green' | 'red' | 'held' | 'away';

/** What the product says, read from its own rows. `cause` = the reason behind the reason, when it has one. */
export interface Seen {
  readonly verdict: Verdict;
  readonly reason: string | null;
  readonly cause: string | null;
  readonly params: Readonly<Record<string, unknown>>;
}
export interface Expected {
  readonly verdict: Verdict;
  /** Any of these is true; empty = no reason at all. */
  readonly reasons: readonly string[];
  readonly cause?: string;
}
/** Where a fault hits; `twin` = another desa with the same name. */
export interface Spot {
  readonly kode: string;
  readonly twin: string;
  readonly app: AppName;
  /** 0 ≤ n < 1, from the seed. */
  readonly random: () => number;
}

/** One kind of fault (or none): what happens, and what must be said about it. */
export interface Kind {
  readonly name: string;
  readonly says: string;
  /** Apps it can hit, by target; an absent target = it cannot be made there. */
  readonly apps: Readonly<Partial<Record<TargetName, readonly AppName[]>>>;
  /** desa = that app of that desa only · schema = the shared schema too · all = whatever else runs feels it. */
  readonly reach: 'desa' | 'schema' | 'all';
  /** Touches this very process: nothing else may run beside it, in no world. */
  readonly alone?: true;
  expected(at: { readonly app: AppName; readonly target: TargetName }): Expected;
  /** Makes the fault, lets the product work, takes the fault away and returns what the product said. */
  run(ground: Ground, spot: Spot): Promise<Seen>;
}

/** One app of one desa as a citizen finds it. */
export interface Serving {
  readonly kode: string;
  readonly app: AppName;
  /** Of the container behind the route, as its rows say and its page shows. */
  readonly version: string | null;
  readonly container: string | null;
  readonly up: boolean;
}
export type Mend = () => Promise<unknown>;
/** What somebody does to the data of a desa behind our back. */
export type Trouble = 'migrasi_row' | 'view' | 'app_key' | 'rights' | 'tenant_row' | 'swapped_keys';
export type RouteTrouble = 'swapped' | 'closed' | 'gone';

/** What strangers and power cuts can do; everything they do can be taken back. */
export interface Stranger {
  spoil(trouble: Trouble, spot: Spot): Promise<Mend>;
  detach(container: string): Promise<void>;
  route(trouble: RouteTrouble, spot: Spot): Promise<Mend>;
  proxy(how: 'stopped' | 'frozen'): Promise<Mend>;
  /** Nothing more fits where dumps (own schema) or files are kept. */
  fillDisk(): Promise<Mend>;
  /** The connection of the next dump breaks in the middle. */
  breakDump(spot: Spot): Promise<Mend>;
  /** The image's tag leads to an image of another release. */
  moveTag(app: AppName, version: string): Promise<Mend>;
  holdSchemaLock(): Promise<Mend>;
  /** Every connection to the control database ends. */
  cutControl(): Promise<void>;
  /** The clock of the worker jumps by so many ms. */
  jumpClock(ms: number): Mend;
  /** Calls of the engine fail: `times` times, Infinity = until mended. */
  engineSilent(times: number): Mend;
}

export type Request = Pick<RolloutRequest, 'kind' | 'kodes' | 'apps' | 'releases'>;
/** A world with desa in it; the same contracts on both targets. */
export interface Ground {
  readonly target: TargetName;
  readonly kodes: readonly string[];
  readonly read: Stores;
  readonly session: TargetSession;
  readonly stranger: Stranger;
  /** The app there runs a release that `lay` brings a newer one of. */
  prepare(spot: Spot): Promise<void>;
  /** Brings a release with this habit; returns its version. Refused = throws Refused. */
  lay(app: AppName, habit: Habit): Promise<string>;
  /** Starts a rollout; nobody waits for it. */
  start(request: Request): Promise<string>;
  /** Works on it until it is over or stands still. */
  rest(id: string): Promise<void>;
  /** A rollout to its end whose worker dies, as by SIGKILL, at a moment `random` chooses; another one goes on. */
  runWithDeath(request: Request, random: () => number): Promise<string>;
  /** One deep look at the desa by the observer. */
  look(kode: string): Promise<void>;
  /** From outside: everything that is installed, and whether it answers. */
  serving(): Promise<readonly Serving[]>;
  close(): Promise<void>;
}

/** A release that was not let in. */
export class Refused extends Error {
  readonly reason: string;
  readonly params: Readonly<Record<string, unknown>>;
  constructor(reason: string, params: Readonly<Record<string, unknown>>) {
    super(reason);
    this.name = 'Refused';
    this.reason = reason;
    this.params = params;
  }
}
