import { ProvisionError, type TableChecksum, type TableCount, type TenantRows } from '../../contracts';
import { columnName, quoteIdentifier as q } from '../../lib/sql-identifier';
import type { Connections, Row, Run } from './connection';
import { objectsOf } from './schemas';
import { count, text } from './rows';

/** `WHERE` of the tenant's rows in one table, with one `?` per entry of `values`. */
export interface TenantPart {
  readonly table: string;
  readonly where: string;
  readonly values: readonly number[];
  /** 0 = carries the tenant's id itself; n = found through a parent of depth n-1. */
  readonly depth: number;
}

const MAX_DEPTH = 8;

const tablesWithColumn = async (
  connections: Connections,
  schema: string,
  column: string,
): Promise<readonly string[]> => {
  const rows = await connections.run(
    `SELECT c.TABLE_NAME AS name FROM information_schema.COLUMNS c JOIN information_schema.TABLES t
       ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME AND t.TABLE_TYPE <> 'VIEW'
     WHERE c.TABLE_SCHEMA = ? AND c.COLUMN_NAME = ? ORDER BY c.TABLE_NAME`,
    [schema, column],
  );
  return rows.map((row) => text(row, 'name'));
};

const checked = (tenant: TenantRows): TenantRows => {
  if (!Number.isSafeInteger(tenant.id) || tenant.id < 1) {
    throw new ProvisionError('invalid', 'A tenant id is a positive whole number', { id: tenant.id });
  }
  const names = [tenant.root.table, tenant.root.key, tenant.column, ...(tenant.references ?? [])];
  for (const name of [...names, ...tenant.followers.flatMap((f) => [f.table, f.key, f.parent, f.parentKey])])
    columnName(name);
  return tenant;
};

const followerPart = (tenant: TenantRows, parts: ReadonlyMap<string, TenantPart>, table: string): TenantPart | null => {
  const links = tenant.followers.filter((follower) => follower.table === table);
  const parents = links.map((link) => parts.get(link.parent));
  if (parents.some((parent) => parent === undefined)) return null;
  const known = parents.filter((parent) => parent !== undefined);
  const where = links
    .map(
      (link, i) =>
        `${q(link.key)} IN (SELECT ${q(link.parentKey)} FROM ${q(link.parent)} WHERE ${known[i]?.where ?? 'FALSE'})`,
    )
    .join(' OR ');
  return {
    table,
    where: `(${where})`,
    values: known.flatMap((parent) => parent.values),
    depth: 1 + Math.max(...known.map((parent) => parent.depth)),
  };
};

/** Every table that holds rows of the tenant, by name. Followers of tables this schema version does not have are left out. */
export const tenantParts = async (
  connections: Connections,
  schema: string,
  tenant: TenantRows,
): Promise<readonly TenantPart[]> => {
  const { root, column, followers, id } = checked(tenant);
  const live = new Set((await objectsOf(connections, schema)).tables);
  if (!live.has(root.table))
    throw new ProvisionError('not_found', 'The schema has no tenants', { schema, table: root.table });
  const parts = new Map<string, TenantPart>([
    [root.table, { table: root.table, where: `${q(root.key)} = ?`, values: [id], depth: 0 }],
  ]);
  for (const table of await tablesWithColumn(connections, schema, column)) {
    if (table !== root.table) parts.set(table, { table, where: `${q(column)} = ?`, values: [id], depth: 0 });
  }
  let open = [...new Set(followers.map((follower) => follower.table))].filter(
    (table) => live.has(table) && !parts.has(table),
  );
  for (let round = 0; round < MAX_DEPTH && open.length > 0; round += 1) {
    for (const table of open) {
      const part = followerPart(tenant, parts, table);
      if (part !== null) parts.set(table, part);
    }
    open = open.filter((table) => !parts.has(table));
  }
  if (open.length > 0)
    throw new ProvisionError('invalid', 'A follower hangs on no table of the tenant', {
      schema,
      tables: open.join(' '),
    });
  return [...parts.values()].sort((a, b) => (a.table < b.table ? -1 : 1));
};

/** Rows of the tenant in each of its tables, zeros included. */
export const countParts = async (run: Run, parts: readonly TenantPart[]): Promise<readonly TableCount[]> => {
  const counts: TableCount[] = [];
  for (const { table, where, values } of parts) {
    const [row] = await run(`SELECT COUNT(*) AS n FROM ${q(table)} WHERE ${where}`, values);
    counts.push({ table, rows: count(row, 'n') });
  }
  return counts;
};

const columnsByTable = async (
  connections: Connections,
  schema: string,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const rows = await connections.run(
    'SELECT TABLE_NAME AS t, COLUMN_NAME AS c FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION',
    [schema],
  );
  const byTable = new Map<string, string[]>();
  for (const row of rows) byTable.set(text(row, 't'), [...(byTable.get(text(row, 't')) ?? []), text(row, 'c')]);
  return byTable;
};

const checksumSql = (table: string, columns: readonly string[], where: string): string => {
  const cells = columns.map((column) => `IFNULL(MD5(${q(column)}), '~')`).join(', ');
  const half = (from: number): string => `COALESCE(SUM(CAST(CONV(SUBSTR(h, ${from}, 15), 16, 10) AS UNSIGNED)), 0)`;
  return `SELECT COUNT(*) AS n, ${half(1)} AS a, ${half(16)} AS b
    FROM (SELECT MD5(CONCAT_WS('|', ${cells})) AS h FROM ${q(table)} WHERE ${where}) AS hashes`;
};

/** See DatabaseServer.rowChecksums. All tables are read in one snapshot. */
export const checksumRows = async (
  connections: Connections,
  schema: string,
  except: TenantRows | null,
): Promise<readonly TableChecksum[]> => {
  const parts = except === null ? [] : await tenantParts(connections, schema, except);
  const { tables } = await objectsOf(connections, schema);
  const columns = await columnsByTable(connections, schema);
  return connections.snapshot(schema, async ({ run }) => {
    const sums: TableChecksum[] = [];
    for (const table of tables) {
      const part = parts.find((candidate) => candidate.table === table);
      // A row without tenant, or hanging on nothing, is one of the others too.
      const where = part === undefined ? 'TRUE' : `(${part.where}) IS NOT TRUE`;
      const [row]: readonly Row[] = await run(checksumSql(table, columns.get(table) ?? [], where), part?.values);
      sums.push({ table, rows: count(row, 'n'), checksum: `${text(row, 'a')}-${text(row, 'b')}` });
    }
    return sums;
  });
};
