import { LABEL } from '../../provisioners/contracts';
import { sampleEvery, type UseSample } from '../domain/instance-use';
import type { Logger } from '../logger';
import type { World } from '../steps/world';
import { weighSome } from './meter-disk';

const TURN_MS = 60_000;
const SIZE_EVERY_MS = 60 * 60_000;

/**
 * Asks engine and database server, at a low cadence, for what screens show: use of every serving container each minute
 * to each ten (by their number), the weight of its volumes once a day, connections each minute and sizes hourly. Web reads the rows only.
 */
export class Meter {
  private readonly world: World;
  private readonly logger: Logger;
  private readonly shutdown: AbortSignal;
  constructor(world: World, logger: Logger, shutdown: AbortSignal) {
    this.world = world;
    this.logger = logger;
    this.shutdown = shutdown;
  }

  /** Goes on until the shutdown. */
  start(): void {
    const next = (): void => {
      if (this.shutdown.aborted) return;
      void this.turn().finally(() => setTimeout(next, TURN_MS).unref());
    };
    next();
  }

  /** Whatever is due. One part that fails leaves the others and is tried again in a minute. */
  async turn(): Promise<void> {
    await this.attempt('databases', () => this.databases());
    if (!(await this.isSampleDue().catch(() => false))) return;
    await this.attempt('containers', () => this.containers());
    await this.attempt('volumes', () => weighSome(this.world, this.shutdown));
  }

  /** By the rows, not by our clock: another worker may have done it. */
  private async isSampleDue(): Promise<boolean> {
    const { uses } = this.world.transact.read;
    const [last, serving] = await Promise.all([uses.lastSampledAt(), uses.serving()]);
    return last === null || Date.now() - last.getTime() >= (sampleEvery(serving) - 5) * 1000;
  }

  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    if (this.shutdown.aborted) return;
    await work().catch((error: unknown) => this.logger.warn({ err: error, what }, 'could not be measured this time'));
  }

  /** One sample of every container that serves an instance. */
  async containers(): Promise<void> {
    const { read } = this.world.transact;
    const used = await this.world.session.usage({ [LABEL.role]: 'village' });
    const serving = new Map((await read.instances.all()).map((one) => [one.id, one.container] as const));
    const samples = used.flatMap((one): UseSample[] => {
      const instanceId = one.labels[LABEL.instance] ?? '';
      if (serving.get(instanceId) !== one.name) return [];
      return [
        {
          instanceId,
          container: one.name,
          madeAt: new Date(one.madeAt),
          startedAt: one.startedAt === null ? null : new Date(one.startedAt),
          restarts: one.restarts,
          memoryBytes: one.memoryBytes,
          memoryLimitBytes: one.memoryLimitBytes,
          cpuSeconds: one.cpuSeconds,
          at: new Date(one.at),
        },
      ];
    });
    await read.uses.record(samples);
    await read.uses.forgetGone();
  }

  /** Version and connections of the server of each shared schema; its size when the known one is old. */
  async databases(): Promise<void> {
    const { read } = this.world.transact;
    const server = this.world.databaseServer;
    const known = await read.databaseFacts.all();
    const [version, connections] = await Promise.all([server.version(), server.connections()]);
    for (const { id, schemaName } of await read.databases.list()) {
      const sizedAt = known.get(id)?.sizedAt?.getTime() ?? 0;
      const there = Date.now() - sizedAt > SIZE_EVERY_MS && (await server.schemaExists(schemaName));
      const bytes = there ? await server.sizeBytes(schemaName) : null;
      await read.databaseFacts.record({ databaseId: id, version, bytes, connections, sampledAt: new Date() });
    }
  }
}
