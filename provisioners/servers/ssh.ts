import { createHash } from 'node:crypto';
import { NodeSSH, type Config } from 'node-ssh';
import {
  ProvisionError,
  type HostKey,
  type HostKeyType,
  type SshAddress,
  type SshLogin,
  type SshSession,
} from '../contracts';
import { errnoOf } from '../lib/errno';
import { shellQuote } from '../lib/shell-quote';

const HOST_KEY_TYPES: readonly HostKeyType[] = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa'];
type Algorithm = NonNullable<NonNullable<Config['algorithms']>['serverHostKey']>;
/** A machine has one key per type; asking for one type gives always the same key. No SHA-1. */
const ALGORITHMS: Readonly<Record<HostKeyType, Extract<Algorithm, readonly unknown[]>>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  rsa: ['rsa-sha2-512', 'rsa-sha2-256'],
};
const READY_MS = 15_000;
const COMMAND_MS = 20_000;
const OUTPUT_MAX = 1024 * 1024;

export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'name_unknown',
  EAI_AGAIN: 'name_unknown',
  ECONNREFUSED: 'port_closed',
  ECONNRESET: 'closed_by_server',
  EHOSTUNREACH: 'no_route',
  ENETUNREACH: 'no_route',
};
const levelOf = (error: unknown): string | null =>
  typeof error === 'object' && error !== null && 'level' in error && typeof error.level === 'string'
    ? error.level
    : null;

const failureOf = (error: unknown, address: SshAddress): ProvisionError => {
  const facts = { host: address.host, port: address.port, user: address.user };
  const level = levelOf(error);
  if (level === 'client-authentication')
    return new ProvisionError('refused', 'login refused', { ...facts, reason: 'credentials' }, error);
  if (level === 'client-timeout' || errnoOf(error) === 'ETIMEDOUT')
    return new ProvisionError('timeout', 'no answer', { ...facts, reason: 'no_answer' }, error);
  // Neither a level nor an errno: the library refused its input before it connected, and only a key can be wrong.
  if (level === null && errnoOf(error) === null)
    return new ProvisionError('invalid', 'unusable key', { ...facts, reason: 'private_key' }, error);
  const reason = UNREACHABLE[errnoOf(error) ?? ''] ?? (level === 'handshake' ? 'handshake' : 'not_ssh');
  return new ProvisionError('unreachable', 'no connection', { ...facts, reason }, error);
};

/** What the server offered last; filled while it is connected to. */
interface Seen {
  fingerprint: string | null;
}
const open = async (
  address: SshAddress,
  type: HostKeyType,
  accept: (fingerprint: string) => boolean,
  login: Config,
): Promise<{ readonly client: NodeSSH; readonly seen: Seen }> => {
  const seen: Seen = { fingerprint: null };
  const client = new NodeSSH();
  const hostVerifier = (key: Buffer): boolean => {
    seen.fingerprint = fingerprintOf(key);
    return accept(seen.fingerprint);
  };
  try {
    await client.connect({
      host: address.host,
      port: address.port,
      username: address.user,
      readyTimeout: READY_MS,
      keepaliveInterval: 10_000,
      algorithms: { serverHostKey: ALGORITHMS[type] },
      hostVerifier,
      ...login,
    });
  } catch (error) {
    client.connection?.on('error', () => undefined).destroy();
    const failure = error instanceof ProvisionError ? error : failureOf(error, address);
    throw Object.assign(failure, { seen });
  }
  // A connection that breaks later tells it through its commands; without a listener it would end the process.
  client.connection?.on('error', () => undefined);
  return { client, seen };
};

const seenIn = (error: unknown): string | null => {
  if (typeof error !== 'object' || error === null || !('seen' in error)) return null;
  const { seen } = error;
  return typeof seen === 'object' && seen !== null && 'fingerprint' in seen && typeof seen.fingerprint === 'string'
    ? seen.fingerprint
    : null;
};

/** The keys a server shows before anybody logs in, preferred type first; nothing is sent to it. */
export const readHostKeys = async (address: SshAddress): Promise<readonly HostKey[]> => {
  const keys: HostKey[] = [];
  let last: unknown = null;
  for (const type of HOST_KEY_TYPES) {
    try {
      const { client } = await open(address, type, () => false, { password: '' });
      client.dispose();
    } catch (error) {
      last = error;
      const fingerprint = seenIn(error);
      if (fingerprint !== null) keys.push({ type, fingerprint });
      else if (!(error instanceof ProvisionError && error.details['reason'] === 'handshake')) throw error;
    }
  }
  if (keys.length === 0) throw last;
  return keys;
};

const loginConfig = (login: SshLogin): Config =>
  login.kind === 'password'
    ? { password: login.password, tryKeyboard: true }
    : { privateKey: login.privateKey, ...(login.passphrase === undefined ? {} : { passphrase: login.passphrase }) };

/**
 * Logs in to a server whose key must be the pinned one: another key is ProvisionError('refused', reason `host_key`, with
 * `expected` and `actual`) before any secret is sent. Wrong login: 'refused', reason `credentials`.
 */
export const connectSsh = async (address: SshAddress, login: SshLogin, pinned: HostKey): Promise<SshSession> => {
  try {
    const { client } = await open(address, pinned.type, (found) => found === pinned.fingerprint, loginConfig(login));
    return sessionOf(client, address);
  } catch (error) {
    const actual = seenIn(error);
    if (actual !== null && actual !== pinned.fingerprint) throw hostKeyChanged(address, pinned, actual, error);
    // A server that no longer has a key of the pinned type has another key.
    if (error instanceof ProvisionError && error.details['reason'] === 'handshake')
      throw hostKeyChanged(address, pinned, null, error);
    throw error;
  }
};

const hostKeyChanged = (address: SshAddress, pinned: HostKey, actual: string | null, cause: unknown): ProvisionError =>
  new ProvisionError(
    'refused',
    'host key differs',
    { host: address.host, port: address.port, reason: 'host_key', expected: pinned.fingerprint, actual },
    cause,
  );

const sessionOf = (client: NodeSSH, address: SshAddress): SshSession => ({
  run: async (command) => {
    const limit = command.timeoutMs ?? COMMAND_MS;
    const facts = { host: address.host, command: command.argv[0] ?? '' };
    const stdout = collector();
    const stderr = collector();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        client.dispose();
        reject(new ProvisionError('timeout', 'command takes too long', { ...facts, seconds: limit / 1000 }));
      }, limit);
    });
    try {
      const running = client.execCommand(shellQuote(command.argv), {
        ...(command.stdin === undefined ? {} : { stdin: command.stdin }),
        onStdout: stdout.take,
        onStderr: stderr.take,
      });
      const { code, signal } = await Promise.race([running, late]);
      if (code === null && signal === null) throw new ProvisionError('unreachable', 'connection lost', facts);
      return { exitCode: code ?? 128, stdout: stdout.text(), stderr: stderr.text() };
    } catch (error) {
      if (error instanceof ProvisionError) throw error;
      throw new ProvisionError('unreachable', 'connection lost', facts, error);
    } finally {
      clearTimeout(timer);
    }
  },
  close: () => client.dispose(),
});

const collector = (): { readonly take: (chunk: Buffer) => void; readonly text: () => string } => {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    take: (chunk) => {
      if (size < OUTPUT_MAX) chunks.push(chunk);
      size += chunk.length;
    },
    text: () => Buffer.concat(chunks).subarray(0, OUTPUT_MAX).toString('utf8'),
  };
};
