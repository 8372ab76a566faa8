/** What has to be there before anything is made: ports that are free, services that answer. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { createConnection } from 'mysql2/promise';
import type { Config } from '../config';
import { AppError, errnoOf } from '../domain/errors';
import type { Secret } from '../domain/secret';

/** One port, and the variable that names another one. */
export interface Port {
  readonly host: '0.0.0.0' | '127.0.0.1';
  readonly port: number;
  readonly variable: string;
}
type Ports = Pick<Config, 'httpPort' | 'httpsPort' | 'dashboardPort'>;
/** Those of the proxy, then that of the dashboard. */
export const portsOf = ({ httpPort, httpsPort, dashboardPort }: Ports): readonly [Port, Port, Port] => [
  { host: '0.0.0.0', port: httpPort, variable: 'SIAPPAKAI_HTTP_PORT' },
  { host: '0.0.0.0', port: httpsPort, variable: 'SIAPPAKAI_HTTPS_PORT' },
  { host: '127.0.0.1', port: dashboardPort, variable: 'SIAPPAKAI_DASHBOARD_PORT' },
];

/** Throws AppError('port_taken') with the first port somebody listens on. */
export const requireFreePorts = async (ports: readonly Port[]): Promise<void> => {
  for (const { host, port, variable } of ports) {
    const server = createServer();
    try {
      server.listen({ host, port, exclusive: true });
      await once(server, 'listening');
    } catch (error) {
      if (errnoOf(error) === 'EADDRINUSE') throw new AppError('port_taken', { port, variable }, { cause: error });
    } finally {
      server.close();
    }
  }
};

const ANSWER_MS = 5_000;
const hostOf = (url: Secret): string => new URL(url.reveal()).host;

const askDatabase = async (url: Secret, variable: string): Promise<void> => {
  const { hostname, port, username, password, searchParams } = new URL(url.reveal());
  const socketPath = searchParams.get('socketPath');
  const place = socketPath === null ? { host: hostname, port: Number(port || '3306') } : { socketPath };
  const login = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  try {
    await (await createConnection({ ...place, ...login, connectTimeout: ANSWER_MS })).end();
  } catch (error) {
    const facts = { problem: 'database_url_silent', address: hostOf(url), variable, errno: errnoOf(error) };
    throw new AppError('database_down', facts, { cause: error });
  }
};
const askRedis = async (url: Secret, variable: string): Promise<void> => {
  const redis = new Redis(url.reveal(), { lazyConnect: true, connectTimeout: ANSWER_MS, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const facts = { problem: 'redis_url_silent', address: hostOf(url), variable };
    throw new AppError('redis_down', facts, { cause: error });
  } finally {
    redis.disconnect();
  }
};

/** Throws database_down or redis_down with the address that does not let us in. Our own ones are started later. */
export const requireForeignServices = async (config: Config): Promise<void> => {
  const { databaseUrl, tenantDatabaseUrl, redisUrl } = config;
  if (databaseUrl !== null) await askDatabase(databaseUrl, 'SIAPPAKAI_DATABASE_URL');
  if (tenantDatabaseUrl !== null) await askDatabase(tenantDatabaseUrl, 'SIAPPAKAI_TENANT_DATABASE_URL');
  if (redisUrl !== null) await askRedis(redisUrl, 'SIAPPAKAI_REDIS_URL');
};
