import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

export interface GitServer {
  readonly origin: string;
  readonly caFile: string;
  /** `Authorization` headers seen, decoded; '' = without. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}
export interface GitServerOptions {
  /** Folder whose bare repositories are served. */
  readonly root: string;
  /** `user:password` that is let in; null = everybody. */
  readonly login: string | null;
  /** Sends every request there instead. */
  readonly redirectTo?: string;
  readonly onRequest?: () => void;
}

function certificate(folder: string): { readonly key: string; readonly cert: string } {
  mkdirSync(folder, { recursive: true });
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  const argv = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', [...argv, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key, cert };
}

function serveGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'https://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  let headers: 'open' | 'sent' = 'open';
  child.stdout.on('data', (chunk: Buffer) => {
    if (headers === 'sent') return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    for (const line of head.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(/:\s*/, 2);
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    headers = 'sent';
    response.write(head.subarray(end + 4));
  });
  child.stdout.on('end', () => response.end());
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

/** The repositories of a folder over https on loopback, with or without a login. */
export async function serveRepositories(options: GitServerOptions): Promise<GitServer> {
  const { key, cert } = certificate(join(dirname(options.root), `tls-${Math.random().toString(36).slice(2)}`));
  const seen: string[] = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const given = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    seen.push(given);
    options.onRequest?.();
    if (options.redirectTo !== undefined) {
      response.writeHead(302, { Location: `${options.redirectTo}${request.url ?? ''}` }).end();
    } else if (options.login !== null && given !== options.login) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
    } else serveGit(options.root, request, response);
  });
  const port = await listen(server);
  return {
    origin: `https://localhost:${port}`,
    caFile: cert,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
