import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { Logger } from '../logger';

/** Holds GET_LOCK('<prefix><id>') on a connection of its own: a free lock tells every other worker that this one is gone. */
export interface WorkerLock {
  /** Resolves when the lock is held for the first time: work claimed before would look like a dead worker's. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}
const RETRY_MS = 1000;

const open = async (url: string): Promise<Connection> => {
  const parsed = new URL(url);
  const socketPath = parsed.searchParams.get('socketPath');
  return createConnection({
    ...(socketPath === null ? { host: parsed.hostname, port: Number(parsed.port || '3306') } : { socketPath }),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    enableKeepAlive: true,
  });
};

/** After a lost connection the server may still hold the lock for the old one: asks again until it is ours. */
const take = async (connection: Connection, name: string): Promise<boolean> => {
  await connection.query('SET SESSION wait_timeout = 2592000');
  const [rows] = await connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, 10) AS got', [name]);
  return rows[0]?.['got'] === 1;
};

export const holdWorkerLock = (url: string, name: string, logger: Logger): WorkerLock => {
  let closed = false;
  let connection: Connection | null = null;
  let held: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (held = resolve));
  const hold = async (): Promise<void> => {
    const fresh = await open(url);
    if (closed) {
      fresh.destroy();
      return;
    }
    const gone = new Promise<void>((resolve) => fresh.once('end', resolve).once('error', () => resolve()));
    fresh.on('error', () => undefined);
    connection = fresh;
    try {
      if (!(await take(fresh, name))) return;
      held();
      await gone;
    } finally {
      fresh.destroy();
    }
  };
  const keep = async (): Promise<void> => {
    while (!closed) {
      await hold().catch((error: unknown) => logger.warn({ err: error }, 'worker lock: database is away'));
      if (!closed) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  void keep();
  return {
    ready,
    async close() {
      closed = true;
      connection?.destroy();
    },
  };
};
