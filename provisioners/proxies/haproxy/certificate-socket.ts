import { ProvisionError } from '../../contracts';
import type { CertificateFile } from './certificates';
import { socketCommand } from './command-socket';
import { FILE } from './options';

/** Certificates the running worker has, by name, with their SHA-1; the list's own entries apart. */
interface LiveCertificates {
  readonly sha1: ReadonlyMap<string, string>;
  readonly listed: ReadonlySet<string>;
}

const names = (answer: string): readonly string[] =>
  answer
    .split('\n')
    .filter((line) => line.startsWith(`${FILE.certificates}/`))
    .map((line) => line.trim());

const readLive = async (socket: string): Promise<LiveCertificates> => {
  const sha1 = new Map<string, string>();
  for (const name of names(await socketCommand(socket, 'show ssl cert'))) {
    const facts = await socketCommand(socket, `show ssl cert ${name}`);
    sha1.set(name, /^SHA1 FingerPrint: ([0-9A-F]+)$/m.exec(facts)?.[1] ?? '');
  }
  return { sha1, listed: new Set(names(await socketCommand(socket, `show ssl crt-list ${FILE.certificateList}`))) };
};

const expect = async (socket: string, command: string, wanted: RegExp): Promise<void> => {
  const said = await socketCommand(socket, command);
  if (!wanted.test(said))
    throw new ProvisionError('failed', 'The proxy refused a certificate', { said: said.trim().slice(0, 200) });
};

const load = async (socket: string, file: CertificateFile, live: LiveCertificates): Promise<void> => {
  if (!live.sha1.has(file.name)) await expect(socket, `new ssl cert ${file.name}`, /New empty certificate store/);
  // A blank line would end the payload early.
  const pem = file.pem.replaceAll(/\n\s*\n/g, '\n').trim();
  await expect(socket, `set ssl cert ${file.name} <<\n${pem}\n`, /Transaction (created|updated)/);
  await expect(socket, `commit ssl cert ${file.name}`, /Success!/);
};

/**
 * Gives the running worker the certificates of the folder without a reload; open connections keep theirs.
 * Resolves with the number of certificates it changed.
 */
export const syncCertificates = async (socket: string, files: readonly CertificateFile[]): Promise<number> => {
  const live = await readLive(socket);
  let changed = 0;
  for (const file of files) {
    const loaded = live.sha1.get(file.name) === file.sha1;
    if (!loaded) await load(socket, file, live);
    const missing = file.name !== FILE.defaultCertificate && !live.listed.has(file.name);
    if (missing) await expect(socket, `add ssl crt-list ${FILE.certificateList} ${file.name}`, /Success!/);
    if (!loaded || missing) changed += 1;
  }
  const kept = new Set(files.map((file) => file.name));
  for (const name of live.listed) {
    if (kept.has(name)) continue;
    await expect(socket, `del ssl crt-list ${FILE.certificateList} ${name}`, /deleted/);
    await expect(socket, `del ssl cert ${name}`, /deleted/);
    changed += 1;
  }
  return changed;
};
