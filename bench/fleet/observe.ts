import { setTimeout as sleep } from 'node:timers/promises';
import { ulid } from 'ulid';
import type { Transactor } from '../../server/stores';

const ROUND_MS = 30_000;
const BATCH = 200;

/**
 * Stands for the worker between two changes: every half minute it looks at all instances that can be measured, in batches, and beats.
 * What it sees is what is there, so that only the ages change.
 */
export const keepFresh = (transact: Transactor, worker: 'worker_here' | 'worker_away'): { stop(): Promise<void> } => {
  let over = false;
  const workerId = ulid();
  const started = new Date();
  const { knex } = transact.read;
  const round = async (): Promise<void> => {
    const ids = await knex('instances')
      .whereRaw('observed_at > UTC_TIMESTAMP(3) - INTERVAL 20 MINUTE')
      .pluck<string[]>('id');
    for (let start = 0; start < ids.length && !over; start += BATCH) {
      await knex('instances')
        .whereIn('id', ids.slice(start, start + BATCH))
        .update({ observed_at: knex.raw('UTC_TIMESTAMP(3)') });
      await sleep(500);
    }
  };
  const run = async (): Promise<void> => {
    while (!over) {
      const began = Date.now();
      await round();
      while (!over && Date.now() - began < ROUND_MS) {
        if (worker === 'worker_here') await transact.read.workers.beat(workerId, process.pid, started);
        await sleep(1000);
      }
    }
  };
  const running = run();
  return {
    async stop() {
      over = true;
      await running;
    },
  };
};
