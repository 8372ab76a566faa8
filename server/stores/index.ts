import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { CertificateFileStore } from './certificate-file-store';
import { CertificateOrderStore } from './certificate-order-store';
import { CertificateStore } from './certificate-store';
import { DatabaseFactsStore } from './database-facts-store';
import { DatabaseStore } from './database-store';
import { DeploymentStore } from './deployment-store';
import { DesaStore } from './desa-store';
import { EventStore } from './event-store';
import { HeartbeatStore } from './heartbeat-store';
import { InstanceStore } from './instance-store';
import { ObservationStore } from './observation-store';
import { platformStores, type PlatformStores } from './platform-stores';
import { ReleaseStore } from './release-store';
import { RolloutStore } from './rollout-store';
import { StepStore } from './step-store';
import { UseStore } from './use-store';
import { WorkerStore } from './worker-store';

/** All stores on one connection or transaction. */
export interface Stores extends PlatformStores {
  readonly certificates: CertificateStore;
  readonly certificateFiles: CertificateFileStore;
  readonly certificateOrders: CertificateOrderStore;
  readonly databaseFacts: DatabaseFactsStore;
  readonly databases: DatabaseStore;
  readonly deployments: DeploymentStore;
  readonly desa: DesaStore;
  readonly events: EventStore;
  readonly heartbeats: HeartbeatStore;
  readonly instances: InstanceStore;
  readonly observations: ObservationStore;
  readonly releases: ReleaseStore;
  readonly rollouts: RolloutStore;
  readonly steps: StepStore;
  readonly uses: UseStore;
  readonly workers: WorkerStore;
  /** For read models only: screens read what they need in one query. */
  readonly knex: Knex;
}

const makeStores = (knex: Knex, touched: Map<string, number>): Stores => ({
  ...platformStores(knex),
  certificates: new CertificateStore(knex),
  certificateFiles: new CertificateFileStore(knex),
  certificateOrders: new CertificateOrderStore(knex),
  databaseFacts: new DatabaseFactsStore(knex),
  databases: new DatabaseStore(knex),
  deployments: new DeploymentStore(knex),
  desa: new DesaStore(knex),
  events: new EventStore(knex, touched),
  heartbeats: new HeartbeatStore(knex),
  instances: new InstanceStore(knex),
  observations: new ObservationStore(knex),
  releases: new ReleaseStore(knex),
  rollouts: new RolloutStore(knex),
  steps: new StepStore(knex),
  uses: new UseStore(knex),
  workers: new WorkerStore(knex),
  knex,
});

/** A transaction is a fresh set of stores; nothing remote happens inside one. */
export interface Transactor {
  run<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
  /** Outside a transaction. */
  readonly read: Stores;
  readonly changes: ChangeCount;
}

/** Grows with every change this process made or heard of. */
export interface ChangeCount {
  count: number;
}

const RETRY_MS = 10;
const DEADLOCK = new Set(['ER_LOCK_DEADLOCK', 'ER_CHECKREAD']);
const isDeadlock = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && DEADLOCK.has(String(error.code));

/** `afterCommit` gets every event stream that grew, with its new last number; it must not throw. */
export const makeTransactor = (
  knex: Knex,
  afterCommit: (touched: ReadonlyMap<string, number>) => void,
): Transactor => ({
  read: makeStores(knex, new Map()),
  changes: { count: 0 },
  async run(work) {
    for (let attempt = 1; ; attempt += 1) {
      const touched = new Map<string, number>();
      try {
        const result = await knex.transaction((trx) => work(makeStores(trx, touched)));
        this.changes.count += 1;
        if (touched.size > 0) afterCommit(touched);
        return result;
      } catch (error) {
        if (!isDeadlock(error) || attempt >= 5) throw error;
        // Who gave way waits a moment, or the same two meet again.
        await sleep(Math.random() * RETRY_MS * 2 ** attempt);
      }
    }
  },
});
