import { ProvisionError, type TableCount, type TenantRows } from '../../contracts';
import { quoteIdentifier as q } from '../../lib/sql-identifier';
import type { Connections, Run } from './connection';
import { errnoOf } from './errors';
import { count } from './rows';
import { countParts, tenantParts, type TenantPart } from './tenant-rows';

const ROW_IS_REFERENCED = 1451;

const deleteRows = async (run: Run, part: TenantPart): Promise<number> => {
  const [row] = await run(`DELETE FROM ${q(part.table)} WHERE ${part.where}`, part.values);
  return count(row, 'affectedRows');
};

/** false when rows that stay refer to these. */
const tryDelete = async (run: Run, part: TenantPart): Promise<boolean> => {
  try {
    await deleteRows(run, part);
    return true;
  } catch (error) {
    if (errnoOf(error) === ROW_IS_REFERENCED) return false;
    throw error;
  }
};

/** Whatever the root's cascade does not reach: tables without a foreign key, or with one that restricts. */
const deleteUntilDone = async (run: Run, parts: readonly TenantPart[]): Promise<void> => {
  let open = parts;
  while (open.length > 0) {
    const refused: TenantPart[] = [];
    for (const part of open) if (!(await tryDelete(run, part))) refused.push(part);
    if (refused.length === open.length) {
      throw new ProvisionError('conflict', 'Rows of others refer to rows of this tenant', {
        reason: 'rows_referenced',
        tables: refused.map((part) => part.table).join(' '),
      });
    }
    open = refused;
  }
};

const requireNothingLeft = (left: readonly TableCount[]): void => {
  const tables = left.filter(({ rows }) => rows > 0);
  if (tables.length === 0) return;
  throw new ProvisionError('failed', 'Rows of the tenant are left', {
    reason: 'rows_left',
    tables: tables.map(({ table, rows }) => `${table}=${rows}`).join(' '),
  });
};

const deleteAll = async (run: Run, parts: readonly TenantPart[], rootTable: string): Promise<readonly TableCount[]> => {
  const before = await countParts(run, parts);
  // Followers can only be found while their parents are there.
  const followers = parts.filter(({ depth }) => depth > 0).sort((a, b) => b.depth - a.depth);
  await deleteUntilDone(run, followers);
  requireNothingLeft(await countParts(run, followers));
  const root = parts.filter(({ table }) => table === rootTable);
  const others = parts.filter(({ table, depth }) => depth === 0 && table !== rootTable);
  const first = root[0];
  if (first === undefined || (await tryDelete(run, first))) await deleteUntilDone(run, others);
  else await deleteUntilDone(run, [...others, ...root]);
  requireNothingLeft(await countParts(run, parts));
  return before;
};

/** See DatabaseServer.deleteTenant. */
export const removeTenant = async (
  connections: Connections,
  schema: string,
  tenant: TenantRows,
): Promise<readonly TableCount[]> => {
  const parts = await tenantParts(connections, schema, tenant);
  const removed = await connections.within(schema, async (run) => {
    await run('START TRANSACTION');
    // Before anything is read: who comes second waits here, and then sees a world without the tenant.
    const { root, id } = tenant;
    await run(`SELECT ${q(root.key)} FROM ${q(root.table)} WHERE ${q(root.key)} = ? FOR UPDATE`, [id]);
    // Any error leaves through the pool, which destroys the connection: the server rolls back.
    const before = await deleteAll(run, parts, tenant.root.table);
    await run('COMMIT');
    return before;
  });
  // Seen from outside the transaction: a container still running may have written meanwhile.
  requireNothingLeft(await connections.within(schema, (run) => countParts(run, parts)));
  return removed;
};
