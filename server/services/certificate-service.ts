import { rootCertificates } from 'node:tls';
import { ulid } from 'ulid';
import { readChain, type ChainProblem } from '../../provisioners/lib/certificate-chain';
import { coveringName } from '../../provisioners/lib/certificate-names';
import { authorize } from '../auth/permission';
import type { SecretBox } from '../auth/secret-box';
import type { Actor } from '../domain/actor';
import type { CertificateFile } from '../domain/certificate';
import { AppError } from '../domain/errors';
import type { Stores, Transactor } from '../stores';
import { recordAudit } from './audit-service';
import { BINDING_CONTEXT, CERTIFICATE_KEYS, certificateContext, putWait } from './certificate-state';
import { readGround } from './read-models/certificate-world';
import { loadSettings, parseSetting, writeSettings } from './setting-service';

/** What an uploaded certificate would do; nothing is kept by looking. */
export interface UploadCheck {
  readonly names: readonly string[];
  readonly issuedBy: string;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
  readonly problems: readonly ChainProblem[];
  /** Every host of the kabupaten that serves; `by` null = not covered. */
  readonly hosts: readonly { readonly host: string; readonly by: string | null }[];
}
export interface CertificateDeps {
  readonly transact: Transactor;
  readonly box: SecretBox;
  /** PEMs of the authorities browsers know. */
  readonly roots?: readonly string[];
}
const OF_KEY: readonly ChainProblem[] = ['key_unreadable', 'key_differs'];

/** Who signs the certificates of hosts, and certificates that people bring. The worker gives them to the proxy. */
export class CertificateService {
  private readonly deps: CertificateDeps;
  constructor(deps: CertificateDeps) {
    this.deps = deps;
  }

  /** `bindingKey`: null keeps the one there is, '' takes it away. Another authority gets its own orders. */
  async change(actor: Actor, certificates: unknown, bindingKey: string | null): Promise<void> {
    authorize(actor, 'settings.write');
    const change = parseSetting('certificates', certificates);
    await this.deps.transact.run(async (stores) => {
      const before = (await loadSettings(stores)).certificates;
      await writeSettings(stores, actor, [change]);
      const after = (await loadSettings(stores)).certificates;
      if (bindingKey === '' || after.bindingId === null) await stores.settings.remove(CERTIFICATE_KEYS.bindingKey);
      else if (bindingKey !== null)
        await stores.settings.put(CERTIFICATE_KEYS.bindingKey, this.deps.box.encrypt(bindingKey, BINDING_CONTEXT));
      if (after.directoryUrl !== before.directoryUrl)
        for (const { id } of await stores.certificateOrders.open())
          await stores.certificateOrders.end(id, 'failed', new Date());
      await putWait(stores, null);
    });
  }

  async check(actor: Actor, chain: string, key: string): Promise<UploadCheck> {
    authorize(actor, 'settings.read');
    return (await this.look(this.deps.transact.read, chain, key)).check;
  }

  /** Hosts it does not cover go on with what they have. AppError at field `certificate` or `key`. */
  async upload(actor: Actor, chain: string, key: string): Promise<UploadCheck> {
    authorize(actor, 'settings.write');
    return this.deps.transact.run(async (stores) => {
      const { check, facts } = await this.look(stores, chain, key);
      const [problem] = check.problems;
      if (problem !== undefined || facts === null)
        throw new AppError(
          'invalid_input',
          { problem: `certificate_${problem ?? 'unreadable'}` },
          { field: problem !== undefined && OF_KEY.includes(problem) ? 'key' : 'certificate' },
        );
      if (!check.hosts.some((one) => one.by !== null))
        throw new AppError(
          'invalid_input',
          { problem: 'certificate_covers_none', names: facts.names.slice(0, 3).join(', ') },
          { field: 'certificate' },
        );
      const id = ulid();
      const { names, issuedBy, notBefore, notAfter } = facts;
      await this.replace(stores, names);
      await stores.certificateFiles.put({
        ...{ id, source: 'upload', names, keptFor: null, issuedBy, notBefore, notAfter },
        chain: facts.chain,
        privateKey: this.deps.box.encrypt(facts.key, certificateContext(id)),
        issuedAt: new Date(),
        installedAt: null,
      });
      const after = { names: names.slice(0, 20), issuedBy, notAfter };
      await recordAudit(stores, actor, { act: 'certificate.upload', object: `certificate:${id}`, after });
      return check;
    });
  }

  /** Of uploaded ones. Its hosts get one of the authority, or of this installation. */
  async remove(actor: Actor, id: string): Promise<void> {
    authorize(actor, 'settings.write');
    await this.deps.transact.run(async (stores) => {
      const file = await stores.certificateFiles.find(id);
      if (file?.source !== 'upload') throw new AppError('not_found', { object: 'certificate' });
      await stores.certificateFiles.remove([id]);
      const before = { names: file.names.slice(0, 20), notAfter: file.notAfter };
      await recordAudit(stores, actor, { act: 'certificate.remove', object: `certificate:${id}`, before });
    });
  }

  /** What waits because it was refused is asked for again within half a minute; the limit of the week stays. */
  async retry(actor: Actor): Promise<void> {
    authorize(actor, 'settings.write');
    await this.deps.transact.run(async (stores) => {
      await stores.certificateOrders.retryNow(new Date());
      await putWait(stores, null);
      await recordAudit(stores, actor, { act: 'certificate.retry', object: 'setting:certificates' });
    });
  }

  private async look(stores: Stores, chain: string, key: string) {
    const settings = await loadSettings(stores);
    const now = new Date();
    const { trust } = settings.certificates;
    const roots = [...(this.deps.roots ?? rootCertificates), ...(trust === null ? [] : [trust])];
    const { facts, problems } = readChain(chain, key, roots, now);
    const { hosts } = await readGround(stores, settings, now);
    const names = facts?.names ?? [];
    const check: UploadCheck = {
      ...{ names, issuedBy: facts?.issuedBy ?? '', problems },
      ...{ notBefore: facts?.notBefore ?? null, notAfter: facts?.notAfter ?? null },
      hosts: hosts.map(({ host }) => ({ host, by: coveringName(names, host) })),
    };
    return { check, facts };
  }

  /** An earlier upload of the same names, or of fewer, has nothing left to do. */
  private async replace(stores: Stores, names: readonly string[]): Promise<void> {
    const older = (file: CertificateFile): boolean =>
      file.source === 'upload' && file.names.every((name) => names.includes(name));
    const ids = (await stores.certificateFiles.all()).filter(older).map((one) => one.id);
    await stores.certificateFiles.remove(ids);
  }
}
