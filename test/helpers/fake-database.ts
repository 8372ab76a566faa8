import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { DatabaseServer, Grant } from '../../provisioners/contracts';

export interface FakeSchema {
  readonly tenants: Map<number, string>;
  /** Release whose structure it has. */
  version: string;
}
export interface FakeDatabase extends DatabaseServer {
  readonly schemas: Map<string, FakeSchema>;
  readonly users: Map<string, { readonly schema: string; readonly grant: Grant }>;
  readonly dumps: Map<string, { readonly schema: string; readonly version: string }>;
  /** Every dump fails with this from now on; null = none does. */
  failDumps(error: Error | null): void;
}

const notScripted = (): never => {
  throw new Error('the fake database server does not know this');
};
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Schemas, users and dumps in memory: enough for the steps of a rollout. Structure = one version per schema. */
export const makeFakeDatabase = (): FakeDatabase => {
  const schemas = new Map<string, FakeSchema>();
  const users: FakeDatabase['users'] = new Map();
  const dumps: FakeDatabase['dumps'] = new Map();
  const fresh = (): FakeSchema => ({ tenants: new Map(), version: '' });
  let failure: Error | null = null;
  const dump: DatabaseServer['dump'] = async (schema, file) => {
    if (failure !== null) throw failure;
    dumps.set(file, { schema, version: schemas.get(schema)?.version ?? '' });
    writeFileSync(file, '-- dump');
    return { path: file, bytes: 7, sha256: sha(file), seconds: 0, tables: 1, verified: true };
  };
  return {
    name: 'fake',
    endpoint: { port: 3306 },
    schemas,
    users,
    dumps,
    failDumps: (error) => {
      failure = error;
    },
    version: async () => 'fake',
    ensureSchema: async (schema) => void schemas.set(schema, schemas.get(schema) ?? fresh()),
    dropSchema: async (schema) => void schemas.delete(schema),
    schemaExists: async (schema) => schemas.has(schema),
    ensureUser: async ({ name, schema, grant }) => void users.set(name, { schema, grant }),
    dropUser: async (name) => void users.delete(name),
    endConnections: async () => 0,
    userExists: async (name) => users.has(name),
    fingerprint: async (schema) => sha(schemas.get(schema)?.version ?? ''),
    structure: async () => [],
    query: async () => [],
    dump,
    restore: async (schema, file) => {
      schemas.set(schema, { ...fresh(), version: dumps.get(file)?.version ?? 'no such dump' });
    },
    clone: notScripted,
    dumpTenant: async (schema, _tenant, file, signal) => ({ ...(await dump(schema, file, signal)), counts: [] }),
    tenantCounts: async () => [],
    deleteTenant: async (schema, { id }) => {
      schemas.get(schema)?.tenants.delete(id);
      return [{ table: 'config', rows: 1 }];
    },
    rowChecksums: async () => [],
    lock: notScripted,
    sizeBytes: async () => 0,
    connections: async () => ({ used: 0, max: 100 }),
    close: async () => undefined,
  };
};
