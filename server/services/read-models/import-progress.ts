import type { Release, ReleaseState } from '../../domain/release';
import type { Stores } from '../../stores';
import { releaseStream } from '../release-service';

/** What the events of an import tell beside its row. */
export interface ImportProgress {
  /** Last number of its stream. */
  readonly seq: number;
  /** Bytes or files a second of the stage that runs; null = not known yet, or no longer true. */
  readonly perSecond: number | null;
  /** Where a refused one stopped. */
  readonly stoppedAt: ReleaseState | null;
}
const STAGES: readonly ReleaseState[] = ['fetching', 'verifying', 'storing', 'building'];
const LOOK_BACK = 6;
/** Progress is told every half second; what is older tells of a stand-still. */
const FRESH_MS = 5000;

const isStage = (value: unknown): value is ReleaseState => STAGES.some((one) => one === value);

const progressOf = async (read: Stores, release: Release, now: Date): Promise<ImportProgress> => {
  const stream = releaseStream(release.id);
  // The number first: what is read after it is at least as new.
  const seq = await read.events.lastSeq(stream);
  const told = (await read.events.latest(stream, LOOK_BACK)).filter((one) => one.type === 'release.state');
  const [newest] = told;
  const speed = newest?.body['perSecond'];
  const fresh =
    newest?.body['state'] === release.state &&
    now.getTime() - newest.at.getTime() < FRESH_MS &&
    typeof speed === 'number';
  const last = told.map((one) => one.body['state']).find(isStage);
  return {
    seq,
    perSecond: fresh && speed > 0 ? speed : null,
    stoppedAt: release.state === 'refused' ? (last ?? null) : null,
  };
};

/** By release id, for those that are being imported and those that were refused. */
export const importProgress = async (
  read: Stores,
  releases: readonly Release[],
  now: Date,
): Promise<ReadonlyMap<string, ImportProgress>> => {
  const told = releases.filter((one) => isStage(one.state) || one.state === 'refused');
  return new Map(await Promise.all(told.map(async (one) => [one.id, await progressOf(read, one, now)] as const)));
};
