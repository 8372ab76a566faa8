import type { Knex } from 'knex';
import type { Channel, PhpLine } from '../../provisioners/contracts';
import type { Release, ReleaseState } from '../domain/release';
import { date, dateOrNull, jsonOrNull, numberOrNull, reasonOf, text, textOrNull, toJson, word, type Row } from './rows';

const fromRow = (row: Row): Release => ({
  id: text(row, 'id'),
  app: text(row, 'app'),
  version: text(row, 'version'),
  channel: word<Channel>(row, 'channel'),
  checksum: textOrNull(row, 'checksum'),
  phpLine: textOrNull(row, 'php_line') as PhpLine | null,
  schemaVersion: textOrNull(row, 'schema_version'),
  state: word<ReleaseState>(row, 'state'),
  stageDone: numberOrNull(row, 'stage_done'),
  stageTotal: numberOrNull(row, 'stage_total'),
  reason: reasonOf(row),
  source: text(row, 'source'),
  tag: textOrNull(row, 'tag'),
  treePath: textOrNull(row, 'tree_path'),
  image: textOrNull(row, 'image'),
  imageId: textOrNull(row, 'image_id'),
  bytes: numberOrNull(row, 'bytes'),
  files: numberOrNull(row, 'files'),
  lint: jsonOrNull<Release['lint']>(row, 'lint') ?? [],
  notes: textOrNull(row, 'notes'),
  requestedBy: text(row, 'requested_by'),
  readyAt: dateOrNull(row, 'ready_at'),
  createdAt: date(row, 'created_at'),
});
const COLUMNS = {
  version: 'version',
  channel: 'channel',
  checksum: 'checksum',
  phpLine: 'php_line',
  schemaVersion: 'schema_version',
  state: 'state',
  stageDone: 'stage_done',
  stageTotal: 'stage_total',
  treePath: 'tree_path',
  image: 'image',
  imageId: 'image_id',
  bytes: 'bytes',
  files: 'files',
  notes: 'notes',
  readyAt: 'ready_at',
} as const;
export type ReleaseChange = Partial<Pick<Release, keyof typeof COLUMNS | 'reason' | 'lint'>>;

export class ReleaseStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(
    fresh: Pick<Release, 'id' | 'app' | 'version' | 'channel' | 'source' | 'tag' | 'requestedBy'>,
  ): Promise<void> {
    await this.db('releases').insert({
      id: fresh.id,
      app: fresh.app,
      version: fresh.version,
      channel: fresh.channel,
      source: fresh.source,
      tag: fresh.tag,
      requested_by: fresh.requestedBy,
      state: 'fetching',
    });
  }
  async find(id: string): Promise<Release | null> {
    const row = (await this.db('releases').where({ id }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }
  async findReady(app: string, version: string, channel: Channel): Promise<Release | null> {
    const row = (await this.db('releases').where({ app, version, channel, state: 'ready' }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }
  async list(): Promise<readonly Release[]> {
    const rows = (await this.db('releases').orderBy('id', 'desc')) as Row[];
    return rows.map(fromRow);
  }
  /** Imports that a dead process left in the middle. */
  async unfinished(): Promise<readonly Release[]> {
    const rows = (await this.db('releases').whereNotIn('state', ['ready', 'refused']).orderBy('id')) as Row[];
    return rows.map(fromRow);
  }
  async update(id: string, change: ReleaseChange): Promise<void> {
    const { reason, lint, ...plain } = change;
    const values: Record<string, unknown> = Object.fromEntries(
      Object.entries(plain).map(([key, value]) => [COLUMNS[key as keyof typeof COLUMNS], value] as const),
    );
    if (reason !== undefined)
      Object.assign(values, { reason_code: reason?.code ?? null, reason: toJson(reason?.params) });
    if (lint !== undefined) values['lint'] = toJson(lint);
    if (Object.keys(values).length > 0) await this.db('releases').where({ id }).update(values);
  }
  async remove(id: string): Promise<void> {
    await this.db('releases').where({ id }).delete();
  }
}
