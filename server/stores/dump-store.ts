import type { Knex } from 'knex';
import { date, number, text, textOrNull, type Row } from './rows';

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
});

export class DumpStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(fresh: Omit<Dump, 'createdAt'>): Promise<void> {
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

  async remove(id: string): Promise<void> {
    await this.db('dumps').where({ id }).delete();
  }
}
