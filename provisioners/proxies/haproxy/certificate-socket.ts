import { ProvisionError } from '../../contracts';
import type { CertificateFile } from './certificates';
import type { Ask } from './command-socket';
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

const readLive = async (ask: Ask): Promise<LiveCertificates> => {
  const sha1 = new Map<string, string>();
  for (const name of names(await ask('show ssl cert'))) {
    const facts = await ask(`show ssl cert ${name}`);
    sha1.set(name, /^SHA1 FingerPrint: ([0-9A-F]+)$/m.exec(facts)?.[1] ?? '');
  }
  return { sha1, listed: new Set(names(await ask(`show ssl crt-list ${FILE.certificateList}`))) };
};

const expect = async (ask: Ask, command: string, wanted: RegExp): Promise<void> => {
  const said = await ask(command);
  if (!wanted.test(said))
    throw new ProvisionError('failed', 'The proxy refused a certificate', { said: said.trim().slice(0, 200) });
};

const load = async (ask: Ask, file: CertificateFile, live: LiveCertificates): Promise<void> => {
  if (!live.sha1.has(file.name)) await expect(ask, `new ssl cert ${file.name}`, /New empty certificate store/);
  // A blank line would end the payload early.
  const pem = file.pem.replaceAll(/\n\s*\n/g, '\n').trim();
  await expect(ask, `set ssl cert ${file.name} <<\n${pem}\n`, /Transaction (created|updated)/);
  await expect(ask, `commit ssl cert ${file.name}`, /Success!/);
};

/**
 * Gives the running worker the certificates of the folder without a reload; open connections keep theirs.
 * Resolves with the number of certificates it changed.
 */
export const syncCertificates = async (ask: Ask, files: readonly CertificateFile[]): Promise<number> => {
  const live = await readLive(ask);
  let changed = 0;
  for (const file of files) {
    const loaded = live.sha1.get(file.name) === file.sha1;
    if (!loaded) await load(ask, file, live);
    const missing = file.name !== FILE.defaultCertificate && !live.listed.has(file.name);
    if (missing) await expect(ask, `add ssl crt-list ${FILE.certificateList} ${file.name}`, /Success!/);
    if (!loaded || missing) changed += 1;
  }
  const kept = new Set(files.map((file) => file.name));
  for (const name of live.listed) {
    if (kept.has(name)) continue;
    await expect(ask, `del ssl crt-list ${FILE.certificateList} ${name}`, /deleted/);
    await expect(ask, `del ssl cert ${name}`, /deleted/);
    changed += 1;
  }
  return changed;
};
