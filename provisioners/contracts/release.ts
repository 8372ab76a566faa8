export type Channel = 'umum' | 'premium';
/** Where the bytes come from: folder, archive or git. `fetch` lays a verified plain tree into `into` (an empty folder). */
export interface ReleaseSource {
  readonly name: 'folder' | 'archive' | 'git';
  accepts(location: string): boolean;
  fetch(
    request: { readonly location: string; readonly tag?: string; readonly credential?: string },
    into: string,
    progress: (done: number, total: number | null) => void,
    signal: AbortSignal,
  ): Promise<{ readonly label: string }>;
}
/** What an app learns from a tree on disk. Paths in `root`. Throws ProvisionError('invalid') with details.reason when it is not a release of this app. */
export interface ReleaseFacts {
  readonly version: string; // "2410.0.0"
  readonly schemaVersion: string | null; // opensid: VERSI_DATABASE
  readonly phpConstraint: string | null; // composer.json require.php
  readonly channel: Channel;
  readonly notes: string | null;
}
