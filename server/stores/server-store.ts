import type { Knex } from 'knex';
import type { Server, ServerFacts, ServerState } from '../domain/server';
import { dateOrNull, jsonOrNull, number, text, textOrNull, word, type Row } from './rows';

const fromRow = (row: Row): Server => {
  const host = textOrNull(row, 'ssh_host');
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    target: text(row, 'target'),
    engineUrl: textOrNull(row, 'engine_url'),
    ssh: host === null ? null : { host, port: number(row, 'ssh_port'), user: text(row, 'ssh_user') },
    hostKey: textOrNull(row, 'host_key'),
    state: word(row, 'state'),
    facts: jsonOrNull(row, 'facts'),
    parallel: number(row, 'parallel'),
    checkedAt: dateOrNull(row, 'checked_at'),
  };
};

export class ServerStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async create(fresh: Omit<Server, 'checkedAt'>): Promise<void> {
    await this.db('servers').insert({
      id: fresh.id,
      name: fresh.name,
      target: fresh.target,
      engine_url: fresh.engineUrl,
      ssh_host: fresh.ssh?.host ?? null,
      ssh_port: fresh.ssh?.port ?? null,
      ssh_user: fresh.ssh?.user ?? null,
      host_key: fresh.hostKey,
      state: fresh.state,
      facts: fresh.facts === null ? null : JSON.stringify(fresh.facts),
      parallel: fresh.parallel,
      checked_at: fresh.facts === null ? null : this.db.raw('UTC_TIMESTAMP(3)'),
    });
  }

  async find(id: string): Promise<Server | null> {
    const row = (await this.db('servers').where({ id }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  async findByName(name: string): Promise<Server | null> {
    const row = (await this.db('servers').where({ name }).first()) as Row | undefined;
    return row ? fromRow(row) : null;
  }

  async list(): Promise<readonly Server[]> {
    const rows = (await this.db('servers').orderBy('name')) as Row[];
    return rows.map(fromRow);
  }

  /** `facts` null keeps what was known. */
  async setChecked(id: string, state: ServerState, facts: ServerFacts | null): Promise<void> {
    await this.db('servers')
      .where({ id })
      .update({
        state,
        checked_at: this.db.raw('UTC_TIMESTAMP(3)'),
        ...(facts === null ? {} : { facts: JSON.stringify(facts) }),
      });
  }

  /** Makes the next look due now. */
  async forgetCheck(id: string): Promise<void> {
    await this.db('servers').where({ id }).update({ checked_at: null });
  }

  async setParallel(id: string, parallel: number): Promise<void> {
    await this.db('servers').where({ id }).update({ parallel });
  }

  async remove(id: string): Promise<void> {
    await this.db('servers').where({ id }).delete();
  }
}
