/** One field of a request; `kind` as a short word, e.g. `integer 1…1000`. */
export interface ApiField {
  readonly name: string;
  readonly place: 'path' | 'query' | 'header' | 'body';
  readonly kind: string;
  readonly required: 'yes' | 'no';
}
export interface ApiOperation {
  readonly name: string;
  readonly method: string;
  /** With /api/v1 in front. */
  readonly path: string;
  readonly summary: string;
  readonly commands: readonly string[];
  readonly fields: readonly ApiField[];
  /** A call that a terminal can take over; long lines are wrapped by the page. */
  readonly example: string;
  readonly status: string;
  /** The answer in outline, one field a line. */
  readonly answer: string;
  readonly by: 'anyone' | 'session';
}
export type ApiGroup =
  | 'desa'
  | 'message'
  | 'token'
  | 'release'
  | 'rollout'
  | 'wilayah'
  | 'settings'
  | 'server'
  | 'database'
  | 'backup'
  | 'certificate'
  | 'account'
  | 'audit';
export interface ApiReaderModel {
  readonly groups: readonly { readonly group: ApiGroup; readonly operations: readonly ApiOperation[] }[];
}
