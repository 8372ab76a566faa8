import type { Actor } from '../domain/actor';
import { TERMINAL } from '../domain/actor';
import type { Reason } from '../domain/deployment';
import type { Config } from '../config';
import type { OperationDeps } from '../services/operations/operation';
import type { SetupService } from '../services/setup-service';
import type { StreamEvent } from '../stores/event-store';
import type { Messages } from '../texts';
import type { TestRun } from './test-run';

/** The services a command may call; opened on demand, closed by the command line. */
export interface Session extends OperationDeps {
  readonly config: Config;
  readonly setup: SetupService;
  readonly events: (stream: string, after: number) => Promise<readonly StreamEvent[]>;
}
export interface PartDocument {
  readonly name: string;
  readonly state: string;
  readonly pid: number | null;
  readonly container: string | null;
  readonly since: string | null;
}
export interface StatusDocument {
  readonly installation: {
    readonly name: string;
    readonly id: string;
    readonly home: string;
    readonly version: string;
  };
  readonly urls: { readonly dashboard: string; readonly loginLink: string | null };
  readonly parts: readonly PartDocument[];
}
export interface Finding {
  readonly code: string;
  readonly ok: boolean;
  readonly params: Readonly<Record<string, string | number | boolean | null>>;
}
/** An installation that was brought up, and how long its images took (seconds; next to none when they were there). */
export interface Started {
  readonly config: Config;
  readonly imageSeconds: number;
}
/** What stands outside the services: processes, containers, files. Filled by the composition root. */
export interface Machine {
  up(preset: 'production' | 'demo', progress: (line: string) => void): Promise<Started>;
  down(what: 'parts' | 'all'): Promise<void>;
  destroy(): Promise<void>;
  status(): Promise<StatusDocument>;
  doctor(): Promise<readonly Finding[]>;
  partLog(part: string, follow: 'follow' | 'once', print: (line: string) => void, signal: AbortSignal): Promise<void>;
  containerLog(
    container: string,
    follow: 'follow' | 'once',
    print: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  databaseShell(sql: string | null): Promise<number>;
  databaseDump(
    file: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly sha256: string; readonly tables: number }>;
  testRun(): TestRun;
  readonly samples: string;
}
export interface Cli {
  readonly machine: Machine;
  readonly installation: () => Config;
  /** Opens the services of an installation that runs; throws database_down when its database does not answer. */
  readonly open: <T>(work: (session: Session) => Promise<T>) => Promise<T>;
  readonly out: Output;
  readonly actor: Actor;
}
export interface Output {
  readonly json: boolean;
  readonly yes: boolean;
  /** Result for people; nothing with --json. */
  line(text: string): void;
  /** The one JSON document; nothing without --json. */
  document(value: unknown): void;
  /** Text as it is, whatever else was asked for: CSV. */
  text(text: string): void;
  /** Progress and warnings, to stderr. */
  progress(text: string): void;
  /** Of the terminal's language. */
  readonly words: Messages;
  /** What happened, in the terminal's language. */
  reason(reason: Reason): string;
  /** What to do next. */
  remedy(reason: Reason): string;
}
export { TERMINAL };
