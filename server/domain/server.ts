export type ServerState = 'ready' | 'unfit' | 'unreachable';
export type FactValue = string | number | boolean | null;
/** One thing a machine lacks. `remedy` is a message key; params fill its sentence. */
export interface Finding {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly params: Readonly<Record<string, FactValue>>;
}
export interface ServerFacts {
  readonly facts: Readonly<Record<string, FactValue>>;
  readonly findings: readonly Finding[];
}
/** A machine with an engine. `local` is the one we run on. */
export interface Server {
  readonly id: string;
  readonly name: string;
  readonly target: string;
  readonly engineUrl: string | null;
  readonly ssh: { readonly host: string; readonly port: number; readonly user: string } | null;
  /** Pinned at the first contact: `SHA256:…`. */
  readonly hostKey: string | null;
  readonly state: ServerState;
  readonly facts: ServerFacts | null;
  readonly parallel: number;
  readonly checkedAt: Date | null;
}
