import type { ServerState } from '../../domain/server';
import type { ConfirmModel, FormState, MenuKey } from './common';

/** A machine; `unchecked` = nobody looked at it yet, whatever its row says. */
export interface ServerRow {
  readonly name: string;
  /** user@host:port; null = the machine of this installation. */
  readonly address: string | null;
  readonly state: ServerState | 'unchecked';
  readonly desa: number;
  readonly containers: number;
  readonly engine: string | null;
  readonly cores: number | null;
  readonly memoryBytes: number | null;
  readonly diskFreeBytes: number | null;
  readonly errors: number;
  readonly warnings: number;
  readonly checkedAt: string | null;
}
export interface ServerListModel {
  readonly rows: readonly ServerRow[];
  readonly canAct: boolean;
}
export interface Meter {
  readonly label: string;
  readonly share: number;
  readonly value: string;
}
/** POST /server/:name/periksa: masuk (kunci|sandi), kunci, sandi; nothing for the local machine. */
export interface ServerModel extends ServerRow {
  readonly hostKey: string | null;
  /** Measured while the page was drawn; empty for other machines. */
  readonly meters: readonly Meter[];
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly findings: readonly {
    readonly severity: 'error' | 'warning';
    readonly what: string;
    readonly remedy: string;
  }[];
  readonly form: FormState;
  readonly canAct: boolean;
}
/** POST /server/baru: nama, host, porta, pengguna; then POST /server: the same, kunci_host, masuk, kunci, sandi. */
export interface EnrolModel {
  readonly step: 'address' | 'key';
  /** What the machine shows, preferred first; empty in the first step. */
  readonly hostKeys: readonly { readonly type: string; readonly fingerprint: string }[];
  readonly form: FormState;
}
/** A question before an act, on a page of its own. */
export interface ConfirmPageModel {
  readonly confirm: ConfirmModel;
  readonly active: MenuKey;
  readonly crumbs: readonly { readonly label: string; readonly href: string }[];
}
