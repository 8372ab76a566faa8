import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, crypto, type Authorization, type Order } from 'acme-client';
import {
  ProvisionError,
  type AuthorityOptions,
  type CertificateAuthority,
  type OrderEnd,
  type OrderStart,
  type RefusedName,
} from '../../contracts';
import { AuthorityProblem, refusalOf } from './problem';
import { asking, makeAgent } from './transport';

/** Problems of names, not of the account or the order. */
const OF_NAMES = new Set(['rejectedIdentifier', 'unsupportedIdentifier', 'caa', 'dns', 'unauthorized', 'connection']);
const POLL_MS = [500, 1000, 2000, 3000, 5000] as const;
const PATIENCE_MS = 5 * 60_000;
const AT_ONCE = 8;

/** RFC 7638; the members of the key stand in the order of their names. */
const thumbprintOf = (accountKey: string): string => {
  const jwk = Object.entries(crypto.getJwk(accountKey)).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(jwk)))
    .digest('base64url');
};

/** Asks `look` until it gives an answer, slower and slower. */
const awaiting = async <T>(look: () => Promise<T | null>, signal: AbortSignal): Promise<T> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (let round = 0; Date.now() < deadline; round += 1) {
    const seen = await look();
    if (seen !== null) return seen;
    await pause(POLL_MS[Math.min(round, POLL_MS.length - 1)], undefined, { signal });
  }
  throw new ProvisionError('timeout', 'The certificate authority does not come to an end', { retryAt: null });
};

const createOrder = (client: Client, hosts: readonly string[]): Promise<Order> =>
  client.createOrder({ identifiers: hosts.map((value) => ({ type: 'dns', value })) });

/** Finds the names an authority refuses without saying which: halves of a refused order are asked by themselves. */
const culprits = async (
  client: Client,
  hosts: readonly string[],
  problem: AuthorityProblem,
): Promise<readonly RefusedName[]> => {
  const blamed = problem.names.filter((one) => hosts.includes(one.host));
  if (blamed.length > 0) return blamed;
  const detail = String(problem.details['detail'] ?? '');
  if (hosts.length === 1) return hosts.map((host) => ({ host, problem: problem.problem, detail }));
  const middle = Math.ceil(hosts.length / 2);
  const found: RefusedName[] = [];
  for (const half of [hosts.slice(0, middle), hosts.slice(middle)]) {
    const refusal = await createOrder(client, half).then(
      () => null,
      (error: unknown) => ofNames(error),
    );
    if (refusal !== null) found.push(...(await culprits(client, half, refusal)));
  }
  return found;
};
const ofNames = (error: unknown): AuthorityProblem => {
  if (error instanceof AuthorityProblem && (error.names.length > 0 || OF_NAMES.has(error.problem))) return error;
  throw error;
};

const begin = async (client: Client, hosts: readonly string[]): Promise<OrderStart> => {
  try {
    return { kind: 'open', url: (await createOrder(client, hosts)).url };
  } catch (error) {
    const names = await culprits(client, hosts, ofNames(error));
    if (names.length === 0) throw error;
    return { kind: 'refused', names };
  }
};

const refusedIn = (authorizations: readonly Authorization[]): readonly RefusedName[] =>
  authorizations
    .filter((one) => one.status === 'invalid')
    .map(({ identifier, challenges }) =>
      refusalOf(identifier.value, challenges.find((one) => one.error !== undefined)?.error),
    );

/** A few at a time: what waits for a connection would look like an authority that does not answer. */
const readNames = async (client: Client, order: Order, urls: readonly string[]): Promise<readonly Authorization[]> => {
  const read: Authorization[] = [];
  for (let at = 0; at < urls.length; at += AT_ONCE)
    read.push(...(await client.getAuthorizations({ ...order, authorizations: urls.slice(at, at + AT_ONCE) })));
  return read;
};

const blamedIn = (authorizations: readonly Authorization[]): OrderEnd => {
  const names = refusedIn(authorizations);
  return names.length > 0 ? { kind: 'refused', names } : { kind: 'gone' };
};

/** Tells the authority that the proxy answers, and waits until it has looked at every name. */
const prove = async (client: Client, order: Order, signal: AbortSignal): Promise<readonly RefusedName[]> => {
  const authorizations = await readNames(client, order, order.authorizations);
  const pending = authorizations.filter((one) => one.status === 'pending');
  for (const { challenges } of pending) {
    const challenge = challenges.find((one) => one.type === 'http-01');
    if (challenge?.status === 'pending') await client.completeChallenge(challenge);
  }
  let waiting = pending.map((one) => one.url);
  const refused = [...refusedIn(authorizations)];
  await awaiting(async () => {
    const seen = await readNames(client, order, waiting);
    refused.push(...refusedIn(seen));
    waiting = seen.filter((one) => one.status === 'pending').map((one) => one.url);
    return waiting.length === 0 ? refused : null;
  }, signal);
  return refused;
};

/** Only the address of an order is kept; the authority tells the rest. */
const orderAt = async (client: Client, url: string): Promise<Order | null> => {
  const empty: Order = { url, status: 'pending', identifiers: [], authorizations: [], finalize: '' };
  try {
    return await client.getOrder(empty);
  } catch (error) {
    if (error instanceof AuthorityProblem && error.details['status'] === 404) return null;
    throw error;
  }
};

const finalize = async (
  client: Client,
  order: Order,
  key: string,
  hosts: readonly string[],
): Promise<OrderEnd | null> => {
  const [, request] = await crypto.createCsr({ altNames: [...hosts] }, key);
  try {
    await client.finalizeOrder(order, request);
    return null;
  } catch (error) {
    if (error instanceof AuthorityProblem && error.names.length > 0) return { kind: 'refused', names: error.names };
    throw error;
  }
};

const finish = async (
  client: Client,
  url: string,
  key: string,
  hosts: readonly string[],
  signal: AbortSignal,
): Promise<OrderEnd> => {
  const order = await orderAt(client, url);
  if (order === null) return { kind: 'gone' };
  if (order.status === 'invalid') return blamedIn(await readNames(client, order, order.authorizations));
  if (order.status === 'pending') {
    const names = await prove(client, order, signal);
    if (names.length > 0) return { kind: 'refused', names };
  }
  if (order.status === 'pending' || order.status === 'ready') {
    const refused = await finalize(client, order, key, hosts);
    if (refused !== null) return refused;
  }
  const ended = await awaiting(async () => {
    const seen = await client.getOrder(order);
    return seen.status === 'valid' || seen.status === 'invalid' ? seen : null;
  }, signal);
  if (ended.status === 'invalid') return blamedIn(await readNames(client, ended, ended.authorizations));
  return { kind: 'issued', chain: await client.getCertificate(ended) };
};

/** An account with an ACME authority (RFC 8555); names are proven by HTTP-01. */
export const openAcme = (options: AuthorityOptions): CertificateAuthority => {
  const { directoryUrl, accountKey, binding, contact } = options;
  const agent = makeAgent(options.trust);
  const client = new Client({
    directoryUrl,
    accountKey,
    ...(binding === null ? {} : { externalAccountBinding: { kid: binding.id, hmacKey: binding.key } }),
  });
  return {
    thumbprint: thumbprintOf(accountKey),
    register: (signal) =>
      asking(agent, signal, async () => {
        await client.createAccount({
          termsOfServiceAgreed: true,
          ...(contact === null ? {} : { contact: [`mailto:${contact}`] }),
        });
      }),
    begin: (hosts, signal) => asking(agent, signal, () => begin(client, hosts)),
    finish: (url, key, hosts, signal) => asking(agent, signal, () => finish(client, url, key, hosts, signal)),
  };
};
