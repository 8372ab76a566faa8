import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createFile, ownRights, readIfThere } from '../atomic-file';
import type { Config } from '../config';
import { AppError } from '../domain/errors';

/** Passwords of the embedded parts, each in its own file below `secrets/`; `group` ones are readable by web. */
const FILES = {
  mariadbRoot: { file: 'mariadb-root', access: 'root' },
  control: { file: 'mariadb-control', access: 'group' },
  tenantAdmin: { file: 'mariadb-admin', access: 'root' },
  redis: { file: 'redis', access: 'group' },
  session: { file: 'session', access: 'group' },
} as const;
export type PartSecret = keyof typeof FILES;

/** Makes every password that is not there yet. `gid` = group of web. */
export const ensurePartSecrets = (config: Config, gid: number): void => {
  for (const { file, access } of Object.values(FILES)) {
    const rights = access === 'group' ? { ...ownRights(0o640), gid } : ownRights(0o600);
    createFile(path.join(config.paths.secrets, file), `${randomBytes(24).toString('base64url')}\n`, rights);
  }
};
export const partSecret = (config: Config, name: PartSecret): string => {
  const file = path.join(config.paths.secrets, FILES[name].file);
  const text = readIfThere(file);
  if (text === null) throw new AppError('key_missing', { file });
  return text.trim();
};

export const CONTROL_SCHEMA = 'siappakai';
export const CONTROL_USER = 'siappakai_kontrol';
export const TENANT_ADMIN = 'siappakai_admin';
/** The schemas of the villages lie in the MariaDB container of this installation. */
export const hasOwnDatabase = (config: Config): boolean => config.tenantDatabaseUrl === null;
export const mariadbSocket = (config: Config): string => path.join(config.paths.mariadbRun, 'mysqld.sock');
export const redisSocket = (config: Config): string => path.join(config.paths.redisRun, 'redis.sock');
/** Below the proxy's run folder: the proxy reaches the dashboard by it and sees no other socket. */
export const webSocketFile = (config: Config): string => path.join(config.paths.proxyRun, 'web', 'web.sock');

/** mysql:// address of the control schema, the embedded server's by its socket. */
export const controlUrl = (config: Config): string =>
  config.databaseUrl?.reveal() ??
  `mysql://${CONTROL_USER}:${partSecret(config, 'control')}@localhost/${CONTROL_SCHEMA}?socketPath=${encodeURIComponent(mariadbSocket(config))}`;

export type RedisAddress = { readonly path: string; readonly password: string } | { readonly url: string };
export const redisAddress = (config: Config): RedisAddress =>
  config.redisUrl === null
    ? { path: redisSocket(config), password: partSecret(config, 'redis') }
    : { url: config.redisUrl.reveal() };
