import { isIPv4 } from 'node:net';
import { join, normalize } from 'node:path';
import { ProvisionError } from '../../contracts';
import { sha256 } from '../../lib/canonical';
import { awayBackend, awayGlobals, awayRequests, awayResponses } from './database-away';
import { FILE, SOCKET, type HaproxyOptions } from './options';
import { outsideSections } from './outside';

/** What the configuration depends on. Routes are data beside it and never change it. */
export type ConfigInput = Pick<
  HaproxyOptions,
  'runFolder' | 'runFolderInside' | 'listen' | 'publicPorts' | 'database'
> & {
  /** The dashboard's socket as the host sees it. */
  readonly dashboardSocket: string | null;
  /** See ProxyState. */
  readonly outside?: readonly string[];
  /** Fingerprint of the pages: they are read at start only. */
  readonly pagesHash: string;
};

const HASH_MARK = 'CONFIG-HASH';
const FORGED = [
  'Forwarded',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X-Real-IP',
  'X-Original-URL',
];
const KNOWN = '{ var(txn.route) -m found }';

const requirePath = (path: string): string => {
  if (!/^\/[\w./-]{1,100}$/.test(path) || normalize(path) !== path) {
    throw new ProvisionError('invalid', 'Not a usable path', { path });
  }
  return path;
};
const requirePort = (port: number): number => {
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new ProvisionError('invalid', 'Not a port', { port });
  return port;
};
const bindAddress = (address: string | undefined): string => {
  if (address === undefined) return '*';
  if (!isIPv4(address)) throw new ProvisionError('invalid', 'Not an IPv4 address', { address });
  return address;
};
/** A path of the run folder as the proxy process sees it. */
const inside = (input: ConfigInput, path: string): string => {
  requirePath(path);
  const folder = input.runFolderInside ?? input.runFolder;
  if (path === input.runFolder) return requirePath(folder);
  if (path.startsWith(`${input.runFolder}/`)) return requirePath(join(folder, path.slice(input.runFolder.length)));
  if (input.runFolderInside === undefined) return requirePath(path);
  throw new ProvisionError('invalid', 'The proxy cannot see this socket', { path, folder: input.runFolder });
};

const answer = (status: number, page: string, ...headers: readonly string[]): string =>
  `status ${status} content-type "text/html; charset=utf-8" file ${FILE.pages}/${page}.html hdr Cache-Control no-store${headers
    .map((header) => ` hdr ${header}`)
    .join('')}`;
const failures = (): string =>
  [502, 503, 504].map((status) => `  http-error ${answer(status, 'down', 'Retry-After 15')}`).join('\n');

const AWAY = answer(503, 'away', 'Retry-After 15');

const globalSection = (input: ConfigInput): string => `global
  default-path config
  description ${HASH_MARK}
  log stdout format raw local0
  maxconn 8000
  # A replaced worker may finish its WebSockets.
  hard-stop-after 12h
  ssl-default-bind-options ssl-min-ver TLSv1.2
  stats socket ${join(inside(input, input.runFolder), SOCKET.runtime)} mode 600 level admin expose-fd listeners
  stats timeout 30s
${awayGlobals(input)}
defaults
  mode http
  log global
  option dontlognull
  option dontlog-normal
  # A replaced worker ends kept connections with an answer, never in the middle of a question.
  option idle-close-on-response
  # Never the query string: it carries tokens.
  log-format "%ci %HM %[var(txn.host)] %{+Q}HPO %ST %B %Tr/%Ta %tsc %[var(txn.slot)]"
  # One connection per request towards the apps: none can meet a connection that a leaving app has just closed.
  option http-server-close
  timeout connect 2s
  timeout http-request 20s
  timeout http-keep-alive 30s
  timeout client 75s
  timeout client-fin 30s
  timeout server 300s
  timeout tunnel 1h
  timeout queue 5s
`;

/** For every host, known or not, before any route: the token of the question and the thumbprint of our account. */
const CHALLENGE = `  http-request set-var(txn.thumbprint) str(account),map_str(${FILE.challenge}) if { path_beg /.well-known/acme-challenge/ }
  http-request return status 200 content-type text/plain lf-string "%[path,field(4,/)].%[var(txn.thumbprint)]" if { var(txn.thumbprint) -m found } { path_reg ^/[.]well-known/acme-challenge/[A-Za-z0-9_-]{16,128}$ }`;

const LOOK_UP = `  http-request set-var(txn.host) req.hdr(host),field(1,:),lower
  http-request set-var(txn.segment) path,field(2,/)
  http-request set-var(txn.route) var(txn.host),concat(/,txn.segment),map_str(${FILE.routes})
  http-request set-var(txn.prefix) str(/),concat(,txn.segment) if ${KNOWN} { var(txn.segment),length gt 0 }
  http-request set-var(txn.route) var(txn.host),concat(/),map_str(${FILE.routes}) if !${KNOWN}
  http-request return ${answer(404, '404')} if !${KNOWN}`;

const redirectTo = (host: string, port: number, condition: string): string =>
  `  http-request redirect code 308 prefix https://%[${host}]${port === 443 ? '' : `:${port}`}${condition}`;

const FORWARDED = `${FORGED.map((name) => `  http-request del-header ${name}`).join('\n')}
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto https`;

const httpFrontend = (input: ConfigInput): string => {
  const port = requirePort(input.publicPorts.https);
  return `
frontend http
  bind ${bindAddress(input.listen.address)}:${requirePort(input.listen.http)}
  http-request return status 204 if { path /siappakai/hidup }
${CHALLENGE}
${LOOK_UP}
${redirectTo('var(txn.route),field(2,|)', port, ' if { var(txn.route) -m beg redirect| }')}
${redirectTo('var(txn.host)', port, ` if ${KNOWN}`)}
`;
};

const httpsFrontend = (input: ConfigInput): string => `
frontend https
  bind ${bindAddress(input.listen.address)}:${requirePort(input.listen.https)} ssl crt ${FILE.defaultCertificate} crt-list ${FILE.certificateList} alpn h2,http/1.1
${CHALLENGE}
${LOOK_UP}
${redirectTo('var(txn.route),field(2,|)', requirePort(input.publicPorts.https), ' if { var(txn.route) -m beg redirect| }')}
  http-request set-var(txn.slot) var(txn.route),field(2,|,0)
  http-request return ${answer(503, 'held', 'Retry-After 15', 'X-Siappakai held')} if { var(txn.route) -m beg held| }
  http-request return ${answer(503, 'closed', 'Retry-After 3600')} if { var(txn.route) -m beg closed| }
  http-request return ${answer(503, 'down', 'Retry-After 15')} if { var(txn.route) -m beg down| }
${awayRequests(input, AWAY)}${FORWARDED}
  http-request track-sc0 var(txn.slot) table traffic if { var(txn.route) -m beg open| }
  http-request set-header X-Forwarded-Prefix %[var(txn.prefix)] if { var(txn.prefix) -m found }
  http-request replace-path ^/[^/]+/?(.*) /\\1 if { var(txn.prefix) -m found }
  http-request set-dst var(txn.route),field(2,|) if { var(txn.route) -m beg open| }
  http-request set-dst-port var(txn.route),field(3,|) if { var(txn.route) -m beg open| }
  use_backend app if { var(txn.route) -m beg open| }
  default_backend dashboard
`;

const wayOut = ({ listen, outside = [] }: ConfigInput): string =>
  listen.outside === undefined
    ? ''
    : outsideSections(`${bindAddress(listen.address)}:${requirePort(listen.outside)}`, outside);

const backends = (input: ConfigInput): string => `
# Every app: the route's own address is the destination, so a retry can only meet the same slot.
backend app
  retries 2
  retry-on conn-failure empty-response
  http-request disable-l7-retry if !METH_GET
  # Only the proxy itself says that a site is held or its database away: an app that says so is believed by nobody.
  http-response del-header X-Siappakai
${awayResponses(input, AWAY)}${failures()}
  server slot 0.0.0.0:0

backend dashboard
  retries 3
${failures()}${input.dashboardSocket === null ? '' : `\n  server dashboard unix@${inside(input, input.dashboardSocket)}`}
${awayBackend(input)}
# Requests, failures and running requests per address and route.
backend traffic
  stick-table type string len 96 size 20k expire 24h store http_req_cnt,http_fail_cnt,conn_cur
`;

/** The configuration file and its fingerprint, which the running process repeats as its description. */
export const renderConfig = (input: ConfigInput): { readonly text: string; readonly hash: string } => {
  const text = [globalSection, httpFrontend, httpsFrontend, backends, wayOut].map((section) => section(input)).join('');
  const hash = sha256(`${input.pagesHash}\n${text}`);
  return { text: text.replace(HASH_MARK, hash), hash };
};
