import { createHash, X509Certificate } from 'node:crypto';
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvisionError } from '../../contracts';
import { isHostName, NAMES_PER_CERTIFICATE, readCertificate, type InternalCa } from '../../lib/internal-ca';
import { readIfThere, writeAtomically } from './files';
import { FILE } from './options';

/** `internal-<group>-<n>.pem` are ours; every other .pem was uploaded or came from ACME and is never written here. */
const INTERNAL = /^internal-[0-9a-f]{12}-\d+\.pem$/;
const DEFAULT_HOST = 'tidak-dikenal.invalid';

export interface CertificateFile {
  /** Name relative to the proxy's folder, as HAProxy knows it. */
  readonly name: string;
  readonly pem: string;
  readonly hosts: readonly string[];
  readonly notAfter: Date;
  readonly sha1: string;
  readonly internal: boolean;
  /** Two thirds of its life are over. */
  readonly old: boolean;
}
export interface Certificates {
  /** Makes what is missing, re-issues what is old; resolves with every file there is now. */
  ensure(hosts: readonly string[]): Promise<readonly CertificateFile[]>;
  list(): Promise<readonly CertificateFile[]>;
}

const isOld = (notBefore: Date, notAfter: Date, now: Date): boolean =>
  now.getTime() > notBefore.getTime() + ((notAfter.getTime() - notBefore.getTime()) * 2) / 3;

const readFileOf = async (folder: string, file: string): Promise<CertificateFile | null> => {
  const name = `${FILE.certificates}/${file}`;
  const pem = await readIfThere(join(folder, name));
  const facts = pem === null ? null : readCertificate(pem);
  if (pem === null || facts === null) return null;
  const internal = INTERNAL.test(file) || name === FILE.defaultCertificate;
  return {
    name,
    pem,
    internal,
    hosts: facts.hosts,
    notAfter: facts.notAfter,
    sha1: facts.sha1,
    old: isOld(facts.notBefore, facts.notAfter, new Date()),
  };
};

const listFiles = async (folder: string): Promise<readonly CertificateFile[]> => {
  const names = (await readdir(join(folder, FILE.certificates))).filter((file) => file.endsWith('.pem')).sort();
  const files = await Promise.all(names.map((file) => readFileOf(folder, file)));
  // A file that is not a certificate with its key would keep the proxy from starting.
  return files.filter((file) => file !== null);
};

/** True when the certificate is valid for `host`, wildcards included. */
export const covers = (file: CertificateFile, host: string): boolean =>
  new X509Certificate(file.pem).checkHost(host) !== undefined;

const groupOf = (host: string): string => host.slice(host.indexOf('.') + 1);
const groupName = (group: string): string => createHash('sha256').update(group).digest('hex').slice(0, 12);

/** Names that each file of a group should carry: present ones keep their place, new ones fill up the free places. */
export const batches = (
  group: string,
  present: ReadonlyMap<string, readonly string[]>,
  wanted: readonly string[],
): ReadonlyMap<string, readonly string[]> => {
  const plan = new Map<string, string[]>([...present].map(([name, hosts]) => [name, [...hosts]]));
  const known = new Set([...plan.values()].flat());
  let number = 1;
  for (const host of wanted.filter((name) => !known.has(name))) {
    const free = [...plan].find(([, hosts]) => hosts.length < NAMES_PER_CERTIFICATE);
    if (free !== undefined) {
      free[1].push(host);
      continue;
    }
    const nameOf = (): string => `${FILE.certificates}/internal-${groupName(group)}-${number}.pem`;
    while (plan.has(nameOf())) number += 1;
    plan.set(nameOf(), [host]);
  }
  return plan;
};

const issueTo = async (folder: string, ca: InternalCa, name: string, hosts: readonly string[]): Promise<void> => {
  const { certificate, key } = await ca.issue(hosts);
  await writeAtomically(join(folder, name), certificate.trim() + '\n' + key.trim() + '\n');
};

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name) => b.includes(name));

const ensureGroup = async (
  folder: string,
  ca: InternalCa,
  group: string,
  ours: readonly CertificateFile[],
  wanted: readonly string[],
  covered: (host: string) => boolean,
): Promise<void> => {
  const mine = ours.filter((file) => file.name.includes(`internal-${groupName(group)}-`));
  // A name with a certificate of its own leaves ours: an exact name would win over an uploaded wildcard.
  const present = new Map(mine.map((file) => [file.name, file.hosts.filter((host) => !covered(host))]));
  for (const [name, hosts] of batches(group, present, wanted)) {
    const file = mine.find((one) => one.name === name);
    if (file !== undefined && !file.old && sameNames(file.hosts, hosts)) continue;
    if (hosts.length === 0) await unlink(join(folder, name));
    else await issueTo(folder, ca, name, hosts);
  }
};

const ensureAll = async (folder: string, ca: InternalCa, hosts: readonly string[]): Promise<void> => {
  const wrong = hosts.find((host) => !isHostName(host));
  if (wrong !== undefined) throw new ProvisionError('invalid', 'Not a host name', { host: wrong });
  const files = await listFiles(folder);
  const foreign = files.filter((file) => !file.internal && file.notAfter > new Date());
  const ours = files.filter((file) => file.internal && file.name !== FILE.defaultCertificate);
  const covered = (host: string): boolean => foreign.some((file) => covers(file, host));
  const groups = new Map<string, Set<string>>();
  const join = (host: string): void =>
    void groups.set(groupOf(host), (groups.get(groupOf(host)) ?? new Set()).add(host));
  for (const host of hosts) if (!covered(host)) join(host);
  // Groups nobody asked for are looked at too: they may be old, or carry names that are covered now.
  for (const host of ours.flatMap((file) => file.hosts))
    if (!groups.has(groupOf(host))) groups.set(groupOf(host), new Set());
  for (const [group, wanted] of groups) await ensureGroup(folder, ca, group, ours, [...wanted], covered);
  const fallback = files.find((file) => file.name === FILE.defaultCertificate);
  if (fallback === undefined || fallback.old) await issueTo(folder, ca, FILE.defaultCertificate, [DEFAULT_HOST]);
};

/** The certificate list HAProxy reads at start. */
export const certificateList = (files: readonly CertificateFile[]): string =>
  files
    .filter((file) => file.name !== FILE.defaultCertificate)
    .map((file) => `${file.name}\n`)
    .join('');

/** The certificates in the proxy's folder. Names of one parent domain (one kecamatan, by the usual pattern) share files of up to 100. */
export const makeCertificates = (folder: string, ca: InternalCa): Certificates => ({
  list: () => listFiles(folder),
  ensure: async (hosts) => {
    await mkdir(join(folder, FILE.certificates), { recursive: true, mode: 0o700 });
    await ensureAll(folder, ca, [...new Set(hosts)]);
    const files = await listFiles(folder);
    const list = certificateList(files);
    if ((await readIfThere(join(folder, FILE.certificateList))) !== list)
      await writeAtomically(join(folder, FILE.certificateList), list);
    return files;
  },
});
