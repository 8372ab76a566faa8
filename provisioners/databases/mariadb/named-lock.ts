import { ProvisionError, type HeldLock } from '../../contracts';
import type { Connections } from './connection';
import { asProvisionError } from './errors';
import { runStatement } from './connection';

const NAME = /^[\w:.-]{1,64}$/;
const PING_MS = 15_000;

/** A lock of the server, held by a connection of its own: whatever happens to us, it is free once the connection is gone. */
export const takeNamedLock = async (
  connections: Connections,
  name: string,
  timeoutSeconds: number,
): Promise<HeldLock> => {
  if (!NAME.test(name)) throw new ProvisionError('invalid', 'Not a lock name', { lock: name });
  const connection = await connections.dedicated();
  const lost = new AbortController();
  const lose = (error?: unknown): void =>
    lost.abort(asProvisionError(error ?? new Error('The connection that holds the lock ended'), { lock: name }));
  connection.on('error', lose);
  try {
    const [row] = await runStatement(connection, 'SELECT GET_LOCK(?, ?) AS held', [name, timeoutSeconds]);
    if (row?.['held'] !== 1)
      throw new ProvisionError('timeout', 'The lock is held by somebody else', { lock: name, timeoutSeconds });
  } catch (error) {
    connection.destroy();
    throw asProvisionError(error, { lock: name });
  }
  // Idle connections are ended by the server and by firewalls; a ping also notices a server that is gone.
  const heart = setInterval(() => {
    connection.ping().catch(lose);
  }, PING_MS);
  heart.unref();
  const release = async (): Promise<void> => {
    clearInterval(heart);
    connection.removeListener('error', lose);
    connection.on('error', () => undefined);
    await connection.end().catch(() => connection.destroy());
  };
  return { lost: lost.signal, release };
};
