import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvisionError, type OutsideCertificate } from '../../contracts';
import { coveringName } from '../../lib/certificate-names';
import { asError } from '../../lib/thrown';
import { isHostName, NAMES_PER_CERTIFICATE, readCertificate, type InternalCa } from '../../lib/internal-ca';
import { readIfThere, writeAtomically } from './files';
import { FILE } from './options';

/** `internal-<group>-<n>.pem` are ours, `outside-<name>.pem` what `keep` was given; every other .pem is left as it is. */
const INTERNAL = /^internal-[0-9a-f]{12}-\d+\.pem$/;
const OUTSIDE = /\/outside-[0-9a-z]{26}\.pem$/;
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
  /** Makes the ones from outside exactly these; `failed` = the first that could not be written. */
  keep(
    wanted: readonly OutsideCertificate[],
    hosts: readonly string[],
  ): Promise<{ readonly files: readonly CertificateFile[]; readonly failed: Error | null }>;
  list(): Promise<readonly CertificateFile[]>;
}

const isOld = (notBefore: Date, notAfter: Date, now: Date): boolean =>
  now.getTime() > notBefore.getTime() + ((notAfter.getTime() - notBefore.getTime()) * 2) / 3;

type Facts = ReturnType<typeof readCertificate>;
/** What files said when they were read last, by path, without their keys: reading is cheap, but not what key and certificate take to be parsed. */
const said = new Map<string, { readonly digest: string; readonly facts: Facts }>();
const factsOf = (place: string, pem: string): Facts => {
  const digest = createHash('sha256').update(pem).digest('hex');
  const before = said.get(place);
  if (before?.digest === digest) return before.facts;
  const facts = readCertificate(pem);
  said.set(place, { digest, facts });
  return facts;
};

const readFileOf = async (folder: string, file: string): Promise<CertificateFile | null> => {
  const name = `${FILE.certificates}/${file}`;
  const place = join(folder, name);
  const pem = await readIfThere(place);
  const facts = pem === null ? null : factsOf(place, pem);
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
export const covers = (file: CertificateFile, host: string): boolean => coveringName(file.hosts, host) !== null;

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

interface Ground {
  readonly folder: string;
  readonly ca: InternalCa;
  readonly ours: readonly CertificateFile[];
  readonly covered: (host: string) => boolean;
}
/** Resolves with the names of files that have nothing left to carry. */
const ensureGroup = async (ground: Ground, group: string, wanted: readonly string[]): Promise<readonly string[]> => {
  const { folder, ca, covered } = ground;
  const mine = ground.ours.filter((file) => file.name.includes(`internal-${groupName(group)}-`));
  // A name with a certificate of its own leaves ours: an exact name would win over an uploaded wildcard.
  const present = new Map(mine.map((file) => [file.name, file.hosts.filter((host) => !covered(host))]));
  const emptied: string[] = [];
  for (const [name, hosts] of batches(group, present, wanted)) {
    const file = mine.find((one) => one.name === name);
    if (hosts.length === 0) emptied.push(name);
    else if (file === undefined || file.old || !sameNames(file.hosts, hosts)) await issueTo(folder, ca, name, hosts);
  }
  return emptied;
};

/** `leaving`: files that count no more. Resolves with those and the emptied ones. */
const ensureAll = async (
  folder: string,
  ca: InternalCa,
  hosts: readonly string[],
  leaving: ReadonlySet<string>,
): Promise<ReadonlySet<string>> => {
  const wrong = hosts.find((host) => !isHostName(host));
  if (wrong !== undefined) throw new ProvisionError('invalid', 'Not a host name', { host: wrong });
  const files = (await listFiles(folder)).filter((file) => !leaving.has(file.name));
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
  const gone = new Set(leaving);
  for (const [group, wanted] of groups)
    for (const name of await ensureGroup({ folder, ca, ours, covered }, group, [...wanted])) gone.add(name);
  const fallback = files.find((file) => file.name === FILE.defaultCertificate);
  if (fallback === undefined || fallback.old) await issueTo(folder, ca, FILE.defaultCertificate, [DEFAULT_HOST]);
  return gone;
};

/** The certificate list HAProxy reads at start. */
export const certificateList = (files: readonly CertificateFile[]): string =>
  files
    .filter((file) => file.name !== FILE.defaultCertificate)
    .map((file) => `${file.name}\n`)
    .join('');

/** The list first: a start that finds a file of it missing would fail. */
const listThenRemove = async (folder: string, gone: ReadonlySet<string>): Promise<readonly CertificateFile[]> => {
  const files = (await listFiles(folder)).filter((file) => !gone.has(file.name));
  const list = certificateList(files);
  if ((await readIfThere(join(folder, FILE.certificateList))) !== list)
    await writeAtomically(join(folder, FILE.certificateList), list);
  for (const name of gone) await rm(join(folder, name), { force: true });
  return files;
};

const writeOutside = async (folder: string, { name, pem }: OutsideCertificate): Promise<Error | null> => {
  const path = join(folder, outsideFile(name));
  try {
    if (!OUTSIDE.test(path) || readCertificate(pem) === null)
      throw new ProvisionError('invalid', 'Not a certificate with its key', { name });
    if ((await readIfThere(path)) !== pem) await writeAtomically(path, pem);
    return null;
  } catch (error) {
    return asError(error);
  }
};
const outsideFile = (name: string): string => `${FILE.certificates}/outside-${name}.pem`;

/** The certificates in the proxy's folder. Names of one parent domain (one kecamatan, by the usual pattern) share files of up to 100. */
export const makeCertificates = (folder: string, ca: InternalCa): Certificates => {
  const ensure = async (
    hosts: readonly string[],
    leaving: ReadonlySet<string>,
  ): Promise<readonly CertificateFile[]> => {
    await mkdir(join(folder, FILE.certificates), { recursive: true, mode: 0o700 });
    return listThenRemove(folder, await ensureAll(folder, ca, [...new Set(hosts)], leaving));
  };
  return {
    list: () => listFiles(folder),
    ensure: (hosts) => ensure(hosts, new Set()),
    keep: async (wanted, hosts) => {
      await mkdir(join(folder, FILE.certificates), { recursive: true, mode: 0o700 });
      let failed: Error | null = null;
      for (const one of wanted) failed = (await writeOutside(folder, one)) ?? failed;
      const names = new Set(wanted.map(({ name }) => outsideFile(name)));
      const present = (await listFiles(folder)).filter((file) => OUTSIDE.test(file.name));
      const leaving = new Set(present.flatMap(({ name }) => (names.has(name) ? [] : [name])));
      return { files: await ensure(hosts, leaving), failed };
    },
  };
};
