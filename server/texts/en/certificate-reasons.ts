import type { certificateReasons as idReasons } from '../id/certificate-reasons';
import { reasonsOf, withValue, type ReasonValues } from '../reason-text';

const kept = reasonsOf('The host goes on with the certificate it has, or with one of this dashboard’s CA.');
const all = reasonsOf('No citizen, as long as the old certificates last.');
const said = (p: ReasonValues): string => withValue(p, 'detail', (text) => ` The authority says: ${text}`);
const again = 'It is asked for again by itself; once mended, press Ask again now.';

export const certificateReasons: typeof idReasons = {
  certificate_dns: kept(
    'name not found in DNS',
    (p) => `The authority does not find ${p('host')} in DNS.${said(p)}`,
    `Make an A or AAAA record that points to this server. ${again}`,
  ),
  certificate_connection: kept(
    'the authority does not reach this server',
    (p) => `The authority got no answer from ${p('host')} on port 80.${said(p)}`,
    `Check that DNS points to this server and that port 80 is open from the internet. ${again}`,
  ),
  certificate_unauthorized: kept(
    'another server answers',
    (p) => `At ${p('host')} another server answered the authority.${said(p)}`,
    `Point DNS to this server, or pass /.well-known/acme-challenge/ on from the server in front of it. ${again}`,
  ),
  certificate_caa: kept(
    'a CAA record forbids this authority',
    (p) => `The owner of the domain of ${p('host')} does not allow this authority (CAA).${said(p)}`,
    `Ask the owner of the domain to add this authority to its CAA record. ${again}`,
  ),
  certificate_rejected: kept(
    'the authority does not serve this name',
    (p) => `The authority does not sign ${p('host')}.${said(p)}`,
    'Change the address of this desa, or upload an own certificate for it.',
  ),
  certificate_unknown: kept(
    'the authority refuses',
    (p) => `The authority refuses ${p('host')}.${said(p)}`,
    `Read what the authority says and mend it. ${again}`,
  ),
  certificate_authority_away: all(
    'the authority does not answer',
    (p) => `The certificate authority ${p('host')} does not answer.`,
    'It is tried again by itself. If it lasts, check this server’s way to the internet and the authority’s address in Settings.',
  ),
  certificate_rate_limited: all(
    'the authority’s limit is reached',
    (p) => `The authority asks to wait because there were too many requests.${said(p)}`,
    'Nothing to do: it is asked again in time.',
  ),
  certificate_authority_refuses: all(
    (p) => withValue(p, 'problem', (word) => `the authority refuses: ${word}`) || 'the authority refuses',
    (p) => `The authority refuses the request.${said(p)}`,
    'Check the authority’s address, e-mail and customer number in Settings, then press Ask again now.',
  ),
  certificate_no_space: all(
    'disk full',
    (p) => `There is a new certificate, but the disk is full${withValue(p, 'path', (path) => `: ${path}`)}.`,
    'Free some space; it is installed by itself once there is room.',
  ),
  certificate_not_written: all(
    'cannot be installed',
    (p) =>
      `There is a new certificate, but it cannot be given to the proxy${withValue(p, 'path', (path) => `: ${path}`)}${withValue(p, 'errno', (errno) => ` (${errno})`)}.`,
    'It is tried again by itself. If it lasts, run ./siappakai doctor on the server.',
  ),
};
