import type { Pool, RowDataPacket } from 'mysql2/promise';
import { ownSchema, ownUser, tenantUser } from '../../server/domain/names';
import { SCHEMA } from '../helpers/e2e-installation';
import type { Mend, Spot, Trouble } from './kind';

const digits = (kode: string): string => kode.replaceAll('.', '');
const rowsOf = async (root: Pool, sql: string, values: readonly string[] = []): Promise<readonly RowDataPacket[]> =>
  (await root.query<RowDataPacket[]>(sql, [...values]))[0];

/** Structure number of what runs: the samples of 2409. */
const RUNNING = '2024090101';
const migrasiRow = async (root: Pool): Promise<Mend> => {
  const table = `\`${SCHEMA}\`.migrasi`;
  const rows = await rowsOf(root, `SELECT * FROM ${table} WHERE versi_database = ?`, [RUNNING]);
  await root.query(`DELETE FROM ${table} WHERE versi_database = ?`, [RUNNING]);
  return async () => {
    for (const row of rows) await root.query(`INSERT INTO ${table} SET ?`, [row]);
  };
};

const account = (definer: string): string => {
  const [user = '', host = ''] = definer.split('@');
  return `'${user}'@'${host}'`;
};
const viewDefiner = async (root: Pool): Promise<Mend> => {
  const [view] = await rowsOf(
    root,
    "SELECT DEFINER AS definer, VIEW_DEFINITION AS body FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'penduduk_hidup'",
    [SCHEMA],
  );
  const alter = (definer: string): Promise<unknown> =>
    root.query(
      `ALTER DEFINER=${definer} SQL SECURITY DEFINER VIEW \`${SCHEMA}\`.penduduk_hidup AS ${String(view?.['body'])}`,
    );
  await root.query("CREATE USER IF NOT EXISTS 'hantu'@'%'");
  await alter("'hantu'@'%'");
  await root.query("DROP USER 'hantu'@'%'");
  return () => alter(account(String(view?.['definer'])));
};

const setKey = (root: Pool, kode: string, key: string): Promise<unknown> =>
  root.query(`UPDATE \`${SCHEMA}\`.config SET app_key = ? WHERE kode_desa = ?`, [key, digits(kode)]);
const keyOf = async (root: Pool, kode: string): Promise<string> => {
  const [row] = await rowsOf(root, `SELECT app_key AS k FROM \`${SCHEMA}\`.config WHERE kode_desa = ?`, [digits(kode)]);
  if (row === undefined) throw new Error(`no row of ${kode}`);
  return String(row['k']);
};
const appKey = async (root: Pool, { kode }: Spot): Promise<Mend> => {
  const key = await keyOf(root, kode);
  await setKey(root, kode, `base64:${'A'.repeat(43)}=`);
  return () => setKey(root, kode, key);
};
const swappedKeys = async (root: Pool, { kode, twin }: Spot): Promise<Mend> => {
  const [own, other] = [await keyOf(root, kode), await keyOf(root, twin)];
  const give = async (mine: string, theirs: string): Promise<void> => {
    await setKey(root, kode, 'sementara');
    await setKey(root, twin, theirs);
    await setKey(root, kode, mine);
  };
  await give(other, own);
  return () => give(own, other);
};

const rights = async (root: Pool, { kode, app }: Spot): Promise<Mend> => {
  const [user, schema] = app === 'pbb' ? [ownUser('pbb', kode), ownSchema('pbb', kode)] : [tenantUser(kode), SCHEMA];
  const hosts = (await rowsOf(root, 'SELECT Host AS host FROM mysql.user WHERE User = ?', [user])).map((row) =>
    String(row['host']),
  );
  const grants: string[] = [];
  for (const host of hosts) {
    for (const row of await rowsOf(root, `SHOW GRANTS FOR '${user}'@'${host}'`)) {
      const grant = String(Object.values(row)[0]);
      if (grant.includes(schema.replaceAll('_', String.raw`\_`)) || grant.includes(schema)) grants.push(grant);
    }
    await root.query(`REVOKE ALL PRIVILEGES, GRANT OPTION FROM '${user}'@'${host}'`);
  }
  return async () => {
    for (const grant of grants) await root.query(grant);
  };
};

const tenantRow = async (root: Pool, { kode }: Spot): Promise<Mend> => {
  const table = `\`${ownSchema('pbb', kode)}\`.tenants`;
  const rows = await rowsOf(root, `SELECT * FROM ${table}`);
  await root.query(`DELETE FROM ${table}`);
  return async () => {
    for (const row of rows) await root.query(`INSERT INTO ${table} SET ?`, [row]);
  };
};

const SPOIL: Readonly<Record<Trouble, (root: Pool, spot: Spot) => Promise<Mend>>> = {
  migrasi_row: migrasiRow,
  view: viewDefiner,
  app_key: appKey,
  swapped_keys: swappedKeys,
  rights,
  tenant_row: tenantRow,
};
/** As the database's root; the mend brings back what was there. */
export const spoilData = (root: Pool, trouble: Trouble, spot: Spot): Promise<Mend> => SPOIL[trouble](root, spot);
