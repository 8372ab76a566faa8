import type { Reason } from './deployment';

/**
 * dump          of the shared database `subject`, now
 * check_dump    reads the file of dump `subject` again
 * check_archive reads every file of archive `subject` again
 * remove_dump   takes file and row of dump `subject` away
 */
export const CHORE_KINDS = ['dump', 'check_dump', 'check_archive', 'remove_dump'] as const;
export type ChoreKind = (typeof CHORE_KINDS)[number];
export type ChoreState = 'waiting' | 'running' | 'done' | 'failed';

/** Small work a person asked the worker for. Every kind may be begun again after a crash. */
export interface Chore {
  readonly id: string;
  readonly kind: ChoreKind;
  readonly subject: string;
  readonly state: ChoreState;
  readonly requestedBy: string;
  readonly reason: Reason | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}
/** How a file was found: as it was written, not there, or other than it was written. */
export type FileFinding = 'sound' | 'missing' | 'changed';
/** As far as anybody knows: what was not looked at since it was verified counts as whole. */
export const isWhole = ({ finding }: { readonly finding: FileFinding | null }): boolean =>
  finding === null || finding === 'sound';
