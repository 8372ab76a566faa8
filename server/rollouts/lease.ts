import type { Lease } from '../domain/deployment';
import type { Transactor } from '../stores';

export const LEASE_SECONDS = 20;
const BEAT_MS = 4000;

/** Keeps a lease alive and turns its loss or a person's cancel into an abort. */
export class LeaseKeeper {
  readonly lost = new AbortController();
  readonly cancelled = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(transact: Transactor, lease: Lease) {
    this.timer = setInterval(() => {
      transact.read.deployments.extend(lease, LEASE_SECONDS).then(
        ({ ours, cancelRequested }) => {
          if (!ours) this.lost.abort();
          if (cancelRequested) this.cancelled.abort();
        },
        // The database is away: the lease ends by itself, the guarded update decides later.
        () => undefined,
      );
    }, BEAT_MS);
    this.timer.unref();
  }
  stop(): void {
    clearInterval(this.timer);
  }
}
