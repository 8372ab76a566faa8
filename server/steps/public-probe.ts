import { X509Certificate } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createSecureContext, rootCertificates, TLSSocket } from 'node:tls';
import type { SeenCertificate } from '../domain/certificate';
import { errnoOf } from '../domain/errors';

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
  /** What the host showed; absent when there was no answer. */
  readonly certificate?: SeenCertificate;
}
/** Throws NotMeasured when the proxy cannot be asked, or says that nobody has a database now: that is neither pass nor fail. */
export interface PublicProbe {
  get(probe: ProbeRequest): Promise<ProbeAnswer>;
}
export class NotMeasured extends Error {
  readonly cause_: string;
  constructor(cause: string) {
    super(`not measured: ${cause}`);
    this.name = 'NotMeasured';
    this.cause_ = cause;
  }
}
const BODY_LIMIT = 2 * 1024 * 1024;
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EMFILE', 'ENFILE']);

/** What the proxy says of itself in `X-Siappakai`. */
const SAID = { held: 'held', away: 'away' } as const;
export const DATABASE_AWAY = 'database_away';
const bodyOf = (answer: IncomingMessage): Promise<string> =>
  new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    answer.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) parts.push(chunk);
    });
    answer.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
    answer.on('error', () => resolve(''));
  });

interface ProbeOptions {
  readonly address: string;
  readonly port: number;
  readonly caCertificate: () => Promise<string>;
  /** PEM of one more root, as long as it is kept; null = none. */
  readonly trusted?: () => Promise<string | null>;
}
const ROOTS_MS = 5 * 60_000;
const ask = (options: ProbeOptions, agent: Agent, probe: ProbeRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const host = options.port === 443 ? probe.host : `${probe.host}:${options.port}`;
    const headers = { host, 'user-agent': 'SiapPakai-uji/1', ...probe.headers };
    const { address, port } = options;
    const where = { host: address, port, servername: probe.host, path: probe.path, agent, headers };
    const outgoing = request({ ...where, method: 'GET', timeout: probe.timeoutMs ?? 20_000 }, resolve);
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', reject);
    outgoing.end();
  });

const namePart = (issuer: string, key: string): string | undefined =>
  issuer
    .split('\n')
    .find((line) => line.startsWith(`${key}=`))
    ?.slice(key.length + 1);
/** Each certificate is read once: one serves up to a hundred hosts. */
const certificateReader = (ca: X509Certificate): ((shown: X509Certificate) => SeenCertificate) => {
  const known = new Map<string, SeenCertificate>();
  return (shown) => {
    const found = known.get(shown.fingerprint256);
    if (found !== undefined) return found;
    const internal = shown.checkIssued(ca) && shown.verify(ca.publicKey);
    const seen: SeenCertificate = {
      issuer: internal ? 'internal' : 'external',
      issuedBy: namePart(shown.issuer, 'O') ?? namePart(shown.issuer, 'CN') ?? '',
      notAfter: new Date(shown.validTo),
    };
    known.set(shown.fingerprint256, seen);
    return seen;
  };
};
const shownBy = ({ socket }: IncomingMessage): X509Certificate | undefined =>
  socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;

interface Ready {
  readonly agent: Agent;
  readonly read: ReturnType<typeof certificateReader>;
  readonly at: number;
}
const prepare = async (options: ProbeOptions): Promise<Ready> => {
  const ca = await options.caCertificate();
  const trusted = (await options.trusted?.()) ?? null;
  const secureContext = createSecureContext({ ca: [...rootCertificates, ca, ...(trusted === null ? [] : [trusted])] });
  return {
    at: Date.now(),
    // As a visitor who was never here: a resumed session would hide a certificate that ended or was replaced.
    agent: new Agent({ secureContext, keepAlive: false, maxCachedSessions: 0 }),
    read: certificateReader(new X509Certificate(ca)),
  };
};

/** `caCertificate` = PEM of the internal CA; every other certificate must be valid by the system's roots or by `trusted`. */
export const makePublicProbe = (options: ProbeOptions): PublicProbe => {
  let made: Ready | null = null;
  // Read seldom: the roots of the system are many.
  const ready = async (): Promise<Ready> =>
    made !== null && Date.now() - made.at < ROOTS_MS ? made : (made = await prepare(options));
  return {
    async get(probe) {
      const started = performance.now();
      const ms = (): number => Math.round(performance.now() - started);
      try {
        const { agent, read } = await ready();
        const answer = await ask(options, agent, probe);
        const shown = shownBy(answer);
        const status = answer.statusCode ?? 0;
        const said = status === 503 ? answer.headers['x-siappakai'] : undefined;
        if (said === SAID.away) {
          answer.destroy();
          throw new NotMeasured(DATABASE_AWAY);
        }
        const held = said === SAID.held;
        const body = await bodyOf(answer);
        return { status, body, ms: ms(), held, ...(shown === undefined ? {} : { certificate: read(shown) }) };
      } catch (error) {
        if (error instanceof NotMeasured) throw error;
        const code = errnoOf(error) ?? 'timeout';
        if (UNREACHABLE.has(code)) throw new NotMeasured(code);
        return { status: 0, body: code, ms: ms(), held: false };
      }
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
