import type { Deployment } from '../domain/deployment';
import type { Stores, Transactor } from '../stores';

const LANE_WAIT_MS = 30_000;
const laneOf = (databaseId: string): string => `lane:${databaseId}`;

const databaseOf = async (stores: Stores, deployment: Deployment): Promise<string | null> =>
  deployment.subjectKind === 'database'
    ? deployment.subjectId
    : ((await stores.instances.find(deployment.subjectId))?.databaseId ?? null);

/**
 * The schema lane of a database: one deployment at a time, the others sleep in their rows and are woken one by one. Waking
 * happens after the commit that freed the lane, and a sleeper looks once more after its own: so no wake-up is lost.
 */
export class SchemaLane {
  private readonly transact: Transactor;
  constructor(transact: Transactor) {
    this.transact = transact;
  }

  /** Null = taken; otherwise the database whose lane is busy, and the deployment sleeps when this commits. */
  async take(stores: Stores, deployment: Deployment): Promise<string | null> {
    const databaseId = await databaseOf(stores, deployment);
    if (databaseId === null || (await stores.databases.takeLane(databaseId, deployment.id))) return null;
    await stores.deployments.sleep(deployment.id, LANE_WAIT_MS, {
      state: 'waiting',
      waiting_for: laneOf(databaseId),
    });
    return databaseId;
  }

  /** After the commit of a sleep. */
  async lookAgain(databaseId: string): Promise<boolean> {
    const { laneHolder } = (await this.transact.read.databases.find(databaseId)) ?? { laneHolder: null };
    if (laneHolder === null) await this.wakeNext([databaseId]);
    return laneHolder === null;
  }

  /** After the commit that freed them. */
  async wakeNext(databaseIds: readonly string[]): Promise<void> {
    for (const id of databaseIds) await this.transact.read.deployments.wake(laneOf(id), 1);
  }
}
