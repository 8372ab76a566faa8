import type { Tone } from '../state-looks';
import type { IconName } from '../icons';

/** One value that an act changed; null = it was or is not there. */
export interface AuditChange {
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
}
export interface AuditRowView {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly icon: IconName;
  readonly tone: Tone;
  /** The act in words, and its code. */
  readonly title: string;
  readonly act: string;
  readonly object: string;
  readonly href: string | null;
  readonly changes: readonly AuditChange[];
}
/** Query string: oleh, tindakan (prefix of the act), objek, dari, sampai (dates), sebelum (id), periksa. */
export interface AuditFilterView {
  readonly by: string;
  readonly act: string;
  readonly object: string;
  readonly since: string;
  readonly until: string;
}
export interface AuditModel {
  readonly rows: readonly AuditRowView[];
  readonly filter: AuditFilterView;
  readonly filtered: boolean;
  readonly groups: readonly { readonly value: string; readonly label: string }[];
  /** Address of the older ones; null = these are the last. */
  readonly older: string | null;
  /** Address of the newest; null = this page shows them. */
  readonly newest: string | null;
  readonly csv: string;
  readonly check: string;
  /** null = not asked. */
  readonly chain:
    | { readonly state: 'intact'; readonly entries: number }
    | { readonly state: 'changed' | 'truncated'; readonly brokenAt: number | null }
    | null;
}
