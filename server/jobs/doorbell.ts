import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../logger';

const QUEUE = 'pekerjaan';
const CONCURRENCY = 400;

/** Says "look at this id". Losing a ring costs at most one sweep; the work itself stands in MariaDB. */
export interface Doorbell {
  ring(ids: readonly string[]): void;
}

/** BullMQ with stable job ids; nothing is kept, because a kept job silently swallows a new one of the same id. */
export const makeDoorbell = (
  connection: Redis,
  prefix: string,
  logger: Logger,
): Doorbell & { close(): Promise<void> } => {
  const queue = new Queue(QUEUE, { connection, prefix });
  queue.on('error', (error) => logger.warn({ err: error }, 'doorbell queue'));
  return {
    ring(ids) {
      if (ids.length === 0 || connection.status !== 'ready') return;
      const jobs = ids.map((id) => ({
        name: 'kerjakan',
        data: { id },
        opts: { jobId: `kerja-${id}`, removeOnComplete: true, removeOnFail: true },
      }));
      queue
        .addBulk(jobs)
        .catch((error: unknown) => logger.warn({ err: error }, 'doorbell did not ring; the sweeper will'));
    },
    close: () => queue.close(),
  };
};

/** Hears the bell; `work` must be safe to call for anything at any time. */
export const listen = (
  connection: Redis,
  prefix: string,
  work: (id: string) => Promise<void>,
  logger: Logger,
): { close(): Promise<void> } => {
  const worker = new Worker<{ id: string }>(QUEUE, async (job) => work(job.data.id), {
    connection,
    prefix,
    concurrency: CONCURRENCY,
    stalledInterval: 30_000,
  });
  worker.on('error', (error) => logger.warn({ err: error }, 'doorbell listener'));
  return { close: () => worker.close(true) };
};
