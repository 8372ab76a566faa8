import type { Knex } from 'knex';
import type { FileFinding } from '../domain/chore';
import { date, dateOrNull, number, text, textOrNull, word, type Row } from './rows';

/** A verified dump of one schema. `path` is absolute. */
export interface Dump {
  readonly id: string;
  readonly schemaName: string;
  readonly deploymentId: string | null;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly tables: number;
  readonly createdAt: Date;
  /** How its file was found at `checkedAt`; null = nobody looked since it was made and verified. */
  readonly finding: FileFinding | null;
  readonly checkedAt: Date | null;
}

export interface DumpChoice {
  readonly schemas: readonly string[];
  readonly among: 'these' | 'others';
}

const fromRow = (row: Row): Dump => ({
  id: text(row, 'id'),
  schemaName: text(row, 'schema_name'),
  deploymentId: textOrNull(row, 'deployment_id'),
  path: text(row, 'path'),
  bytes: number(row, 'bytes'),
  sha256: text(row, 'sha256'),
  tables: number(row, 'tables'),
  createdAt: date(row, 'created_at'),
  finding: textOrNull(row, 'finding') === null ? null : word<FileFinding>(row, 'finding'),
  checkedAt: dateOrNull(row, 'checked_at'),
});

export class DumpStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(fresh: Omit<Dump, 'createdAt' | 'finding' | 'checkedAt'>): Promise<void> {
    await this.db('dumps').insert({
      id: fresh.id,
      schema_name: fresh.schemaName,
      deployment_id: fresh.deploymentId,
      path: fresh.path,
      bytes: fresh.bytes,
      sha256: fresh.sha256,
      tables: fresh.tables,
    });
  }

  async find(id: string): Promise<Dump | null> {
    const row = (await this.db('dumps').where({ id }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  async ofDeployment(deploymentId: string): Promise<readonly Dump[]> {
    const rows = (await this.db('dumps').where({ deployment_id: deploymentId }).orderBy('id')) as Row[];
    return rows.map(fromRow);
  }

  /** Newest first. */
  async ofSchema(schemaName: string, limit: number): Promise<readonly Dump[]> {
    const rows = (await this.db('dumps')
      .where({ schema_name: schemaName })
      .orderBy('id', 'desc')
      .limit(limit)) as Row[];
    return rows.map(fromRow);
  }

  /** The newest one that was not found damaged or gone. */
  async newestWhole(schemaName: string): Promise<Dump | null> {
    const row = (await this.db('dumps')
      .where({ schema_name: schemaName })
      .andWhere((either) => void either.whereNull('finding').orWhere('finding', 'sound'))
      .orderBy('id', 'desc')
      .first()) as Row | undefined;
    return row === undefined ? null : fromRow(row);
  }

  /** Newest first: of the schemas named, or of all the others. */
  async page(which: DumpChoice, limit: number, offset: number): Promise<readonly Dump[]> {
    const rows = (await this.chosen(which).orderBy('id', 'desc').limit(limit).offset(offset)) as Row[];
    return rows.map(fromRow);
  }

  async sum(which: DumpChoice): Promise<{ readonly count: number; readonly bytes: number }> {
    const row = (await this.chosen(which)
      .select(this.db.raw('COUNT(*) AS count, COALESCE(SUM(bytes), 0) AS bytes'))
      .first()) as Row;
    return { count: number(row, 'count'), bytes: number(row, 'bytes') };
  }

  private chosen({ schemas, among }: DumpChoice): Knex.QueryBuilder {
    const query = this.db('dumps');
    return among === 'these' ? query.whereIn('schema_name', schemas) : query.whereNotIn('schema_name', schemas);
  }

  async setFinding(id: string, finding: FileFinding): Promise<void> {
    await this.db('dumps')
      .where({ id })
      .update({ finding, checked_at: this.db.raw('UTC_TIMESTAMP(3)') });
  }

  async remove(id: string): Promise<void> {
    await this.db('dumps').where({ id }).delete();
  }

  /** Deployment that made a dump → its rollout; those without one are left out. */
  async rolloutsOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = (await this.db('deployments')
      .whereIn('id', [...ids])
      .whereNotNull('rollout_id')
      .select('id', 'rollout_id')) as Row[];
    return new Map(rows.map((row) => [text(row, 'id'), text(row, 'rollout_id')] as const));
  }
}
