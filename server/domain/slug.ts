const MAX_LABEL = 63;
const QUOTES = /['"`´‘’‚‛“”„ʼʻ]/g;

/** A DNS label from a name: `Ba'u II (Kulon)` → `bau-ii-kulon`; at most `max` characters; `desa` when nothing is left. */
export const slugOf = (name: string, max: number = MAX_LABEL): string => {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(QUOTES, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, max + 1)
    .replace(/^-+|-+$/g, '');
  return slug.slice(0, max).replace(/-+$/, '') || 'desa';
};

/** Joins slugs to one label of at most 63 characters; the first one is cut, never the others. */
export const joinSlugs = (first: string, ...rest: readonly string[]): string => {
  const tail = rest.map((part) => `-${part}`).join('');
  return `${first.slice(0, Math.max(1, MAX_LABEL - tail.length)).replace(/-+$/, '')}${tail}`.slice(0, MAX_LABEL);
};

/** Labels that belong to the kabupaten's own services or mean something to machines; no desa gets them. */
export const RESERVED_LABELS: ReadonlySet<string> = new Set(
  [
    'www api pbb admin administrator dasbor dashboard siappakai portal layanan opendk opensid openkab satudata pantau',
    'mail email smtp imap pop pop3 webmail autodiscover autoconfig mx mx1 mx2 ns ns1 ns2 ns3 ns4 dns ftp sftp ssh vpn',
    'localhost wpad isatap status monitor cdn static assets app apps m dev staging test demo git proxy root host',
    'desa kelurahan kecamatan kabupaten kec kab kel',
  ]
    .join(' ')
    .split(' '),
);

/** True for a whole DNS label in canonical form. */
export const isLabel = (text: string): boolean => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
