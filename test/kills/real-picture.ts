import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Pool, RowDataPacket } from 'mysql2/promise';
import { LABEL } from '../../provisioners/contracts';
import { containersOf, docker } from '../helpers/e2e-world';
import { SCHEMA } from '../helpers/e2e-installation';
import { visit } from '../helpers/e2e-site';
import type { RealInstallation } from '../faults/real-installation';
import { controlRows, knownIds, namesOf } from './picture';

type Name = (value: string) => string;
const PLAIN_LABELS = /\.(spec|digest|installation)$/;
/** What apps write while they run. */
const LIVELY = /^\/?(logs?|sesi|cache|sessions?|framework|backup)(\/|$)|^sess_/;

const containers = async ({ installation }: RealInstallation, name: Name): Promise<readonly string[]> => {
  const found = (await containersOf(installation, {})).filter((one) => one.Labels[LABEL.role] === 'village');
  return found
    .map((one) => {
      const labels = Object.entries(one.Labels).filter(
        ([key]) => key.startsWith('id.siappakai') && !PLAIN_LABELS.test(key),
      );
      const networks = Object.keys(one.NetworkSettings.Networks).join(',');
      return name(`${one.Names[0] ?? ''} ${one.Image} ${one.State} ${networks} ${JSON.stringify(labels.sort())}`);
    })
    .sort();
};

const filesBelow = (root: string, below = ''): readonly string[] =>
  readdirSync(path.join(root, below), { withFileTypes: true }).flatMap((one) => {
    const at = path.join(below, one.name);
    if (LIVELY.test(at)) return [];
    return one.isDirectory() ? [at, ...filesBelow(root, at)] : [at];
  });
const fileLine = (root: string, file: string, name: Name): string => {
  const facts = statSync(path.join(root, file));
  const text = facts.isFile() ? name(readFileSync(path.join(root, file), 'utf8')) : 'folder';
  const sum = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return `${file} ${(facts.mode & 0o7777).toString(8)} ${facts.uid}:${facts.gid} ${sum}`;
};
/** Those of services and of the template live longer than a desa. */
export const isOfDesa = ({ Labels }: { readonly Labels: Readonly<Record<string, string>> | null }): boolean =>
  !['', '0000000000'].includes(Labels?.[LABEL.kode] ?? '');
const volumes = async ({ installation: { config } }: RealInstallation, name: Name): Promise<readonly string[]> => {
  const filters = { label: [`${LABEL.installation}=${config.id}`] };
  const { Volumes: found } = await docker.listVolumes({ filters });
  return found
    .filter(isOfDesa)
    .map(({ Name: volume, Mountpoint: root }) =>
      [name(volume), ...filesBelow(root).map((file) => fileLine(root, file, name))].join('\n'),
    )
    .sort();
};

const rowsOf = async (root: Pool, sql: string): Promise<readonly RowDataPacket[]> =>
  (await root.query<RowDataPacket[]>(sql))[0];
const grants = async (root: Pool): Promise<readonly string[]> => {
  const users = await rowsOf(
    root,
    "SELECT User AS u, Host AS h FROM mysql.user WHERE User REGEXP '^(desa_|sp_|opensid)'",
  );
  const found = await Promise.all(
    users.map(async ({ u, h }) => {
      const lines = await rowsOf(root, `SHOW GRANTS FOR '${String(u)}'@'${String(h)}'`);
      return lines.map((one) => String(Object.values(one)[0]).replace(/IDENTIFIED BY PASSWORD '[^']*'/, ''));
    }),
  );
  return found.flat().sort();
};
/** How many rows every table of the villages has; what apps note of their visitors aside. */
const tables = async (root: Pool): Promise<readonly string[]> => {
  const found = await rowsOf(
    root,
    `SELECT TABLE_SCHEMA AS s, TABLE_NAME AS t FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE'
     AND (TABLE_SCHEMA = '${SCHEMA}' OR TABLE_SCHEMA LIKE 'pbb%') AND TABLE_NAME NOT REGEXP 'log|visitor|session|cache'`,
  );
  const counted = await Promise.all(
    found.map(async ({ s, t }) => {
      const [row] = await rowsOf(root, `SELECT COUNT(*) AS n FROM \`${String(s)}\`.\`${String(t)}\``);
      return `${String(s)}.${String(t)} ${String(row?.['n'])}`;
    }),
  );
  return counted.sort();
};

const FRONTS = ['/', '/api/', '/pbb/login'] as const;
const visits = async ({ installation }: RealInstallation, hosts: readonly string[]): Promise<readonly string[]> => {
  const asked = hosts.flatMap((host) => FRONTS.map((front) => [host, front] as const));
  return Promise.all(
    asked.map(async ([host, front]) => {
      const { status, body, location } = await visit(installation, host, front);
      return `${host}${front} ${status} ${/\d{4}\.\d+\.\d+/.exec(body)?.[0] ?? ''} ${location ?? ''}`;
    }),
  );
};

/** The whole world of a real installation, the same for the same work. */
export const realPicture = async (
  real: RealInstallation,
  root: Pool,
  hosts: readonly string[],
): Promise<Readonly<Record<string, unknown>>> => {
  const { db } = real.control;
  const name = namesOf(await knownIds(db), path.dirname(real.installation.root));
  const found = await rowsOf(root, "SHOW DATABASES LIKE 'pbb%'");
  return {
    rows: await controlRows(db, name),
    containers: await containers(real, name),
    volumes: await volumes(real, name),
    grants: await grants(root),
    schemas: found.map((one) => String(Object.values(one)[0])),
    tables: await tables(root),
    visits: await visits(real, hosts),
  };
};
