import type { Channel, PhpLine } from '../../provisioners/contracts';
import type { Reason } from './deployment';

/** fetching → verifying → storing → building → ready → removing; any before ready → refused. */
export type ReleaseState = 'fetching' | 'verifying' | 'storing' | 'building' | 'ready' | 'refused' | 'removing';
export interface Release {
  readonly id: string;
  readonly app: string;
  readonly version: string;
  readonly channel: Channel;
  readonly checksum: string | null;
  readonly phpLine: PhpLine | null;
  readonly schemaVersion: string | null;
  readonly state: ReleaseState;
  readonly stageDone: number | null;
  readonly stageTotal: number | null;
  readonly reason: Reason | null;
  readonly source: string;
  readonly tag: string | null;
  readonly treePath: string | null;
  readonly image: string | null;
  readonly imageId: string | null;
  readonly bytes: number | null;
  readonly files: number | null;
  readonly lint: readonly { readonly path: string; readonly line: number; readonly message: string }[];
  readonly notes: string | null;
  readonly requestedBy: string;
  readonly readyAt: Date | null;
  readonly createdAt: Date;
}

/** Compares versions number by number: 2410.0.0 > 2409.1.0; a missing part counts as 0. */
export const compareVersions = (left: string, right: string): number => {
  const parts = (version: string): number[] =>
    version
      .replace(/^v/, '')
      .split('.')
      .map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [parts(left), parts(right)];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};
