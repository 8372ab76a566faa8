import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatabaseServer } from '../../provisioners/contracts';
import { rowsSql, STRUCTURE } from './database-fixture';

/** A login of its own, as a container would have. */
export interface Login {
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}
export interface DatabaseUnderTest {
  /** Knows the password of `OWNER`. */
  readonly server: DatabaseServer;
  login(user: string, password: string, schema: string): Promise<Login>;
  /** One statement of the administrator. */
  admin(sql: string): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export const OWNER = { name: 'opensid_pemilik', password: 'p\'\\"pemilik' } as const;
export const never = new AbortController().signal;

/** The code and details of what an act throws; {} when it does not throw. */
export const failureOf = async (act: Promise<unknown>): Promise<Readonly<Record<string, unknown>>> => {
  try {
    await act;
    return {};
  } catch (error) {
    if (error instanceof Error && 'details' in error && 'code' in error)
      return { ...(error.details as object), code: error.code };
    throw error;
  }
};
export const codeOf = async (act: Promise<unknown>): Promise<unknown> => (await failureOf(act))['code'] ?? 'no error';

/** One server for a whole suite, with schemas that are each used by one test. */
export class DatabaseBench {
  private under: DatabaseUnderTest | null = null;
  private schemas = 0;
  folder = '';

  async start(start: () => Promise<DatabaseUnderTest>): Promise<void> {
    this.under = await start();
    this.folder = mkdtempSync(path.join(tmpdir(), 'sp-dump-'));
  }

  async stop(): Promise<void> {
    await this.under?.server.close();
    await this.under?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get server(): DatabaseServer {
    if (this.under === null) throw new Error('The server is not started');
    return this.under.server;
  }

  admin(sql: string): Promise<readonly Record<string, unknown>[]> {
    if (this.under === null) throw new Error('The server is not started');
    return this.under.admin(sql);
  }

  login(user: string, password: string, schema: string): Promise<Login> {
    if (this.under === null) throw new Error('The server is not started');
    return this.under.login(user, password, schema);
  }

  async makeSchema(): Promise<string> {
    this.schemas += 1;
    const schema = `uji_gabungan_${this.schemas}`;
    await this.server.ensureSchema(schema);
    await this.server.ensureUser({ ...OWNER, schema, grant: 'owner' });
    return schema;
  }

  /** A schema of three tenants, made by its owner. */
  async makeFilled(residents: number): Promise<string> {
    const schema = await this.makeSchema();
    const owner = await this.login(OWNER.name, OWNER.password, schema);
    await owner.query(STRUCTURE);
    await owner.query(rowsSql(residents));
    await owner.close();
    return schema;
  }
}

/** One checksum of everything in a schema. */
export const contentOf = async (server: DatabaseServer, schema: string): Promise<string> =>
  JSON.stringify(await server.rowChecksums(schema, null));
