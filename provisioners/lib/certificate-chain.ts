import { createPrivateKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';

/**
 * unreadable · key_unreadable (also: protected by a password) · key_differs · chain_order: the certificate of the names must come
 * first, each following one must have signed the one before · chain_incomplete: no known root signed the last one ·
 * expired · not_yet · no_names
 */
export type ChainProblem =
  | 'unreadable'
  | 'key_unreadable'
  | 'key_differs'
  | 'chain_order'
  | 'chain_incomplete'
  | 'expired'
  | 'not_yet'
  | 'no_names';
export interface ChainFacts {
  /** Lower case, wildcards included. */
  readonly names: readonly string[];
  /** Organisation or name of who signed it. */
  readonly issuedBy: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Only the certificates, clean. */
  readonly chain: string;
  readonly key: string;
}
export interface ChainVerdict {
  /** null = nothing could be read. */
  readonly facts: ChainFacts | null;
  readonly problems: readonly ChainProblem[];
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const MOST_BLOCKS = 10;

/** A new EC P-256 key, PEM. */
export const newPrivateKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

const readAll = (pem: string): readonly X509Certificate[] => {
  try {
    return [...pem.matchAll(BLOCK)].slice(0, MOST_BLOCKS).map(([block]) => new X509Certificate(block));
  } catch {
    return [];
  }
};
const readKey = (pem: string): KeyObject | null => {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
};
const signedBy = (one: X509Certificate, by: X509Certificate): boolean =>
  one.checkIssued(by) && one.verify(by.publicKey);

const known = new Map<string, X509Certificate>();
const rootOf = (pem: string): X509Certificate | null => {
  const found = known.get(pem) ?? readAll(pem)[0] ?? null;
  if (found !== null) known.set(pem, found);
  return found;
};
/** A root may stand at the end of the chain itself; it counts only when it is a known one. */
const endsAtRoot = (last: X509Certificate, roots: readonly string[]): boolean =>
  roots.some((pem) => {
    const root = rootOf(pem);
    return root !== null && (root.fingerprint256 === last.fingerprint256 || signedBy(last, root));
  });

const partOf = (issuer: string, key: string): string | undefined =>
  issuer
    .split('\n')
    .find((line) => line.startsWith(`${key}=`))
    ?.slice(key.length + 1);
const namesOf = (leaf: X509Certificate): readonly string[] =>
  (leaf.subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice('DNS:'.length).toLowerCase());

const keyProblems = (leaf: X509Certificate, key: KeyObject | null): readonly ChainProblem[] => {
  if (key === null) return ['key_unreadable'];
  return leaf.checkPrivateKey(key) ? [] : ['key_differs'];
};

/** Looks at a chain and its key as they came; `roots` = PEMs of the authorities browsers know. */
export const readChain = (chain: string, key: string, roots: readonly string[], now: Date): ChainVerdict => {
  const certificates = readAll(chain);
  const [leaf] = certificates;
  const last = certificates.at(-1);
  if (leaf === undefined || last === undefined) return { facts: null, problems: ['unreadable'] };
  const readable = readKey(key);
  const [notBefore, notAfter] = [new Date(leaf.validFrom), new Date(leaf.validTo)];
  const names = namesOf(leaf);
  const ordered = certificates.every((one, index) => {
    const next = certificates[index + 1];
    return next === undefined || signedBy(one, next);
  });
  const facts = {
    names,
    issuedBy: partOf(leaf.issuer, 'O') ?? partOf(leaf.issuer, 'CN') ?? '',
    notBefore,
    notAfter,
    chain: certificates.map((one) => one.toString().trim()).join('\n') + '\n',
    key: readable === null ? '' : readable.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  const problems: readonly ChainProblem[] = [
    ...keyProblems(leaf, readable),
    ...(ordered && !leaf.ca ? [] : (['chain_order'] as const)),
    ...(ordered && !endsAtRoot(last, roots) ? (['chain_incomplete'] as const) : []),
    ...(notAfter <= now ? (['expired'] as const) : []),
    ...(notBefore > now ? (['not_yet'] as const) : []),
    ...(names.length === 0 ? (['no_names'] as const) : []),
  ];
  return { facts, problems };
};
