import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort, makeServerFolder, startPrivateServer } from './private-server';

export interface TestRedis {
  /** `redis://:password@127.0.0.1:port/0` */
  readonly url: string;
  readonly port: number;
  readonly password: string;
  stop(): Promise<void>;
  /** SIGKILL; `revive` starts it again, empty. */
  crash(): Promise<void>;
  revive(): Promise<void>;
}

const answers = async (port: number, password: string): Promise<boolean> => {
  const client = new Redis({ port, password, lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
};

/** A private Redis without persistence, `noeviction`, with a password; gone with the test process. */
export const startRedis = async (): Promise<TestRedis> => {
  const folder = makeServerFolder('sp-redis-');
  const password = randomBytes(12).toString('hex');
  const port = await freePort();
  const configFile = path.join(folder, 'redis.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `requirepass ${password}`,
    'save ""',
    'appendonly no',
    'maxmemory-policy noeviction',
    `dir ${folder}`,
    '',
  ];
  writeFileSync(configFile, lines.join('\n'), { mode: 0o600 });
  const server = await startPrivateServer(['redis-server', configFile], folder, () => answers(port, password));
  return { ...server, url: `redis://:${password}@127.0.0.1:${port}/0`, port, password };
};
