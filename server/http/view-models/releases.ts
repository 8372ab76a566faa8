import type { ReleaseState } from '../../domain/release';
import type { Verdict } from '../state-looks';
import type { DesaRef, FormState, LiveSource, Reason } from './common';

export interface ReleaseView {
  readonly id: string;
  readonly app: string;
  readonly label: string;
  /** null while it is not read yet. */
  readonly version: string | null;
  readonly channel: 'umum' | 'premium' | null;
  readonly phpLine: string | null;
  readonly schemaVersion: string | null;
  readonly bytes: number | null;
  readonly files: number | null;
  readonly state: ReleaseState;
  /** Step that was running when it was refused. */
  readonly stoppedAt: ReleaseState | null;
  readonly done: number | null;
  readonly total: number | null;
  readonly perSecond: number | null;
  readonly reason: Reason | null;
  readonly source: string;
  readonly tag: string | null;
  readonly requestedBy: string;
  readonly readyAt: string | null;
  readonly createdAt: string;
  readonly usedBy: number;
  readonly verdict: Verdict;
  readonly newest: boolean;
  readonly live: LiveSource | null;
}
export interface ReleaseListModel {
  readonly importing: readonly ReleaseView[];
  readonly apps: readonly { readonly app: string; readonly label: string; readonly releases: readonly ReleaseView[] }[];
  readonly refused: readonly ReleaseView[];
  readonly choices: readonly { readonly app: string; readonly label: string }[];
  /** Whole disk use of releases, bytes. */
  readonly bytes: number;
  /** Fields: app, sumber (repositori|berkas|unggah), lokasi, tag, kanal, berkas (file), token. */
  readonly form: FormState;
  readonly open: boolean;
  readonly canAct: boolean;
}
export interface ReleaseModel extends ReleaseView {
  readonly checksum: string | null;
  readonly notes: string | null;
  readonly lint: readonly { readonly path: string; readonly line: number; readonly message: string }[];
  readonly users: readonly DesaRef[];
  readonly canAct: boolean;
}
