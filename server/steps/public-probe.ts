import { request as httpRequest } from 'node:http';
import { Agent, request } from 'node:https';

/** One request as a citizen's browser would make it: to our proxy, with the desa's SNI and Host. Redirects are not followed. */
export interface ProbeRequest {
  readonly host: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}
export interface ProbeAnswer {
  readonly status: number;
  readonly body: string;
  readonly ms: number;
  readonly held: boolean;
}
/** Throws NotMeasured when the proxy itself cannot be asked: that is neither pass nor fail. */
export interface PublicProbe {
  get(probe: ProbeRequest): Promise<ProbeAnswer>;
}
export class NotMeasured extends Error {
  readonly cause_: string;
  constructor(cause: string) {
    super(`proxy cannot be asked: ${cause}`);
    this.name = 'NotMeasured';
    this.cause_ = cause;
  }
}
const BODY_LIMIT = 2 * 1024 * 1024;
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EMFILE', 'ENFILE']);

/** `caCertificate` = PEM of the internal CA; every other certificate must be valid by the system's roots. */
export const makePublicProbe = (options: {
  readonly address: string;
  readonly port: number;
  readonly caCertificate: () => Promise<string>;
}): PublicProbe => {
  let agent: Agent | null = null;
  const ready = async (): Promise<Agent> =>
    (agent ??= new Agent({ ca: [await options.caCertificate()], keepAlive: false }));
  return {
    async get(probe) {
      const started = performance.now();
      const using = await ready();
      return new Promise((resolve, reject) => {
        const outgoing = request(
          {
            host: options.address,
            port: options.port,
            servername: probe.host,
            path: probe.path,
            method: 'GET',
            agent: using,
            headers: {
              host: options.port === 443 ? probe.host : `${probe.host}:${options.port}`,
              'user-agent': 'SiapPakai-uji/1',
              ...probe.headers,
            },
            timeout: probe.timeoutMs ?? 20_000,
          },
          (answer) => {
            const parts: Buffer[] = [];
            let size = 0;
            answer.on('data', (chunk: Buffer) => {
              size += chunk.length;
              if (size <= BODY_LIMIT) parts.push(chunk);
            });
            answer.on('end', () =>
              resolve({
                status: answer.statusCode ?? 0,
                body: Buffer.concat(parts).toString('utf8'),
                ms: Math.round(performance.now() - started),
                held:
                  answer.statusCode === 503 &&
                  answer.headers['retry-after'] !== undefined &&
                  answer.headers['x-siappakai'] === 'held',
              }),
            );
            answer.on('error', () =>
              resolve({ status: 0, body: '', ms: Math.round(performance.now() - started), held: false }),
            );
          },
        );
        outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
        outgoing.on('error', (error: NodeJS.ErrnoException) => {
          if (UNREACHABLE.has(error.code ?? '')) reject(new NotMeasured(error.code ?? 'unknown'));
          else
            resolve({
              status: 0,
              body: error.code ?? error.message,
              ms: Math.round(performance.now() - started),
              held: false,
            });
        });
        outgoing.end();
      });
    },
  };
};

/** Straight to a container's own address; status 0 when it does not answer yet. */
export type PrivateGet = (probe: ProbeRequest & { readonly address: string }) => Promise<ProbeAnswer>;
const PRIVATE_PORT = 8080;
export const privateGet: PrivateGet = (probe) =>
  new Promise((resolve) => {
    const started = performance.now();
    const answer = (status: number, body: string): void =>
      resolve({ status, body, ms: Math.round(performance.now() - started), held: false });
    const outgoing = httpRequest(
      {
        host: probe.address,
        port: PRIVATE_PORT,
        path: probe.path,
        agent: false,
        timeout: probe.timeoutMs ?? 15_000,
        headers: { host: probe.host, 'x-forwarded-proto': 'https', ...probe.headers },
      },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => parts.push(chunk));
        incoming.on('end', () => answer(incoming.statusCode ?? 0, Buffer.concat(parts).toString('utf8')));
        incoming.on('error', () => answer(0, ''));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', (error: NodeJS.ErrnoException) => answer(0, error.code ?? ''));
    outgoing.end();
  });
