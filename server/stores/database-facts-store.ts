import type { Knex } from 'knex';
import { date, dateOrNull, number, numberOrNull, text, type Row } from './rows';

/** What the server of a shared schema last said; sizes in bytes. */
export interface DatabaseFacts {
  readonly databaseId: string;
  readonly version: string;
  readonly bytes: number | null;
  readonly sizedAt: Date | null;
  readonly connections: { readonly used: number; readonly max: number };
  readonly sampledAt: Date;
}

export class DatabaseFactsStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async all(): Promise<ReadonlyMap<string, DatabaseFacts>> {
    const rows = (await this.db('database_facts')) as Row[];
    return new Map(
      rows.map((row) => {
        const databaseId = text(row, 'database_id');
        const facts: DatabaseFacts = {
          databaseId,
          version: text(row, 'version'),
          bytes: numberOrNull(row, 'bytes'),
          sizedAt: dateOrNull(row, 'sized_at'),
          connections: { used: number(row, 'connections_used'), max: number(row, 'connections_max') },
          sampledAt: date(row, 'sampled_at'),
        };
        return [databaseId, facts] as const;
      }),
    );
  }

  /** A size of null keeps the one that is known. */
  async record(facts: Omit<DatabaseFacts, 'sizedAt'>): Promise<void> {
    const { databaseId, version, bytes, connections, sampledAt } = facts;
    await this.db('database_facts')
      .insert({
        database_id: databaseId,
        version,
        connections_used: connections.used,
        connections_max: connections.max,
        sampled_at: sampledAt,
        ...(bytes === null ? {} : { bytes, sized_at: sampledAt }),
      })
      .onConflict('database_id')
      .merge();
  }
}
