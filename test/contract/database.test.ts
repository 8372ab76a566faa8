import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { makeMariadb } from '../../provisioners/databases/mariadb/mariadb';
import { startMariadb } from '../helpers/mariadb';
import { OWNER, type Login } from './database-bench';
import { databaseContract } from './database.contract';

const loginTo = async (socketPath: string, user: string, password: string, schema?: string): Promise<Login> => {
  const where = schema === undefined ? {} : { database: schema };
  const connection = await createConnection({ socketPath, user, password, ...where, multipleStatements: true });
  connection.on('error', () => undefined);
  return {
    query: async (sql) => (await connection.query<RowDataPacket[]>(sql))[0],
    close: () => connection.end(),
  };
};

databaseContract('mariadb by socket', async () => {
  const mariadb = await startMariadb();
  const { socketPath, adminUser: user, adminPassword: password } = mariadb;
  const server = makeMariadb({
    connection: { socketPath, user, password },
    endpointPort: mariadb.port,
    ownerPassword: async (name) => (name === OWNER.name ? OWNER.password : null),
  });
  const admin = await loginTo(socketPath, user, password);
  return {
    server,
    login: (name, key, schema) => loginTo(socketPath, name, key, schema),
    admin: (sql) => admin.query(sql),
    async stop() {
      await admin.close();
      await mariadb.stop();
    },
  };
});
