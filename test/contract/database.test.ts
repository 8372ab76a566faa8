import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { makeMariadb } from '../../provisioners/databases/mariadb/mariadb';
import { startMariadb } from '../helpers/mariadb';
import type { Login } from './database-bench';
import { databaseContract } from './database.contract';

const loginTo = async (socketPath: string, user: string, password: string, schema: string): Promise<Login> => {
  const connection = await createConnection({ socketPath, user, password, database: schema, multipleStatements: true });
  connection.on('error', () => undefined);
  return {
    query: async (sql) => (await connection.query<RowDataPacket[]>(sql))[0],
    close: () => connection.end(),
  };
};

databaseContract('mariadb by socket', async () => {
  const mariadb = await startMariadb();
  const { socketPath, adminUser: user, adminPassword: password } = mariadb;
  const server = makeMariadb({ connection: { socketPath, user, password }, endpointPort: mariadb.port });
  return { server, login: (name, key, schema) => loginTo(socketPath, name, key, schema), stop: () => mariadb.stop() };
});
