import { ProvisionError } from '../../contracts';
import { isHostName } from '../../lib/internal-ca';
import { VILLAGE_POOLS } from '../../lib/walls';

/** A name the admin opened may still point into this machine: never there. */
const NEVER = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', ...VILLAGE_POOLS];
const LISTED = 40;

const listed = (hosts: readonly string[]): string => {
  const wrong = hosts.find((host) => !isHostName(host));
  if (wrong !== undefined) throw new ProvisionError('invalid', 'Not a host name', { host: wrong });
  const lines: string[] = [];
  for (let first = 0; first < hosts.length; first += LISTED)
    lines.push(`  acl listed var(sess.name) -m str ${hosts.slice(first, first + LISTED).join(' ')}`);
  return lines.join('\n');
};

/**
 * The way out for villages: TLS to a listed name, told by its own first packet, is carried through as it is; everything else is
 * closed at once. The names are looked up here, so a village needs no resolver. '' = no way out.
 */
export const outsideSections = (port: string, hosts: readonly string[]): string =>
  hosts.length === 0
    ? ''
    : `
resolvers outside
  parse-resolv-conf
  resolve_retries 2
  timeout resolve 1s
  timeout retry 1s

frontend outside
  mode tcp
  bind ${port}
  option tcplog
  log-format "%ci outside %[var(sess.name)] %ST %B %Tt %ts"
  tcp-request inspect-delay 3s
${listed(hosts)}
  tcp-request content reject if !{ req.ssl_hello_type 1 }
  tcp-request content set-var(sess.name) req.ssl_sni,lower
  tcp-request content reject if !listed
  tcp-request content do-resolve(sess.address,outside,ipv4) var(sess.name)
  tcp-request content reject if !{ var(sess.address) -m found }
  tcp-request content reject if { var(sess.address) -m ip ${NEVER.join(' ')} }
  tcp-request content set-dst var(sess.address)
  default_backend outside

backend outside
  mode tcp
  server any 0.0.0.0:443
`;
