import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvisionError } from '../contracts';
import { errnoOf } from './errno';
import { withFileLock } from './lock';
import { runOrFail } from './run';

/** Days a leaf certificate lasts; the longest that browsers accept from a private CA is 398. */
export const LEAF_DAYS = 397;
/** Names one certificate carries at most. */
export const NAMES_PER_CERTIFICATE = 100;
const CA_DAYS = 3650;
const OPENSSL_MS = 30_000;
const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Signs server certificates for names of this installation. The key never leaves its folder. */
export interface InternalCa {
  /** PEM of the CA; made on first use. */
  certificate(): Promise<string>;
  /** A new EC P-256 key and a certificate for 1 to 100 host names, both PEM. ProvisionError('invalid') for anything else. */
  issue(hosts: readonly string[]): Promise<{ readonly certificate: string; readonly key: string }>;
}
interface CaFiles {
  readonly folder: string;
  readonly certificate: string;
  readonly key: string;
}

/** True for a lower case DNS name without wildcard or trailing dot. */
export const isHostName = (host: string): boolean => HOST.test(host);

const newKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

const caConfig = (name: string): string => `[req]
prompt = no
distinguished_name = subject
[subject]
O = SiapPakai
CN = ${name}
[ca]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
`;

const leafConfig = (hosts: readonly string[]): string => `[req]
prompt = no
distinguished_name = subject
[subject]
O = SiapPakai
CN = SiapPakai
[leaf]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = @names
[names]
${hosts.map((host, index) => `DNS.${index + 1} = ${host}`).join('\n')}
`;

const serial = (): string => `0x${(randomBytes(1).readUInt8() | 0x40).toString(16)}${randomBytes(15).toString('hex')}`;

const inScratch = async <T>(folder: string, work: (scratch: string) => Promise<T>): Promise<T> => {
  const scratch = await mkdtemp(join(folder, 'scratch-'));
  try {
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

const createCa = async (files: CaFiles, name: string): Promise<void> =>
  inScratch(files.folder, async (scratch) => {
    const [key, config, certificate] = [join(scratch, 'key'), join(scratch, 'config'), join(scratch, 'certificate')];
    await writeFile(key, newKey(), { mode: 0o600 });
    await writeFile(config, caConfig(name));
    await runOrFail(
      [
        'openssl',
        'req',
        '-x509',
        '-new',
        '-sha256',
        '-key',
        key,
        '-config',
        config,
        '-extensions',
        'ca',
        '-days',
        String(CA_DAYS),
        '-set_serial',
        serial(),
        '-out',
        certificate,
      ],
      { timeoutMs: OPENSSL_MS },
    );
    // The certificate goes last: its presence says that both are there.
    await rename(key, files.key);
    await rename(certificate, files.certificate);
  });

const readIfThere = async (file: string): Promise<string | null> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
};

const ensureCa = async (files: CaFiles, name: string): Promise<string> => {
  const existing = await readIfThere(files.certificate);
  if (existing !== null) return existing;
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  await withFileLock(join(files.folder, 'lock'), AbortSignal.timeout(OPENSSL_MS), async () => {
    if ((await readIfThere(files.certificate)) === null) await createCa(files, name);
  });
  return readFile(files.certificate, 'utf8');
};

const sign = async (files: CaFiles, hosts: readonly string[]): Promise<{ certificate: string; key: string }> =>
  inScratch(files.folder, async (scratch) => {
    const [keyFile, config, request, certificate] = ['key', 'config', 'request', 'certificate'].map((part) =>
      join(scratch, part),
    ) as [string, string, string, string];
    const key = newKey();
    await writeFile(keyFile, key, { mode: 0o600 });
    await writeFile(config, leafConfig(hosts));
    const options = { timeoutMs: OPENSSL_MS };
    await runOrFail(
      ['openssl', 'req', '-new', '-sha256', '-key', keyFile, '-config', config, '-out', request],
      options,
    );
    await runOrFail(
      [
        'openssl',
        'x509',
        '-req',
        '-sha256',
        '-in',
        request,
        '-CA',
        files.certificate,
        '-CAkey',
        files.key,
        '-set_serial',
        serial(),
        '-days',
        String(LEAF_DAYS),
        '-extfile',
        config,
        '-extensions',
        'leaf',
        '-out',
        certificate,
      ],
      options,
    );
    return { certificate: await readFile(certificate, 'utf8'), key };
  });

/** The CA kept in `folder` (ca.crt, ca.key with mode 0600), created once; `name` becomes its common name. Needs the openssl command. */
export const makeInternalCa = (folder: string, name: string): InternalCa => {
  const files: CaFiles = { folder, certificate: join(folder, 'ca.crt'), key: join(folder, 'ca.key') };
  if (!/^[\w .-]{1,64}$/.test(name)) throw new ProvisionError('invalid', 'Not a usable name for a CA', { name });
  return {
    certificate: () => ensureCa(files, name),
    issue: async (hosts) => {
      const wrong = hosts.find((host) => !isHostName(host));
      if (wrong !== undefined) throw new ProvisionError('invalid', 'Not a host name', { host: wrong });
      if (hosts.length < 1 || hosts.length > NAMES_PER_CERTIFICATE) {
        throw new ProvisionError('invalid', 'A certificate carries 1 to 100 names', { names: hosts.length });
      }
      await ensureCa(files, name);
      return sign(files, hosts);
    },
  };
};

/** What a PEM file with certificate and key says; null when either is unreadable or they do not belong together. */
export const readCertificate = (
  pem: string,
): {
  readonly hosts: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly sha1: string;
} | null => {
  try {
    const certificate = new X509Certificate(pem);
    if (!certificate.checkPrivateKey(createPrivateKey(pem))) return null;
    const names = (certificate.subjectAltName ?? '').split(', ').filter((name) => name.startsWith('DNS:'));
    return {
      hosts: names.map((name) => name.slice('DNS:'.length).toLowerCase()),
      notBefore: new Date(certificate.validFrom),
      notAfter: new Date(certificate.validTo),
      sha1: certificate.fingerprint.replaceAll(':', ''),
    };
  } catch {
    return null;
  }
};
