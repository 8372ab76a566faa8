import { connect } from 'node:net';
import { ProvisionError } from '../../contracts';

const GONE = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EAGAIN']);

/**
 * One command line (payload included) on one of HAProxy's unix sockets, and its whole answer.
 * ProvisionError: unreachable (nobody listens, or it left half-way) · refused (not allowed) · timeout.
 */
export const socketCommand = (path: string, command: string, timeoutMs = 10_000): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(path);
    const chunks: Buffer[] = [];
    const fail = (error: ProvisionError): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeoutMs, () => fail(new ProvisionError('timeout', 'The proxy does not answer', { path })));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => {
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const errno = error.code ?? null;
      const code =
        errno !== null && GONE.has(errno)
          ? 'unreachable'
          : errno === 'EACCES' || errno === 'EPERM'
            ? 'refused'
            : 'failed';
      fail(new ProvisionError(code, 'The proxy cannot be reached', { path, errno }, error));
    });
    // The master ends an answer only when no further command can come.
    socket.end(`${command}\n`);
  });

/** Sends one command line to one process of the proxy and gives its answer. */
export type Ask = (command: string) => Promise<string>;
