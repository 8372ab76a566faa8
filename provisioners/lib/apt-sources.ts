import { readdir, readFile } from 'node:fs/promises';

export interface Mirrors {
  readonly main: string;
  readonly security: string;
}
export const DEFAULT_MIRRORS: Mirrors = {
  main: 'http://deb.debian.org/debian',
  security: 'http://deb.debian.org/debian-security',
};

const ONE_LINE = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s/;

const urisOf = (text: string): { uri: string; suites: string }[] => {
  const oneLine = text.split('\n').flatMap((line) => {
    const found = ONE_LINE.exec(line);
    return found?.[1] === undefined || found[2] === undefined ? [] : [{ uri: found[1], suites: found[2] }];
  });
  const stanzas = text.split(/\n\s*\n/).flatMap((stanza) => {
    const uri = /^URIs:\s*(\S+)/m.exec(stanza)?.[1];
    const suites = /^Suites:\s*(.+)$/m.exec(stanza)?.[1];
    return uri === undefined || suites === undefined ? [] : [{ uri, suites }];
  });
  return [...oneLine, ...stanzas];
};

/** The Debian mirrors named in apt source files (both formats); the defaults for what they do not name. */
export const mirrorsFrom = (texts: readonly string[]): Mirrors => {
  const uris = texts.flatMap(urisOf).map(({ uri, suites }) => ({ uri: uri.replace(/\/+$/, ''), suites }));
  const main = uris.find(({ uri, suites }) => /\/debian$/.test(uri) && !suites.includes('-security'));
  const security = uris.find(({ uri, suites }) => /\/debian-security$/.test(uri) && suites.includes('-security'));
  return { main: main?.uri ?? DEFAULT_MIRRORS.main, security: security?.uri ?? DEFAULT_MIRRORS.security };
};

/** The mirrors this machine itself uses, so that an offline kabupaten with its own mirror needs no setting. */
export const hostMirrors = async (): Promise<Mirrors> => {
  const folder = '/etc/apt/sources.list.d';
  const names = await readdir(folder).catch(() => []);
  const files = ['/etc/apt/sources.list', ...names.sort().map((name) => `${folder}/${name}`)];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return mirrorsFrom(texts);
};
