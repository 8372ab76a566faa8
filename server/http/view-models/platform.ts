import type { ChoreKind, ChoreState, FileFinding } from '../../domain/chore';
import type { IconName } from '../icons';
import type { Tone } from '../state-looks';
import type { DesaRef, Reason } from './common';

/** One observed fact of a strip; `icon` null = the tick of its tone. */
export interface FactCell {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly tone: Tone;
  readonly icon: IconName;
}
export interface DatabaseCard {
  readonly name: string;
  readonly schemaName: string;
  readonly label: string;
  readonly channel: 'umum' | 'premium';
  readonly desa: number;
  readonly facts: readonly FactCell[];
  readonly connections: { readonly used: number; readonly max: number } | null;
  readonly schemaRelease: string | null;
  readonly late: readonly (DesaRef & { readonly release: string })[];
  readonly laneSince: string | null;
}
export interface DatabaseListModel {
  readonly shared: readonly DatabaseCard[];
  readonly own: readonly {
    readonly label: string;
    readonly schemas: number;
    readonly bytes: number | null;
  }[];
  readonly canDump: boolean;
  readonly canUpdate: boolean;
}

export interface ChoreView {
  readonly id: string;
  readonly kind: ChoreKind;
  readonly state: ChoreState;
  /** Database, schema or desa it is about. */
  readonly about: string;
  readonly by: string;
  readonly at: string;
  readonly endedAt: string | null;
  readonly reason: Reason | null;
}
interface StoredFile {
  readonly id: string;
  readonly createdAt: string;
  readonly bytes: number;
  readonly finding: FileFinding | null;
  readonly checkedAt: string | null;
  /** A check is waiting or running. */
  readonly checking: boolean;
}
export interface DumpRow extends StoredFile {
  readonly schemaName: string;
  readonly file: string;
  readonly tables: number;
  readonly sha256: string;
  /** Rollout it was made for; null = somebody asked for it. */
  readonly rolloutId: string | null;
  readonly removable: boolean;
  readonly removing: boolean;
}
export interface ArchiveRow extends StoredFile {
  readonly desa: DesaRef;
  readonly app: string;
  readonly folder: string;
  readonly files: number;
  readonly rows: number;
}
/** GET /cadangan: jenis (bersama|sendiri), halaman. POST /cadangan/buat: basis_data. */
export interface BackupModel {
  readonly kind: 'bersama' | 'sendiri';
  readonly sums: {
    readonly shared: { readonly count: number; readonly bytes: number };
    readonly own: { readonly count: number; readonly bytes: number };
  };
  readonly dumps: readonly DumpRow[];
  readonly page: number;
  readonly pages: number;
  readonly archives: readonly ArchiveRow[];
  readonly chores: readonly ChoreView[];
  /** Databases a dump can be asked of. */
  readonly databases: readonly string[];
  readonly folders: { readonly dumps: string; readonly archives: string };
  readonly canDump: boolean;
  readonly canAct: boolean;
}
