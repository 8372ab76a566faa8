import type { Grant } from '../../contracts';
import { grantPattern, quoteIdentifier } from '../../lib/sql-identifier';
import type { Connections, Row } from './connection';
import { text } from './rows';

/** What a desa's containers may do: all of OpenSID's pages pass with it, and no DDL. */
export const DML_PRIVILEGES: readonly string[] = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE TEMPORARY TABLES',
  'LOCK TABLES',
  'EXECUTE',
  'SHOW VIEW',
];
const IRREGULAR: Readonly<Record<string, string>> = {
  grant: 'GRANT OPTION',
  create_tmp_table: 'CREATE TEMPORARY TABLES',
};

/** `'name'@'%'`; the name is validated, so it needs no escaping. */
export const account = (user: string): string => `'${user}'@'%'`;
const on = (pattern: string): string => `${quoteIdentifier(pattern)}.*`;

const privilegesOf = (row: Row): string[] =>
  Object.keys(row)
    .filter((column) => column.toLowerCase().endsWith('_priv') && text(row, column) === 'Y')
    .map((column) => column.toLowerCase().slice(0, -'_priv'.length))
    .map((name) => IRREGULAR[name] ?? name.replaceAll('_', ' ').toUpperCase());

const extrasOnSchema = (privileges: readonly string[], grant: Grant): string[] =>
  privileges.filter((name) => (grant === 'owner' ? name === 'GRANT OPTION' : !DML_PRIVILEGES.includes(name)));

/** The pattern of a grant as the server matches it: `_` and `%` are wildcards unless escaped. */
const matchesSchema = (pattern: string, schema: string): boolean => {
  const source = pattern.replaceAll(/\\?[\s\S]/g, (token) => {
    if (token === '%') return '.*';
    if (token === '_') return '.';
    return (token.length === 2 ? token.slice(1) : token).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'is').test(schema);
};

const schemaRevocations = (rows: readonly Row[], user: string, schema: string, grant: Grant): string[] =>
  rows.flatMap((row) => {
    const pattern = text(row, 'Db');
    const privileges = privilegesOf(row);
    if (pattern === grantPattern(schema)) {
      const extras = extrasOnSchema(privileges, grant);
      return extras.length === 0 ? [] : [`REVOKE ${extras.join(', ')} ON ${on(pattern)} FROM ${account(user)}`];
    }
    if (grant === 'owner' && !matchesSchema(pattern, schema)) return [];
    const option = privileges.includes('GRANT OPTION')
      ? [`REVOKE GRANT OPTION ON ${on(pattern)} FROM ${account(user)}`]
      : [];
    return [...option, `REVOKE ALL PRIVILEGES ON ${on(pattern)} FROM ${account(user)}`];
  });

const objectRevocations = (rows: readonly Row[], user: string, schema: string, grant: Grant): string[] =>
  rows
    .filter((row) => grant === 'dml' || text(row, 'Db') === schema)
    .map((row) => {
      const object = `${quoteIdentifier(text(row, 'Db'))}.${quoteIdentifier(text(row, 'name'))}`;
      return `REVOKE ALL PRIVILEGES ON ${text(row, 'kind')} ${object} FROM ${account(user)}`;
    });

const globalRevocations = (rows: readonly Row[], user: string): string[] => {
  const extras = rows.map((row) => text(row, 'PRIVILEGE_TYPE')).filter((name) => name !== 'USAGE');
  if (rows.some((row) => text(row, 'IS_GRANTABLE') === 'YES')) extras.push('GRANT OPTION');
  return extras.length === 0 ? [] : [`REVOKE ${extras.join(', ')} ON *.* FROM ${account(user)}`];
};

/**
 * Statements that leave `user` with exactly `grant` on `schema`. The wanted grant comes first, so that a living user is never without it;
 * nothing else is done when nothing differs. An owner keeps what it has on other schemas, a dml user does not.
 */
export const grantStatements = async (
  connections: Connections,
  user: string,
  schema: string,
  grant: Grant,
): Promise<readonly string[]> => {
  const wanted = grant === 'owner' ? 'ALL PRIVILEGES' : DML_PRIVILEGES.join(', ');
  const [schemas, objects, globals, roles] = await Promise.all([
    connections.run("SELECT * FROM mysql.db WHERE User = ? AND Host = '%'", [user]),
    connections.run(
      `SELECT Db, Table_name AS name, 'TABLE' AS kind FROM mysql.tables_priv WHERE User = ? AND Host = '%'
       UNION SELECT Db, Routine_name, Routine_type FROM mysql.procs_priv WHERE User = ? AND Host = '%'`,
      [user, user],
    ),
    connections.run('SELECT PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ?', [
      account(user),
    ]),
    connections.run("SELECT Role FROM mysql.roles_mapping WHERE User = ? AND Host = '%'", [user]),
  ]);
  return [
    `GRANT ${wanted} ON ${on(grantPattern(schema))} TO ${account(user)}`,
    ...schemaRevocations(schemas, user, schema, grant),
    ...objectRevocations(objects, user, schema, grant),
    ...globalRevocations(globals, user),
    ...roles.map((row) => `REVOKE ${quoteIdentifier(text(row, 'Role'))} FROM ${account(user)}`),
  ];
};

/** Accounts (`user@host`) that may read `schema`. */
export const readersOf = async (connections: Connections, schema: string): Promise<ReadonlySet<string>> => {
  // mysql.user is a view: its 'Y' has the collation of whoever made it, which need not be that of this connection.
  const rows = await connections.run(
    `SELECT User AS user, Host AS host, Db AS pattern FROM mysql.db WHERE Select_priv = BINARY 'Y'
     UNION ALL SELECT User, Host, NULL FROM mysql.user WHERE Select_priv = BINARY 'Y'`,
  );
  const readers = rows.filter((row) => row['pattern'] === null || matchesSchema(text(row, 'pattern'), schema));
  return new Set(readers.map((row) => `${text(row, 'user')}@${text(row, 'host')}`));
};

/** The one user of ours that may change the structure of `schema`; null when there is none or more than one. */
export const ownerNameOf = async (connections: Connections, schema: string): Promise<string | null> => {
  const rows = await connections.run(
    `SELECT DISTINCT User AS user FROM mysql.db WHERE Db = ? AND Alter_priv = 'Y' AND User NOT LIKE 'sp\\_alat\\_%'`,
    [grantPattern(schema)],
  );
  return rows.length === 1 ? text(rows[0], 'user') : null;
};
