import type { Reason } from './deployment';

type NoArguments = Readonly<Record<string, never>>;
/**
 * Arguments of every step, frozen in the plan. One map gives the union and forces a handler for each kind.
 * A changed shape gets a new PLAN_VERSION; plans of another version are stopped with a sentence.
 */
export interface StepArguments {
  ensure_image: { readonly releaseId: string };
  ensure_network: NoArguments;
  ensure_storage: NoArguments;
  ensure_tenant_user: NoArguments;
  ensure_own_schema: { readonly releaseId: string };
  provision_tenant: { readonly releaseId: string };
  await_follow_up: NoArguments;
  tenant_defaults: NoArguments;
  put_files: { readonly releaseId: string; readonly slot: Slot; readonly host: string };
  hold_traffic: NoArguments;
  dump_own: NoArguments;
  migrate_own: { readonly releaseId: string };
  start_release: { readonly releaseId: string; readonly slot: Slot };
  await_healthy: { readonly releaseId: string; readonly slot: Slot; readonly host: string };
  switch_traffic: { readonly releaseId: string; readonly slot: Slot; readonly host: string };
  verify_public: { readonly releaseId: string };
  soak: { readonly releaseId: string; readonly seconds: number };
  retire_release: NoArguments;
  close_route: { readonly mode: 'closed' | 'none' };
  stop_instance: NoArguments;
  start_instance: NoArguments;
  open_route: NoArguments;
  archive_instance: NoArguments;
  remove_containers: NoArguments;
  remove_tenant: NoArguments;
  remove_own_schema: NoArguments;
  remove_storage: NoArguments;
  prepare_schema: { readonly releaseId: string };
  dump_schema: NoArguments;
  migrate_schema: { readonly releaseId: string };
  follow_up_schema: { readonly releaseId: string };
}
export type Slot = 'a' | 'b';
export type StepKind = keyof StepArguments;
export type PlannedStep = { [K in StepKind]: { readonly kind: K; readonly args: StepArguments[K] } }[StepKind];

export const PLAN_VERSION = 1;

/** pending → running → done | skipped (the world was already so) | failed; done → undone. */
export type StepState = 'pending' | 'running' | 'done' | 'skipped' | 'failed' | 'undone';
export type StepOutput = Readonly<Record<string, string | number | boolean | null>>;

export interface StepRow {
  readonly position: number;
  readonly kind: StepKind;
  readonly state: StepState;
  readonly attempt: number;
  readonly output: StepOutput | null;
  readonly reason: Reason | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** Types one planned step: the arguments must fit the kind. */
export const step = <K extends StepKind>(kind: K, args: StepArguments[K]): PlannedStep =>
  ({ kind, args }) as PlannedStep;

/**
 * From these on there is no way back: what an undo would return to is being taken away. They are tried until they
 * succeed, a cancel comes too late, and a final failure leaves everything as it is.
 */
export const FORWARD_ONLY: ReadonlySet<StepKind> = new Set([
  'retire_release',
  'remove_containers',
  'remove_tenant',
  'remove_own_schema',
  'remove_storage',
]);

/** Steps that change the structure of a shared schema or add a tenant to it: one at a time per database. */
export const LANE_STEPS: ReadonlySet<StepKind> = new Set([
  'provision_tenant',
  'remove_tenant',
  'prepare_schema',
  'migrate_schema',
  'follow_up_schema',
  'dump_schema',
]);
