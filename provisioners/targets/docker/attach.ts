import { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { ProvisionError } from '../../contracts';
import { errnoOf } from '../../lib/errno';
import { asError } from '../../lib/thrown';
import { call, type Engine } from './engine';

/** The reason of an aborted signal as an Error. */
export const abortReason = (signal: AbortSignal): Error => asError(signal.reason);

/** Calls `act` once when the signal fires; returns the function that forgets it. */
export const onAbort = (signal: AbortSignal | undefined, act: () => void): (() => void) => {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
  return () => signal.removeEventListener('abort', act);
};

/** The client's own types are looser than what it hands out: answers are Node streams, hijacked ones sockets. */
export const readableOf = (stream: unknown): Readable => {
  if (stream instanceof Readable) return stream;
  throw new ProvisionError('failed', 'The engine gave no stream');
};
export const duplexOf = (stream: unknown): Duplex => {
  if (stream instanceof Duplex) return stream;
  throw new ProvisionError('failed', 'The engine gave no connection');
};

/** Sends `stdin` (or nothing) and closes that half of the connection; a reader that ends early is no error. */
export const sendInput = async (socket: Duplex, stdin: NodeJS.ReadableStream | undefined): Promise<void> => {
  if (stdin === undefined) return;
  await pipeline(stdin, socket).catch((error: unknown) => {
    const code = errnoOf(error);
    if (code !== 'EPIPE' && code !== 'ECONNRESET' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
};

/** Runs `work` while the container runs with its input held open by us. */
export const attachedRun = async <T>(
  engine: Engine,
  container: Docker.Container,
  work: () => Promise<T>,
): Promise<T> => {
  const socket = await call(engine, 'attach', () =>
    container.attach({ stream: true, stdin: true, stdout: true, hijack: true }),
  );
  socket.on('error', () => undefined);
  socket.resume();
  try {
    await call(engine, 'start build container', () => container.start() as Promise<unknown>);
    return await work();
  } finally {
    socket.end();
  }
};
