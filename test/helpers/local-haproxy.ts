import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { Agent, request } from 'node:https';
import { join, resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { makeInternalCa } from '../../provisioners/lib/internal-ca';
import { freePort, makeServerFolder } from './private-server';
import {
  checkHere,
  makeHaproxy,
  type ConfigCheck,
  type Haproxy,
  type HaproxyOptions,
} from '../../provisioners/proxies/haproxy';
import { socketCommand } from '../../provisioners/proxies/haproxy/command-socket';

/** What the upstream saw, as it tells it. */
export interface Seen {
  readonly address: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly seen: Seen | null;
}
export interface Upstreams {
  /** The port every loopback address (127.x.y.z) answers on. */
  readonly port: number;
  close(): Promise<void>;
}

const closeServer = async (server: Server): Promise<void> => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
};

/** One listener that plays every app: it tells which loopback address was called. `?wait=ms` answers later, `?status=500` with that status. */
export const startUpstreams = async (listen: number | string = 0): Promise<Upstreams> => {
  const server = createServer((asked, answer) => {
    const url = asked.url ?? '';
    const seen: Seen = {
      address: `${asked.socket.localAddress ?? ''}:${asked.socket.localPort ?? 0}`,
      url,
      headers: asked.headers,
    };
    asked.resume();
    answer.statusCode = Number(new URL(url, 'http://x').searchParams.get('status') ?? 200);
    setTimeout(() => answer.end(JSON.stringify(seen)), Number(new URL(url, 'http://x').searchParams.get('wait') ?? 0));
  });
  const tunnels = new Set<Duplex>();
  // A tunnel that says where it ends, then echoes.
  server.on('upgrade', (asked, socket) => {
    socket.on('error', () => socket.destroy());
    const accept = createHash('sha1')
      .update(`${asked.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const head = [
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      'Upgrade: websocket',
      `Sec-WebSocket-Accept: ${accept}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    socket.write(`${asked.socket.localAddress ?? ''}\n`);
    socket.pipe(socket);
    tunnels.add(socket);
    socket.on('close', () => tunnels.delete(socket));
  });
  if (typeof listen === 'string') server.listen(listen);
  else server.listen(listen, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: async () => {
      for (const tunnel of tunnels) tunnel.destroy();
      await closeServer(server);
    },
  };
};

export interface Tunnel {
  readonly address: string;
  echo(text: string): Promise<string>;
  readonly open: () => boolean;
  close(): void;
}

export interface LocalHaproxy {
  readonly proxy: Haproxy;
  readonly folder: string;
  readonly runFolder: string;
  readonly ports: { readonly http: number; readonly https: number };
  readonly pid: () => number;
  /** Through the public https port with SNI and Host, the CA trusted. */
  get(
    host: string,
    path: string,
    options?: { readonly headers?: Record<string, string>; readonly method?: string; readonly agent?: Agent },
  ): Promise<Answer>;
  /** A WebSocket through the public port: the first line is the upstream's address. */
  tunnel(host: string, path: string): Promise<Tunnel>;
  start(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Resolves when the process has ended by itself. */
  ended(): Promise<void>;
  close(): Promise<void>;
}

const ask = (
  port: number,
  host: string,
  path: string,
  options: {
    readonly headers?: Record<string, string>;
    readonly method?: string;
    readonly agent?: Agent;
    readonly ca: string;
  },
): Promise<Answer> =>
  new Promise((resolveAnswer, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: options.method ?? 'GET',
        servername: host,
        ca: options.ca,
        agent: options.agent ?? false,
        headers: { host: `${host}:${port}`, ...options.headers },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolveAnswer({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text,
            seen: text.startsWith('{') ? (JSON.parse(text) as Seen) : null,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end();
  });

const openTunnel = async (port: number, host: string, path: string, ca: string): Promise<Tunnel> => {
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    servername: host,
    ca,
    agent: false,
    headers: {
      host,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'c2lhcHBha2FpLXNpYXBwYQ==',
    },
  });
  sent.end();
  const [, socket, head] = (await Promise.race([
    once(sent, 'upgrade'),
    once(sent, 'response').then(([answer]: IncomingMessage[]) =>
      Promise.reject(new Error(`no upgrade but ${answer?.statusCode ?? 0}`)),
    ),
  ])) as [IncomingMessage, Duplex, Buffer];
  let text = head.toString();
  let wake = (): void => undefined;
  let open = true;
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    wake();
  });
  for (const event of ['close', 'end', 'error']) socket.on(event, () => (open = false));
  const line = async (): Promise<string> => {
    while (!text.includes('\n')) await new Promise<void>((resolveWake) => (wake = resolveWake));
    const cut = text.indexOf('\n');
    const first = text.slice(0, cut);
    text = text.slice(cut + 1);
    return first;
  };
  const address = await line();
  return {
    address,
    echo: (words) => {
      socket.write(`${words}\n`);
      return line();
    },
    open: () => open,
    close: () => socket.destroy(),
  };
};

const answers = (socket: string): Promise<boolean> =>
  socketCommand(socket, 'show version').then(
    () => true,
    () => false,
  );

/** A HAProxy process of its own in a private folder; its check can be replaced. */
export const startLocalHaproxy = async (
  check?: ConfigCheck,
  database?: HaproxyOptions['database'],
): Promise<LocalHaproxy> => {
  const home = makeServerFolder('sp-proxy-');
  const [folder, runFolder] = [join(home, 'proxy'), join(home, 'run')];
  const ports = { http: await freePort(), https: await freePort() };
  const proxy = makeHaproxy({
    folder,
    runFolder,
    listen: { address: '127.0.0.1', ...ports },
    publicPorts: ports,
    pages: resolve('deploy-templates/proxy/pages'),
    ca: makeInternalCa(join(home, 'ca'), 'SiapPakai CA test'),
    check: check ?? checkHere(folder),
    ...(database === undefined ? {} : { database }),
  });
  await proxy.prepare();
  const ca = await proxy.caCertificate();
  let child: ChildProcess | null = null;
  const log: string[] = [];
  const start = async (): Promise<void> => {
    child = spawn(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        'haproxy',
        '-W',
        '-db',
        '-S',
        `${join(runFolder, 'master.sock')},mode,600`,
        '-f',
        join(folder, 'haproxy.cfg'),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child.stdout?.on('data', (chunk: Buffer) => log.push(chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => log.push(chunk.toString()));
    for (let tries = 0; tries < 200; tries += 1) {
      // The worker may answer while its master still changes into one that waits.
      if ((await proxy.facts()).alive && (await answers(join(runFolder, 'master.sock')))) return;
      await pause(25);
    }
    throw new Error(`haproxy did not start: ${log.join('')}`);
  };
  const ended = async (): Promise<void> => {
    if (child !== null && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child?.kill(signal);
    await ended();
    // The worker of a killed master answers for a moment longer: the next start must not take it for its own.
    for (let tries = 0; tries < 200 && (await proxy.facts()).alive; tries += 1) await pause(25);
  };
  await start();
  return {
    proxy,
    folder,
    runFolder,
    ports,
    pid: () => child?.pid ?? 0,
    get: (host, path, options = {}) => ask(ports.https, host, path, { ...options, ca }),
    tunnel: (host, path) => openTunnel(ports.https, host, path, ca),
    start,
    kill,
    ended,
    close: async () => {
      await kill('SIGTERM');
      await rm(home, { recursive: true, force: true });
    },
  };
};
