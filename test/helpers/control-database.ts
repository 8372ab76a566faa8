import { connectDatabase, migrateDatabase, type Db } from '../../server/stores/connect';
import { makeTransactor, type Transactor } from '../../server/stores';
import { startMariadb, type TestMariadb, type TestMariadbOptions } from './mariadb';

export interface ControlDatabase {
  readonly db: Db;
  readonly url: string;
  readonly transactor: Transactor;
  readonly server: TestMariadb;
  /** Empties every table but the list of migrations. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** A migrated control schema on a private MariaDB. */
export const startControlDatabase = async (options: TestMariadbOptions = {}): Promise<ControlDatabase> => {
  const server = await startMariadb(options);
  const admin = connectDatabase(`${server.url}/mysql`, 1);
  await admin.raw('CREATE DATABASE control CHARACTER SET utf8mb4');
  await admin.destroy();
  const url = `${server.url}/control`;
  const db = connectDatabase(url, 8);
  await migrateDatabase(db);
  const [rows] = (await db.raw('SHOW TABLES')) as [Record<string, string>[]];
  const tables = rows.flatMap((row) => Object.values(row)).filter((name) => !name.startsWith('schema_migrations'));
  return {
    db,
    url,
    server,
    transactor: makeTransactor(db, () => undefined),
    async clear() {
      for (const table of tables) await db(table).delete();
    },
    async stop() {
      await db.destroy();
      await server.stop();
    },
  };
};
