import type { Logger } from '../logger';
import type { Coordinator } from '../rollouts/coordinator';
import type { Engine } from '../rollouts/engine';
import type { Transactor } from '../stores';
import type { Doorbell } from './doorbell';

const SWEEP_MS = 3000;
const DUE_LIMIT = 60;

/**
 * Brings due work to the engine: by the doorbell at once, by a sweep every 3 s and at boot in any case. One id is worked
 * on at most once in this process; across processes the lease decides.
 */
export class Dispatcher {
  private readonly deps: {
    readonly engine: Engine;
    readonly coordinator: Coordinator;
    readonly transact: Transactor;
    readonly lockPrefix: string;
    /** Desa that may be changed at once. */
    readonly slots: number;
    readonly logger: Logger;
    readonly doorbell: () => Doorbell | null;
  };
  private readonly inflight = new Map<string, Promise<void>>();
  private readonly ticking = new Map<string, Promise<void>>();
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(deps: Dispatcher['deps']) {
    this.deps = deps;
  }

  start(): void {
    const sweep = (): void => {
      void this.sweep().finally(() => {
        if (!this.stopped) this.timer = setTimeout(sweep, SWEEP_MS);
      });
    };
    sweep();
  }

  async work(id: string): Promise<void> {
    const running = this.inflight.get(id);
    if (running !== undefined || this.stopped) return running;
    const mine = this.deps.engine
      .work(id)
      .catch((error: unknown) =>
        this.deps.logger.error({ err: error, deployment: id }, 'deployment could not be worked on; it is tried again'),
      )
      .finally(() => this.inflight.delete(id));
    this.inflight.set(id, mine);
    return mine;
  }

  /** Something ended or became free: let its rollout decide, then look for due work. */
  ring(rolloutId: string | null): void {
    if (this.stopped) return;
    void (rolloutId === null ? Promise.resolve() : this.tick(rolloutId))
      .then(() => this.lookForWork())
      .catch((error: unknown) => this.deps.logger.warn({ err: error }, 'ring'));
  }

  private async tick(rolloutId: string): Promise<void> {
    const before = this.ticking.get(rolloutId) ?? Promise.resolve();
    const mine = before.then(async () => {
      while (!this.stopped && (await this.deps.coordinator.tick(rolloutId)));
    });
    const settled = mine.catch((error: unknown) =>
      this.deps.logger.error({ err: error, rollout: rolloutId }, 'rollout could not be decided; it is tried again'),
    );
    this.ticking.set(rolloutId, settled);
    await settled;
    if (this.ticking.get(rolloutId) === settled) this.ticking.delete(rolloutId);
  }

  private async lookForWork(): Promise<void> {
    const { lockPrefix, slots } = this.deps;
    const due = await this.deps.transact.read.deployments.due(lockPrefix, DUE_LIMIT, slots);
    this.deps.doorbell()?.ring(due);
    for (const id of due) void this.work(id);
  }

  async sweep(): Promise<void> {
    try {
      for (const rollout of await this.deps.transact.read.rollouts.active()) await this.tick(rollout.id);
      await this.lookForWork();
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'sweep failed; next one in 3 s');
    }
  }

  /** Lets running steps notice the shutdown and give their leases back; bounded by the caller. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await Promise.allSettled([...this.inflight.values(), ...this.ticking.values()]);
  }
}
