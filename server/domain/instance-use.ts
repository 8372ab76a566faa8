/** One sample of the container that serves an instance. `cpuSeconds` counts since its start. */
export interface UseSample {
  readonly instanceId: string;
  readonly container: string;
  readonly madeAt: Date;
  readonly startedAt: Date | null;
  readonly restarts: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly cpuSeconds: number;
  readonly at: Date;
}
/** What is known of an instance's use; the parts of the sample are null before the first one. Sizes in bytes. */
export interface InstanceUse {
  readonly instanceId: string;
  readonly sample: UseSample | null;
  /** Share of one core, in per cent, since the sample before; null = only one so far. */
  readonly cpuPercent: number | null;
  readonly diskBytes: number | null;
  readonly schemaBytes: number | null;
  readonly diskAt: Date | null;
}

const LEAST_SECONDS = 30;

/** Share of one core between two samples of the same run; since its start when there is only one. Null when the time is too short to tell. */
export const cpuPercentOf = (before: UseSample | null, now: UseSample): number | null => {
  const sameRun =
    before !== null &&
    before.container === now.container &&
    before.startedAt?.getTime() === now.startedAt?.getTime() &&
    before.cpuSeconds <= now.cpuSeconds;
  const from = sameRun ? before.at : now.startedAt;
  const used = sameRun ? now.cpuSeconds - before.cpuSeconds : now.cpuSeconds;
  const seconds = from === null ? 0 : (now.at.getTime() - from.getTime()) / 1000;
  return seconds < LEAST_SECONDS ? null : Math.round((used / seconds) * 10_000) / 100;
};

const SLOWEST_SECONDS = 600;
/** Seconds between samples of so many containers: each minute for a few, each ten minutes for thousands. */
export const sampleEvery = (containers: number): number =>
  Math.min(SLOWEST_SECONDS, Math.max(60, Math.round(containers / 4)));
/** What is older than three samples says nothing about now. */

/** The sample a screen may show: of the container that serves now, and not long ago. */
export const shownSample = (use: InstanceUse | undefined, container: string | null, now: Date): UseSample | null => {
  const sample = use?.sample ?? null;
  if (sample === null || sample.container !== container) return null;
  return now.getTime() - sample.at.getTime() > 3 * SLOWEST_SECONDS * 1000 ? null : sample;
};
