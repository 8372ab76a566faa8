import { createConnection, type Connection } from 'mysql2/promise';
import type { Logger } from '../logger';

/** Holds GET_LOCK('<prefix><id>') on a connection of its own: a free lock tells every other worker that this one is gone. */
export interface WorkerLock {
  close(): Promise<void>;
}
const RETRY_MS = 1000;

export const holdWorkerLock = (url: string, name: string, logger: Logger): WorkerLock => {
  let closed = false;
  let connection: Connection | null = null;
  const connect = async (): Promise<void> => {
    const parsed = new URL(url);
    const socketPath = parsed.searchParams.get('socketPath');
    const fresh = await createConnection({
      ...(socketPath === null ? { host: parsed.hostname, port: Number(parsed.port || '3306') } : { socketPath }),
      user: decodeURIComponent(parsed.username),
      password: decodeURIComponent(parsed.password),
      enableKeepAlive: true,
    });
    fresh.on('error', () => undefined);
    connection = fresh;
    await fresh.query('SET SESSION wait_timeout = 2592000');
    await fresh.query('SELECT GET_LOCK(?, 10)', [name]);
    await new Promise<void>((resolve) => fresh.once('end', resolve).once('error', () => resolve()));
  };
  const keep = async (): Promise<void> => {
    while (!closed) {
      await connect().catch((error: unknown) => logger.warn({ err: error }, 'worker lock: database is away'));
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  void keep();
  return {
    async close() {
      closed = true;
      connection?.destroy();
    },
  };
};
