import type { Deployment } from '../domain/deployment';
import type { StepArguments, StepKind, StepOutput } from '../domain/step';
import type { NewEvent } from '../stores/event-store';
import type { Stores } from '../stores';

/** What a step may use of its deployment. */
export interface StepContext {
  readonly deployment: Deployment;
  /** Outputs of the steps before, by kind. */
  readonly outputs: Readonly<Partial<Record<StepKind, StepOutput>>>;
  /** Time-out ∪ cancel ∪ lease lost ∪ shutdown. */
  readonly signal: AbortSignal;
  /** How often this step was tried before. */
  readonly attempt: number;
  /** One line for the step's log; redacted before it is kept. */
  readonly log: (line: string) => void;
  /** A transaction for rows the step changes itself; LeaseLost when another worker has taken over. */
  write<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
}

export type StepResult =
  /** `record` runs in the transaction that marks the step as done. */
  | {
      readonly kind: 'done';
      readonly output: StepOutput;
      readonly record?: (stores: Stores) => Promise<readonly NewEvent[] | undefined>;
    }
  /**
   * The lease is given back; the same step runs again after `ms` or when somebody wakes `waitingFor`. `isOver` is asked
   * once more when the sleep is written down: whoever should wake it may have done so just before.
   */
  | {
      readonly kind: 'wait';
      readonly ms: number;
      readonly waitingFor: string;
      readonly isOver?: () => Promise<boolean>;
    };

/** A typed, idempotent act. Running `apply` twice, or twice at once, gives the same world. */
export interface StepHandler<K extends StepKind> {
  /** Milliseconds without an end after which the step is given up. */
  readonly timeoutMs: number;
  /** The output when the world is already so; then nothing is applied. */
  check?(context: StepContext, args: StepArguments[K]): Promise<StepOutput | null>;
  apply(context: StepContext, args: StepArguments[K]): Promise<StepResult>;
  /** Brings back what was there before; idempotent, also after a half-done `apply`. */
  undo?(context: StepContext, args: StepArguments[K]): Promise<void>;
}
export type StepHandlers = { readonly [K in StepKind]: StepHandler<K> };

export const done = (
  output: StepOutput = {},
  record?: (stores: Stores) => Promise<readonly NewEvent[] | undefined>,
): StepResult => (record === undefined ? { kind: 'done', output } : { kind: 'done', output, record });
