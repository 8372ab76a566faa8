export interface TableCount {
  readonly table: string;
  readonly rows: number;
}
export interface DumpFacts {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly seconds: number;
  /** Tables named in the dump's CREATE statements; equal to the live ones when it is verified. */
  readonly tables: number;
  readonly verified: boolean;
}
export type Grant = 'owner' | 'dml';
/** OpenSID asks for utf8 (three bytes); everything newer for utf8mb4. */
export type SchemaCharset = 'utf8' | 'utf8mb4';
/** Sum over the rows of one table that is the same in any order and on any server. */
export interface TableChecksum {
  readonly table: string;
  readonly rows: number;
  readonly checksum: string;
}
/** A named lock of the server, held by its own connection. */
export interface HeldLock {
  /** Fires when the connection that holds the lock is gone: whoever works under it must stop. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}
/** A MariaDB server that holds tenant schemas. All acts are ensure acts. Identifiers are validated, values bound. */
export interface DatabaseServer {
  readonly name: string;
  /** What containers write into their configuration. */
  readonly endpoint: { readonly port: number };
  version(): Promise<string>;
  /** Charset 'utf8' unless told; an existing schema of another charset is a conflict. */
  ensureSchema(schema: string, charset?: SchemaCharset): Promise<void>;
  dropSchema(schema: string): Promise<void>;
  schemaExists(schema: string): Promise<boolean>;
  /**
   * Creates or re-keys the user and makes its grants on `schema` exactly `grant`. A 'dml' user has this one schema only; an 'owner' keeps
   * what it has on others.
   */
  ensureUser(user: {
    readonly name: string;
    readonly password: string;
    readonly schema: string;
    readonly grant: Grant;
    readonly maxConnections?: number;
  }): Promise<void>;
  /** Ends its connections too. */
  dropUser(name: string): Promise<void>;
  /** Ends the running connections of a user (fence: re-key first); returns how many there were. */
  endConnections(user: string): Promise<number>;
  userExists(name: string): Promise<boolean>;
  /** Structure fingerprint: sha256 over columns, indexes, constraints, views, triggers, without AUTO_INCREMENT and definers. */
  fingerprint(schema: string): Promise<string>;
  /** The sorted lines the fingerprint is made of, for a difference in words. */
  structure(schema: string): Promise<readonly string[]>;
  /** One statement with bound values on `schema`, as the schema owner's power allows. */
  query(
    schema: string,
    sql: string,
    values: readonly (string | number | null | Buffer)[],
  ): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Consistent dump with triggers, verified (complete, every table present), written atomically. */
  dump(schema: string, file: string, signal: AbortSignal, onProgress?: (bytes: number) => void): Promise<DumpFacts>;
  /**
   * Verifies the file, empties the schema and loads it as its owner, who becomes the definer of everything; without a known owner an
   * account made for it does, and definers that have no rights here become the owner. When it fails or is aborted the schema is left
   * empty: details.state is 'untouched', 'empty' or 'partial'.
   */
  restore(schema: string, file: string, signal: AbortSignal): Promise<void>;
  /** Dump piped into a restore of `to` on the same server, without a file. */
  clone(from: string, to: string, signal: AbortSignal): Promise<void>;
  /** Every row of one tenant (tables with `column`, plus those reached by `followers`), as SQL that loads into an empty schema. */
  dumpTenant(
    schema: string,
    tenant: TenantRows,
    file: string,
    signal: AbortSignal,
  ): Promise<DumpFacts & { readonly counts: readonly TableCount[] }>;
  tenantCounts(schema: string, tenant: TenantRows): Promise<readonly TableCount[]>;
  /** Removes the root row and everything that belongs to it in one transaction, proves that nothing is left, returns what was there. */
  deleteTenant(schema: string, tenant: TenantRows): Promise<readonly TableCount[]>;
  /** One checksum per table over the rows that do NOT belong to `except` (null = all rows). */
  rowChecksums(schema: string, except: TenantRows | null): Promise<readonly TableChecksum[]>;
  /** Waits up to `timeoutSeconds`, then ProvisionError('timeout'). */
  lock(name: string, timeoutSeconds: number): Promise<HeldLock>;
  sizeBytes(schema: string): Promise<number>;
  connections(): Promise<{ readonly used: number; readonly max: number }>;
  close(): Promise<void>;
}
/** Which rows belong to a tenant of a shared schema. */
export interface TenantRows {
  /** Table and key of the tenant itself, e.g. config.id. */
  readonly root: { readonly table: string; readonly key: string };
  readonly column: string; // config_id
  readonly id: number;
  /** Tables without `column` that hang on others: `child.key IN (SELECT parentKey FROM parent WHERE column = id)`. */
  readonly followers: readonly {
    readonly table: string;
    readonly key: string;
    readonly parent: string;
    readonly parentKey: string;
  }[];
  /** Tables without `column` that a tenant's archive carries whole, because its rows mean nothing without them. */
  readonly references?: readonly string[];
}
