import { createConnection as createStreamingConnection } from 'mysql2';
import {
  createConnection,
  createPool,
  type Connection,
  type ConnectionOptions,
  type Pool,
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise';
import { ProvisionError } from '../../contracts';
import { quoteIdentifier, schemaName } from '../../lib/sql-identifier';
import { asProvisionError } from './errors';

export interface Account {
  readonly user: string;
  readonly password: string;
}
export type Address = { readonly socketPath: string } | { readonly host: string; readonly port: number };
/** An administrator who may create schemas and users and grant what they need. */
export type MariadbConnection = Address & Account;
export type Value = string | number | null | Buffer;
export type Row = Readonly<Record<string, unknown>>;

// Values escaped on our side rely on backslash escapes; times are the same wherever the server stands.
const SESSION = `SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
  time_zone = '+00:00', lock_wait_timeout = 60, innodb_lock_wait_timeout = 60, group_concat_max_len = 1048576`;

const optionsOf = (connection: MariadbConnection): ConnectionOptions => ({
  ...connection,
  charset: 'utf8mb4',
  timezone: 'Z',
  dateStrings: true,
  supportBigNumbers: true,
  connectTimeout: 5000,
  maxPreparedStatements: 100,
  enableKeepAlive: true,
});

const checked = (values: readonly Value[]): Value[] => {
  for (const value of values) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new ProvisionError('invalid', 'A bound number must be finite');
    }
  }
  return [...values];
};

const isHeader = (result: unknown): result is ResultSetHeader =>
  typeof result === 'object' && result !== null && !Array.isArray(result) && 'affectedRows' in result;

/** One statement; a statement without a result set answers one row {affectedRows, insertId}. */
export const runStatement = async (
  connection: Connection,
  sql: string,
  values: readonly Value[] = [],
): Promise<readonly Row[]> => {
  // Some statements cannot be prepared on older servers; those have no values.
  const [result] =
    values.length === 0
      ? await connection.query<RowDataPacket[] | ResultSetHeader>(sql)
      : await connection.execute<RowDataPacket[] | ResultSetHeader>(sql, checked(values));
  if (isHeader(result)) return [{ affectedRows: result.affectedRows, insertId: result.insertId }];
  return result;
};

/** Statements on one connection whose default schema is known. */
export type Run = (sql: string, values?: readonly Value[]) => Promise<readonly Row[]>;

// A prepared statement stays with the schema it was prepared in, and the driver finds it again by its text alone.
const runWithin =
  (connection: Connection, schema: string): Run =>
  (sql, values = []) =>
    runStatement(connection, values.length === 0 ? sql : `/*${schema}*/ ${sql}`, values);

/** A read-only transaction that sees the schema as it was at its start. */
export interface Snapshot {
  readonly run: Run;
  /** Rows one by one; every value as the bytes the server sent, or null. */
  stream(sql: string): AsyncIterable<readonly (Buffer | null)[]>;
}

const withSnapshot = async <T>(
  admin: MariadbConnection,
  schema: string,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> => {
  const core = createStreamingConnection(optionsOf(admin));
  // The statement that is running hears of it; without a listener the process would end.
  core.on('error', () => undefined);
  try {
    const connection = core.promise();
    await connection.query(SESSION);
    await connection.query(`USE ${quoteIdentifier(schemaName(schema))}`);
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    return await work({
      run: runWithin(connection, schema),
      stream: (sql) => core.query({ sql, typeCast: false, rowsAsArray: true }).stream({ highWaterMark: 64 }),
    });
  } catch (error) {
    throw asProvisionError(error);
  } finally {
    core.destroy();
  }
};

const withAccount = async <T>(
  connection: MariadbConnection,
  schema: string,
  work: (run: Run) => Promise<T>,
): Promise<T> => {
  let opened: Connection | null = null;
  try {
    opened = await createConnection({ ...optionsOf(connection), database: schemaName(schema) });
    // The statement that is running hears of it; without a listener the process would end.
    opened.on('error', () => undefined);
    await opened.query(SESSION);
    return await work(runWithin(opened, schema));
  } catch (error) {
    throw asProvisionError(error);
  } finally {
    opened?.destroy();
  }
};

export interface Connections {
  readonly admin: MariadbConnection;
  /** Statements without a default schema: whatever they name, they name in full. */
  readonly run: Run;
  /** Work on one connection whose default schema is `schema`; errors arrive as ProvisionError. */
  within<T>(schema: string, work: (run: Run) => Promise<T>): Promise<T>;
  /** As `within`, on a connection of its own that is signed in as `account`. */
  withinAs<T>(account: Account, schema: string, work: (run: Run) => Promise<T>): Promise<T>;
  /** Work on one consistent view of `schema`, on a connection of its own. */
  snapshot<T>(schema: string, work: (snapshot: Snapshot) => Promise<T>): Promise<T>;
  /** A connection of its own, outside the pool. */
  dedicated(): Promise<Connection>;
  close(): Promise<void>;
}

const borrow = async <T>(pool: Pool, work: (connection: PoolConnection) => Promise<T>): Promise<T> => {
  let connection: PoolConnection | null = null;
  let clean = false;
  try {
    connection = await pool.getConnection();
    const result = await work(connection);
    clean = true;
    return result;
  } catch (error) {
    throw asProvisionError(error);
  } finally {
    // A connection whose work failed may be inside a transaction or half way through a result.
    if (clean) connection?.release();
    else connection?.destroy();
  }
};

/** Opens nothing yet; connections are made when they are needed. */
export const openConnections = (admin: MariadbConnection, limit: number): Connections => {
  const pool = createPool({ ...optionsOf(admin), connectionLimit: limit, maxIdle: 2, idleTimeout: 30_000 });
  pool.pool.on('connection', (connection) => {
    connection.query(SESSION, (error) => {
      if (error !== null) connection.destroy();
    });
  });
  return {
    admin,
    run: (sql, values = []) => borrow(pool, (connection) => runStatement(connection, sql, values)),
    within: (schema, work) =>
      borrow(pool, async (connection) => {
        await connection.query(`USE ${quoteIdentifier(schemaName(schema))}`);
        return work(runWithin(connection, schema));
      }),
    withinAs: (account, schema, work) => withAccount({ ...admin, ...account }, schema, work),
    snapshot: (schema, work) => withSnapshot(admin, schema, work),
    dedicated: async () => {
      try {
        const connection = await createConnection(optionsOf(admin));
        await connection.query(SESSION);
        return connection;
      } catch (error) {
        throw asProvisionError(error);
      }
    },
    close: () => pool.end(),
  };
};
