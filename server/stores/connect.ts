import knexFactory, { type Knex } from 'knex';
import { migrations } from '../../migrations';

export type Db = Knex;

/**
 * Who stands still in the middle of a transaction, frozen or cut off, keeps its locks no longer than a lease lasts: others wait for them.
 * Whoever means to be longer says so (`IDLE_AS_LONG_AS_NEEDED`).
 */
const IDLE_TRANSACTION_SECONDS = 20;
export const IDLE_AS_LONG_AS_NEEDED = 'SET idle_transaction_timeout = 0';
export const IDLE_AS_USUAL = `SET idle_transaction_timeout = ${IDLE_TRANSACTION_SECONDS}`;

const SESSION =
  "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 20";
/** Once for the session: knex says it again before every transaction, which is one more answer to wait for in each. */
const READ_COMMITTED = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED';

/** By itself knex prints to the output, where a command's one JSON document belongs; whatever it tells is thrown as well. */
const silence = (): void => undefined;
const SILENT = { warn: silence, error: silence, deprecate: silence, debug: silence };

/**
 * Opens the control database. `url` is mysql://user:password@host:port/schema, or with ?socketPath=/path for a local
 * socket. Sessions run in UTC whatever the server's zone is: the village server runs at +07:00.
 */
export const connectDatabase = (url: string, poolSize: number): Db => {
  const parsed = new URL(url);
  const socketPath = parsed.searchParams.get('socketPath');
  const connection: Knex.MySql2ConnectionConfig & { readonly jsonStrings: boolean } = {
    ...(socketPath === null ? { host: parsed.hostname, port: Number(parsed.port || '3306') } : { socketPath }),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: parsed.pathname.slice(1),
    timezone: 'Z',
    charset: 'utf8mb4',
    supportBigNumbers: true,
    // The stores parse JSON themselves: the audit chain hashes the text as it was written.
    jsonStrings: true,
  };
  return knexFactory({
    client: 'mysql2',
    log: SILENT,
    connection,
    pool: {
      min: 0,
      max: poolSize,
      afterCreate: (
        raw: { query: (sql: string, done: (error: Error | null) => void) => void },
        done: (error: Error | null, raw: unknown) => void,
      ) => {
        raw.query(SESSION, (error) => {
          if (error !== null) done(error, raw);
          else
            raw.query(READ_COMMITTED, (refused) => {
              // Only MariaDB knows the last one.
              if (refused === null) raw.query(IDLE_AS_USUAL, () => done(null, raw));
              else done(refused, raw);
            });
        });
      },
    },
    acquireConnectionTimeout: 15_000,
  });
};

/** Brings the control schema to this version. Forward only; safe to run twice and at once. */
export const migrateDatabase = async (db: Db): Promise<void> => {
  await db.migrate.latest({
    migrationSource: {
      getMigrations: async () => migrations.map(([name]) => name),
      getMigrationName: (name: string) => name,
      getMigration: async (name: string) => {
        const found = migrations.find(([known]) => known === name);
        if (!found) throw new Error(`unknown migration ${name}`);
        return { up: (knex: Knex) => found[1].up(knex), down: async () => undefined };
      },
    },
    tableName: 'schema_migrations',
  });
};
