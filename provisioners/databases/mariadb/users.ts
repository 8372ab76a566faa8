import { escape } from 'mysql2/promise';
import { ProvisionError, type Grant } from '../../contracts';
import { schemaName, userName } from '../../lib/sql-identifier';
import type { Connections } from './connection';
import { errnoOf } from './errors';
import { account, grantStatements } from './grants';
import { text } from './rows';

export interface UserSpec {
  readonly name: string;
  readonly password: string;
  readonly schema: string;
  readonly grant: Grant;
  /** 0 or absent = no limit of its own. */
  readonly maxConnections?: number;
}

const MAX_CONNECTIONS = 100_000;
/** No such grant on a schema, a table, a routine. */
const NO_SUCH_GRANT: ReadonlySet<number | null> = new Set([1141, 1147, 1403]);
const NO_SUCH_THREAD = 1094;

const ownName = (connections: Connections, name: string): string => {
  if (userName(name) === connections.admin.user) {
    throw new ProvisionError('conflict', 'This is the account SiapPakai itself works with', { user: name });
  }
  return name;
};

const limitOf = (value: number | undefined): number => {
  const limit = value ?? 0;
  if (!Number.isInteger(limit) || limit < 0 || limit > MAX_CONNECTIONS) {
    throw new ProvisionError('invalid', 'A connection limit is a whole number', { maxConnections: limit });
  }
  return limit;
};

/** True when the user exists for every host (`%`), the only form we make. */
export const userExists = async (connections: Connections, name: string): Promise<boolean> => {
  const rows = await connections.run("SELECT 1 FROM mysql.user WHERE User = ? AND Host = '%'", [userName(name)]);
  return rows.length > 0;
};

const unlessGoneAlready = async (act: Promise<unknown>): Promise<void> => {
  try {
    await act;
  } catch (error) {
    if (!(error instanceof ProvisionError) || !NO_SUCH_GRANT.has(errnoOf(error.cause))) throw error;
  }
};

/** Creates or re-keys the user and makes its grants exact. Idempotent, also when done twice at once. */
export const ensureUser = async (connections: Connections, spec: UserSpec): Promise<void> => {
  const name = ownName(connections, spec.name);
  const schema = schemaName(spec.schema);
  const limit = limitOf(spec.maxConnections);
  if (spec.password === '') throw new ProvisionError('invalid', 'An empty password', { user: name });
  const keyed = `IDENTIFIED BY ${escape(spec.password)} WITH MAX_USER_CONNECTIONS ${limit}`;
  await connections.run(`CREATE USER IF NOT EXISTS ${account(name)} ${keyed}`);
  await connections.run(`ALTER USER ${account(name)} ${keyed} ACCOUNT UNLOCK`);
  for (const statement of await grantStatements(connections, name, schema, spec.grant)) {
    await unlessGoneAlready(connections.run(statement));
  }
};

/** Ends every running connection of the user; returns how many there were. */
export const endConnections = async (connections: Connections, name: string): Promise<number> => {
  const rows = await connections.run('SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = ?', [
    ownName(connections, name),
  ]);
  for (const row of rows) {
    try {
      await connections.run(`KILL CONNECTION ${Number(text(row, 'id'))}`);
    } catch (error) {
      if (!(error instanceof ProvisionError) || errnoOf(error.cause) !== NO_SUCH_THREAD) throw error;
    }
  }
  return rows.length;
};

/** Absent is fine. The user is gone before its connections are ended, so that none comes back. */
export const dropUser = async (connections: Connections, name: string): Promise<void> => {
  await connections.run(`DROP USER IF EXISTS ${account(ownName(connections, name))}`);
  await endConnections(connections, name);
};
