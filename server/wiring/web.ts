import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { Config } from '../config';
import type { Logger } from '../logger';
import { webSocketFile } from '../parts/addresses';
import { openControl, randomPassword } from './control';

const listen = (server: Server, where: string | { readonly port: number; readonly host: string }): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    if (typeof where === 'string') server.listen(where, () => resolve());
    else server.listen(where.port, where.host, () => resolve());
  });

/** The dashboard: loopback for SSH tunnels, a socket for the proxy. No engine is reachable from here. */
export const runWeb = async (config: Config, logger: Logger, shutdown: AbortSignal): Promise<void> => {
  const control = await openControl(config, logger, { pool: 10, randomPassword });
  const handler = (_request: unknown, response: { end: (text: string) => void }): void => response.end('ok');
  const [loopback, socket] = [createServer(handler), createServer(handler)];
  const file = webSocketFile(config);
  await rm(file, { force: true });
  await listen(loopback, { port: config.dashboardPort, host: '127.0.0.1' });
  await listen(socket, file);
  await chmod(file, 0o666);
  logger.info({ port: config.dashboardPort }, 'web is ready');
  await new Promise<void>((resolve) => shutdown.addEventListener('abort', () => resolve(), { once: true }));
  loopback.close();
  socket.close();
  await control.close();
};
