import type { Wire } from '../helpers/cut-wire';
import type { Elsewhere } from '../helpers/command-line';
import type { DocsWorld } from '../helpers/docs-world';
import type { Call } from '../helpers/api-client';

/** Where a row finds what it brings. */
export interface Ground {
  readonly world: DocsWorld;
  /** A folder of this row alone, made before it and removed after it. */
  readonly folder: string;
  /** Between the web process and its database. */
  readonly wire: Wire;
  /** Somebody else listens there. */
  readonly takenPort: number;
  /** Nobody listens there, by turns. */
  readonly freePorts: readonly [number, number, number];
}
/** One bad input: how it is given, and what has to be said. */
export interface Row {
  /** In the table. */
  readonly what: string;
  readonly lay?: (ground: Ground) => Promise<void> | void;
  /** Takes back what `lay` did outside the row's folder. */
  readonly undo?: (ground: Ground) => Promise<void> | void;
  readonly argv: (ground: Ground) => readonly string[];
  readonly elsewhere?: (ground: Ground) => Elsewhere;
  /** The same by REST; null = there is no such operation, or it is refused later: see `refused`. */
  readonly rest: ((ground: Ground) => { readonly operation: string; readonly call: Call }) | null;
  readonly exit: 2 | 3;
  readonly status?: number;
  readonly code: string;
  /** More exact than the code. */
  readonly problem: string | null;
  readonly field: string | null;
  /** In REST, where it is called otherwise. */
  readonly restField?: string;
  /** An import: REST takes it, and its release is refused with `problem`. `once` = too large to be brought three times. */
  readonly refused?: 'each way' | 'once';
  /** Seconds and MiB the refusal may take. */
  readonly most?: { readonly seconds: number; readonly mebibytes: number };
}
