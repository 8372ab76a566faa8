import { createHash } from 'node:crypto';
import type { OutsideCertificate, Proxy } from '../../provisioners/contracts';
import type { SecretBox } from '../auth/secret-box';
import type { CertificateFile } from '../domain/certificate';
import type { Logger } from '../logger';
import type { Transactor } from '../stores';
import { certificateContext, putFault, readFault, writeReason } from './certificate-state';
import { readGround } from './read-models/certificate-world';
import { loadSettings } from './setting-service';

export interface InstallerDeps {
  readonly transact: Transactor;
  readonly box: SecretBox;
  readonly proxy: Pick<Proxy, 'keepCertificates'>;
  readonly logger: Logger;
  readonly now: () => Date;
}
/** Own certificates age, and hands may have changed the folder. */
const AGAIN_MS = 60 * 60_000;

/** Gives the proxy what the rows say. What cannot be written leaves what was there, is told, and is tried again. */
export class CertificateInstaller {
  private readonly deps: InstallerDeps;
  private done: { readonly hash: string; readonly at: number } | null = null;
  constructor(deps: InstallerDeps) {
    this.deps = deps;
  }

  async install(): Promise<void> {
    const { transact, proxy, now, logger } = this.deps;
    const { read } = transact;
    const ground = await readGround(read, await loadSettings(read), now());
    // One that has ended is worse than the one of the internal CA, which can at least be renewed.
    const files = ground.files.filter((one) => one.notAfter > now());
    const hosts = ground.hosts.map((one) => one.host);
    const hash = createHash('sha256')
      .update(JSON.stringify([files.map(({ id, issuedAt }) => [id, issuedAt]), hosts]))
      .digest('hex');
    const before = this.done;
    if (before?.hash === hash && now().getTime() - before.at < AGAIN_MS) return;
    try {
      await proxy.keepCertificates(files.map(this.fileOf), hosts);
    } catch (error) {
      const reason = writeReason(error);
      await putFault(read, { at: now(), reason });
      logger.error({ err: error, ...reason }, 'certificates could not be given to the proxy; the old ones are served');
      return;
    }
    this.done = { hash, at: now().getTime() };
    for (const one of files) if (one.installedAt === null) await read.certificateFiles.markInstalled(one, now());
    if (readFault(await read.settings.all()) !== null) await putFault(read, null);
  }

  private readonly fileOf = ({ id, chain, privateKey }: CertificateFile): OutsideCertificate => {
    const key = this.deps.box.decrypt(privateKey, certificateContext(id)).reveal();
    return { name: id.toLowerCase(), pem: `${chain.trim()}\n${key.trim()}\n` };
  };
}
