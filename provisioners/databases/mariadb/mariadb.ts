import type { DatabaseServer } from '../../contracts';
import { ProvisionError } from '../../contracts';
import { schemaName } from '../../lib/sql-identifier';
import { openConnections, type Connections, type MariadbConnection } from './connection';
import { cloneSchema, dumpSchema, restoreSchema, type DumpBench } from './dump';
import { takeNamedLock } from './named-lock';
import { ownersOf, type OwnerPassword } from './owner';
import { count, text } from './rows';
import { dropSchema, ensureSchema, findSchema, sizesOf } from './schemas';
import { withOwnerAsDefiner } from './definer';
import { fingerprintOf, structureOf } from './structure';
import { dumpTenantRows } from './tenant-archive';
import { removeTenant } from './tenant-delete';
import { checksumRows, countParts, tenantParts } from './tenant-rows';
import { localRunner, type DumpTool } from './tool';
import { dropUser, endConnections, ensureUser, userExists } from './users';

export interface MariadbOptions {
  readonly connection: MariadbConnection;
  /** Port that containers are told. */
  readonly endpointPort: number;
  /** Absent = the client tools of this machine, with the address of `connection`. */
  readonly dumpTool?: DumpTool;
  /** Statements on a schema and the loading of dumps are done by its owner when its password is known here. */
  readonly ownerPassword?: OwnerPassword;
  /** Schemas that are never created, emptied, restored or dropped here, e.g. the dashboard's own. */
  readonly reservedSchemas?: readonly string[];
  /** Connections of ours at most; the rest belongs to the desa. Default 4. */
  readonly maxConnections?: number;
}

type SchemaGuard = (schema: string) => string;

const guardFor =
  (reserved: readonly string[]): SchemaGuard =>
  (schema) => {
    if (reserved.includes(schemaName(schema))) {
      throw new ProvisionError('conflict', 'This schema belongs to SiapPakai itself', { schema });
    }
    return schema;
  };

type SchemaActs = Pick<
  DatabaseServer,
  'ensureSchema' | 'dropSchema' | 'schemaExists' | 'structure' | 'fingerprint' | 'query' | 'sizeBytes'
>;
const schemaActs = ({ connections, ownerOf }: DumpBench, ours: SchemaGuard): SchemaActs => ({
  ensureSchema: async (schema, charset = 'utf8') => ensureSchema(connections, ours(schema), charset),
  dropSchema: async (schema) => dropSchema(connections, ours(schema)),
  schemaExists: async (schema) => (await findSchema(connections, schema)) !== null,
  structure: (schema) => structureOf(connections, schema),
  fingerprint: async (schema) => fingerprintOf(await structureOf(connections, schema)),
  query: async (schema, sql, values) => {
    const owner = await ownerOf(ours(schema));
    if (owner !== null) return connections.withinAs(owner, schema, (run) => run(sql, values));
    const statement = await withOwnerAsDefiner(connections, schema, sql);
    return connections.within(schema, (run) => run(statement, values));
  },
  sizeBytes: async (schema) => {
    const { data, indexes } = await sizesOf(connections, schema);
    return data + indexes;
  },
});

type UserActs = Pick<DatabaseServer, 'ensureUser' | 'dropUser' | 'endConnections' | 'userExists'>;
const userActs = (connections: Connections, ours: SchemaGuard): UserActs => ({
  ensureUser: async (user) => ensureUser(connections, { ...user, schema: ours(user.schema) }),
  dropUser: (name) => dropUser(connections, name),
  endConnections: (user) => endConnections(connections, user),
  userExists: (name) => userExists(connections, name),
});

type DumpActs = Pick<DatabaseServer, 'dump' | 'restore' | 'clone'>;
const dumpActs = (bench: DumpBench, ours: SchemaGuard): DumpActs => ({
  dump: (schema, file, signal, onProgress = () => undefined) => dumpSchema(bench, schema, file, signal, onProgress),
  restore: async (schema, file, signal) => restoreSchema(bench, ours(schema), file, signal),
  clone: async (from, to, signal) => cloneSchema(bench, from, ours(to), signal),
});

type TenantActs = Pick<DatabaseServer, 'dumpTenant' | 'tenantCounts' | 'deleteTenant' | 'rowChecksums'>;
const tenantActs = (bench: DumpBench, ours: SchemaGuard): TenantActs => ({
  dumpTenant: (schema, tenant, file, signal) => dumpTenantRows(bench, schema, tenant, file, signal),
  tenantCounts: async (schema, tenant) => {
    const parts = await tenantParts(bench.connections, schema, tenant);
    return bench.connections.within(schema, (run) => countParts(run, parts));
  },
  deleteTenant: async (schema, tenant) => removeTenant(bench.connections, ours(schema), tenant),
  rowChecksums: (schema, except) => checksumRows(bench.connections, schema, except),
});

const usedConnections = async (connections: Connections): Promise<{ readonly used: number; readonly max: number }> => {
  const [row] = await connections.run(
    `SELECT @@GLOBAL.max_connections AS max,
       (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'THREADS_CONNECTED') AS used`,
  );
  return { used: count(row, 'used'), max: count(row, 'max') };
};

/** A MariaDB server by socket or TCP. Opens nothing until it is used. Every error is a ProvisionError, its code decided by errno. */
export const makeMariadb = (options: MariadbOptions): DatabaseServer => {
  const connections = openConnections(options.connection, options.maxConnections ?? 4);
  const bench = {
    connections,
    tool: options.dumpTool ?? { run: localRunner, address: options.connection },
    ownerOf: ownersOf(connections, options.ownerPassword),
  };
  const ours = guardFor(options.reservedSchemas ?? []);
  return {
    name: 'mariadb',
    endpoint: { port: options.endpointPort },
    version: async () => text((await connections.run('SELECT VERSION() AS version'))[0], 'version'),
    ...schemaActs(bench, ours),
    ...userActs(connections, ours),
    ...dumpActs(bench, ours),
    ...tenantActs(bench, ours),
    lock: (name, timeoutSeconds) => takeNamedLock(connections, name, timeoutSeconds),
    connections: () => usedConnections(connections),
    close: () => connections.close(),
  };
};
