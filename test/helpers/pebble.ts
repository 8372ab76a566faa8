import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { Agent, createServer, request, type Server } from 'node:https';
import { request as plainRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeInternalCa } from '../../provisioners/lib/internal-ca';
import { freePort, makeServerFolder, startPrivateServer } from './private-server';

/** Where an ACME authority for tests is met: behind a door that can be shut. */
export interface Pebble {
  readonly directoryUrl: string;
  /** PEM of who signed the authority's own address. */
  readonly trust: string;
  /** PEM of the root its certificates end at. */
  root(): Promise<string>;
  /**
   * What the door does with the next questions: open · away (no answer at all) · limited (429 with Retry-After at new orders) ·
   * silent (asks the authority to finalize, and never tells what it said).
   */
  door: 'open' | 'away' | 'limited' | 'silent';
  retryAfter: string;
  /** Paths that were asked, newest last; the authority makes them up. */
  readonly asked: readonly { readonly resource: string; readonly status: number }[];
  /** The resolver says that it does not know this name; true again with `find`. */
  lose(host: string): Promise<void>;
  find(host: string): Promise<void>;
  stop(): Promise<void>;
}
export interface PebbleOptions {
  /** Port it fetches challenges from, on 127.0.0.1. */
  readonly httpPort: number;
  /** Names its policy forbids. */
  readonly forbidden?: readonly string[];
  readonly validitySeconds?: number;
  /** Wants to know the customer: id → key. */
  readonly customers?: Readonly<Record<string, string>>;
}

const readAll = async (message: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
};
const get = (url: string, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { ca, agent: false }, (answer) => {
      readAll(answer).then((body) => resolve(body.toString()), reject);
    });
    asked.on('error', reject);
    asked.end();
  });
const post = (url: string, body: object): Promise<void> =>
  new Promise((resolve, reject) => {
    const asked = plainRequest(url, { method: 'POST', agent: false }, (answer) => {
      answer.resume();
      answer.on('end', resolve);
    });
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });

interface Door {
  readonly server: Server;
  readonly state: Pick<Pebble, 'door' | 'retryAfter'> & { readonly asked: { resource: string; status: number }[] };
}
const LIMITED = JSON.stringify({ type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many certificates' });

/** A reverse proxy in front of the authority; the Host goes on, so that its addresses lead back here. */
const makeDoor = (tls: { readonly cert: string; readonly key: string }, port: number, ca: string): Door => {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 16 });
  const state: Door['state'] = { door: 'open', retryAfter: '3600', asked: [] };
  const pass = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const url = asked.url ?? '';
    const body = await readAll(asked);
    if (state.door === 'away') {
      asked.socket.destroy();
      return;
    }
    if (state.door === 'limited' && /order-plz|new-order/.test(url)) {
      state.asked.push({ resource: url, status: 429 });
      answer.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': state.retryAfter });
      answer.end(LIMITED);
      return;
    }
    const inner = request(
      { host: 'localhost', port, path: url, method: asked.method, headers: asked.headers, agent },
      (from) => {
        void readAll(from).then((content) => {
          state.asked.push({ resource: url, status: from.statusCode ?? 0 });
          if (state.door === 'silent' && url.includes('finalize')) return;
          answer.writeHead(from.statusCode ?? 502, from.headers);
          answer.end(content);
        });
      },
    );
    inner.on('error', () => asked.socket.destroy());
    inner.end(body);
  };
  const server = createServer(tls, (asked, answer) => void pass(asked, answer).catch(() => asked.socket.destroy()));
  return { server, state };
};

const startResolver = async () => {
  const [dns, management] = [await freePort(), await freePort()];
  const none = ['-http01', '', '-https01', '', '-tlsalpn01', ''];
  const argv = [
    'pebble-challtestsrv',
    ...none,
    '-dns01',
    `127.0.0.1:${dns}`,
    '-management',
    `127.0.0.1:${management}`,
    '-defaultIPv6',
    '',
    '-defaultIPv4',
    '127.0.0.1',
  ];
  const url = `http://127.0.0.1:${management}`;
  const isUp = (): Promise<boolean> =>
    post(`${url}/clear-a`, { host: 'x.invalid' }).then(
      () => true,
      () => false,
    );
  return { dns, url, server: await startPrivateServer(argv, makeServerFolder('sp-challtest-'), isUp) };
};

/** A real ACME authority of the machine's own package (pebble), with a resolver that knows every name as 127.0.0.1. */
export const startPebble = async (options: PebbleOptions): Promise<Pebble> => {
  const folder = makeServerFolder('sp-pebble-');
  const ca = makeInternalCa(await mkdtemp(path.join(tmpdir(), 'sp-pebble-ca-')), 'SiapPakai pebble');
  const { certificate, key } = await ca.issue(['localhost']);
  const trust = await ca.certificate();
  const [inside, management, outside] = [await freePort(), await freePort(), await freePort()];
  const [certFile, keyFile] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  writeFileSync(certFile, certificate);
  writeFileSync(keyFile, key, { mode: 0o600 });
  const pebble = {
    listenAddress: `127.0.0.1:${inside}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: certFile,
    privateKey: keyFile,
    httpPort: options.httpPort,
    tlsPort: 1,
    externalAccountBindingRequired: options.customers !== undefined,
    externalAccountMACKeys: options.customers ?? {},
    domainBlocklist: options.forbidden ?? [],
    ...(options.validitySeconds === undefined ? {} : { certificateValidityPeriod: options.validitySeconds }),
  };
  const config = path.join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ pebble }));
  const resolver = await startResolver();
  const argv = [
    'env',
    'PEBBLE_VA_NOSLEEP=1',
    'PEBBLE_AUTHZREUSE=0',
    'pebble',
    '-config',
    config,
    '-dnsserver',
    `127.0.0.1:${resolver.dns}`,
  ];
  const isUp = (): Promise<boolean> =>
    get(`https://localhost:${inside}/dir`, trust).then(
      () => true,
      () => false,
    );
  const server = await startPrivateServer(argv, folder, isUp);
  const { server: door, state } = makeDoor({ cert: certificate, key }, inside, trust);
  await new Promise<void>((resolve) => door.listen(outside, '127.0.0.1', resolve));
  return Object.assign(state, {
    directoryUrl: `https://localhost:${outside}/dir`,
    trust,
    root: () => get(`https://localhost:${management}/roots/0`, trust),
    lose: (host: string) => post(`${resolver.url}/set-servfail`, { host }),
    find: (host: string) => post(`${resolver.url}/clear-servfail`, { host }),
    stop: async () => {
      door.closeAllConnections();
      await new Promise((resolve) => door.close(resolve));
      await server.stop();
      await resolver.server.stop();
    },
  });
};
