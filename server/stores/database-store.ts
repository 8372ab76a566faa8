import type { Knex } from 'knex';
import type { Channel } from '../../provisioners/contracts';
import { dateOrNull, text, textOrNull, word, type Row } from './rows';

/** One shared schema with its channel and the release whose structure it has. */
export interface SharedDatabase {
  readonly id: string;
  readonly name: string;
  readonly schemaName: string;
  readonly app: string;
  readonly channel: Channel;
  readonly schemaReleaseId: string | null;
  readonly fingerprint: string | null;
  /** Encrypted. */
  readonly ownerPassword: string | null;
  readonly templateAppKey: string | null;
  readonly laneHolder: string | null;
  readonly laneSince: Date | null;
}
const fromRow = (row: Row): SharedDatabase => ({
  id: text(row, 'id'),
  name: text(row, 'name'),
  schemaName: text(row, 'schema_name'),
  app: text(row, 'app'),
  channel: word<Channel>(row, 'channel'),
  schemaReleaseId: textOrNull(row, 'schema_release_id'),
  fingerprint: textOrNull(row, 'fingerprint'),
  ownerPassword: textOrNull(row, 'owner_password'),
  templateAppKey: textOrNull(row, 'template_app_key'),
  laneHolder: textOrNull(row, 'lane_holder'),
  laneSince: dateOrNull(row, 'lane_since'),
});

export class DatabaseStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async ensure(
    fresh: Pick<SharedDatabase, 'id' | 'name' | 'schemaName' | 'app' | 'channel' | 'ownerPassword'>,
  ): Promise<SharedDatabase> {
    await this.db('databases')
      .insert({
        id: fresh.id,
        name: fresh.name,
        schema_name: fresh.schemaName,
        app: fresh.app,
        channel: fresh.channel,
        owner_password: fresh.ownerPassword,
      })
      .onConflict('name')
      .ignore();
    const row = (await this.db('databases').where({ name: fresh.name }).first()) as Row;
    return fromRow(row);
  }
  async find(id: string): Promise<SharedDatabase | null> {
    const row = (await this.db('databases').where({ id }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }
  async list(): Promise<readonly SharedDatabase[]> {
    const rows = (await this.db('databases').orderBy('name')) as Row[];
    return rows.map(fromRow);
  }
  async update(
    id: string,
    change: { readonly schemaReleaseId?: string; readonly fingerprint?: string; readonly templateAppKey?: string },
  ): Promise<void> {
    await this.db('databases')
      .where({ id })
      .update({
        ...(change.schemaReleaseId === undefined ? {} : { schema_release_id: change.schemaReleaseId }),
        ...(change.fingerprint === undefined ? {} : { fingerprint: change.fingerprint }),
        ...(change.templateAppKey === undefined ? {} : { template_app_key: change.templateAppKey }),
      });
  }

  /**
   * The schema lane: at most one deployment per database changes its structure or adds a tenant. Taken when free, ours
   * already, or when its holder is no longer active. Guarded by one update, so two can never both see true.
   */
  async takeLane(id: string, deploymentId: string): Promise<boolean> {
    const count = await this.db('databases')
      .where({ id })
      .andWhereRaw(
        `(lane_holder IS NULL OR lane_holder = ? OR NOT EXISTS (SELECT 1 FROM deployments WHERE deployments.id = \`databases\`.lane_holder AND deployments.state IN ('queued','running','waiting','soaking','undoing')))`,
        [deploymentId],
      )
      .update({ lane_holder: deploymentId, lane_since: this.db.raw('UTC_TIMESTAMP(3)') });
    if (count === 1) return true;
    const row = (await this.db('databases').where({ id }).first('lane_holder')) as Row | undefined;
    return row !== undefined && textOrNull(row, 'lane_holder') === deploymentId;
  }
  /** The databases whose lane became free. */
  async releaseLane(deploymentId: string): Promise<readonly string[]> {
    const rows = (await this.db('databases').where({ lane_holder: deploymentId }).select('id')) as Row[];
    if (rows.length > 0)
      await this.db('databases').where({ lane_holder: deploymentId }).update({ lane_holder: null, lane_since: null });
    return rows.map((row) => text(row, 'id'));
  }
}
