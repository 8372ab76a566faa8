import { ulid } from 'ulid';
import {
  ProvisionError,
  type AuthorityOptions,
  type CertificateAuthority,
  type Proxy,
  type RefusedName,
} from '../../provisioners/contracts';
import { newPrivateKey, readChain } from '../../provisioners/lib/certificate-chain';
import type { SecretBox } from '../auth/secret-box';
import type { CertificateFile, CertificateOrder } from '../domain/certificate';
import { planCertificates, refusedUntil, waitUntil, type PlannedOrder } from '../domain/certificate-plan';
import type { CertificateSettings } from '../domain/settings';
import type { Logger } from '../logger';
import type { Stores, Transactor } from '../stores';
import { CertificateInstaller } from './certificate-installer';
import {
  authorityReason,
  BINDING_CONTEXT,
  CERTIFICATE_KEYS,
  certificateContext,
  isRateLimit,
  putWait,
  readWait,
  toldTime,
} from './certificate-state';
import { readGround } from './read-models/certificate-world';
import { loadSettings } from './setting-service';

const KEY_CONTEXT = 'setting:certificateAccountKey';
/** Orders of this age are given up; authorities forget them. */
const ORDER_MS = 3 * 86_400_000;
const TRIES = 12;

export interface KeeperDeps {
  readonly transact: Transactor;
  readonly box: SecretBox;
  readonly proxy: Pick<Proxy, 'keepCertificates' | 'answerChallenges'>;
  readonly openAuthority: (options: AuthorityOptions) => CertificateAuthority;
  readonly logger: Logger;
  readonly shutdown: AbortSignal;
  readonly now: () => Date;
}

/**
 * Orders what is missing or old, and gives the proxy what the rows say. Every order is written down with its key before the
 * authority signs it, every certificate before the proxy gets it: whoever comes after a crash goes on there. Until a new
 * certificate is served the old one is.
 */
export class CertificateKeeper {
  private readonly deps: KeeperDeps;
  private readonly installer: CertificateInstaller;
  constructor(deps: KeeperDeps) {
    this.deps = deps;
    this.installer = new CertificateInstaller(deps);
  }

  async round(): Promise<void> {
    const { read } = this.deps.transact;
    const { certificates } = await loadSettings(read);
    // What was signed before a crash is served before anything else is asked for.
    await this.installer.install();
    if (certificates.authority === 'acme') await this.order(certificates);
    else await this.deps.proxy.answerChallenges(null);
    await this.drop();
  }

  private async drop(): Promise<void> {
    const { transact, now } = this.deps;
    const { world } = await readGround(transact.read, await loadSettings(transact.read), now());
    const { dropped } = planCertificates(world);
    if (dropped.length === 0) return;
    await transact.run((stores) => stores.certificateFiles.remove(dropped));
    await this.installer.install();
  }

  private async order(settings: CertificateSettings): Promise<void> {
    const { transact, now, shutdown } = this.deps;
    const wait = readWait(await transact.read.settings.all());
    if (wait !== null && wait.until > now()) return;
    try {
      await this.orderAll(settings);
      if (wait !== null) await putWait(transact.read, null);
    } catch (error) {
      if (shutdown.aborted) return;
      if (!(error instanceof ProvisionError)) throw error;
      const failures = (wait?.failures ?? 0) + 1;
      const until = waitUntil(failures, toldTime(error), now());
      const reason = authorityReason(error);
      await putWait(transact.read, { until, failures, reason });
      this.deps.logger.warn({ err: error, until, ...reason }, 'certificates wait; the old ones are served');
    }
  }

  private async orderAll(settings: CertificateSettings): Promise<void> {
    const { transact, now, shutdown } = this.deps;
    const { read } = transact;
    const open = await read.certificateOrders.open();
    const planned = async (): Promise<readonly PlannedOrder[]> =>
      planCertificates((await readGround(read, await loadSettings(read), now())).world).orders;
    if (open.length === 0 && (await planned()).length === 0) return;
    const authority = await this.authority(settings);
    await this.deps.proxy.answerChallenges(authority.thumbprint);
    await authority.register(shutdown);
    for (const one of open) await this.finish(authority, one);
    // What was open may have been the very thing.
    for (const one of await planned()) await this.place(authority, one);
  }

  private async authority({ directoryUrl, contact, bindingId, trust }: CertificateSettings) {
    const { transact, box } = this.deps;
    const stored = await transact.read.settings.all();
    const [kept, bound] = [stored.get(CERTIFICATE_KEYS.accountKey), stored.get(CERTIFICATE_KEYS.bindingKey)];
    const accountKey = typeof kept === 'string' ? box.decrypt(kept, KEY_CONTEXT).reveal() : newPrivateKey();
    if (typeof kept !== 'string')
      await transact.read.settings.put(CERTIFICATE_KEYS.accountKey, box.encrypt(accountKey, KEY_CONTEXT));
    const key = typeof bound === 'string' ? box.decrypt(bound, BINDING_CONTEXT).reveal() : null;
    const binding = bindingId === null || key === null ? null : { id: bindingId, key };
    return this.deps.openAuthority({ directoryUrl, contact, binding, accountKey, trust });
  }

  /** A name that is refused leaves the order; the others are asked for again. */
  private async place(authority: CertificateAuthority, { certificateId, names }: PlannedOrder): Promise<void> {
    const { transact, box, now, shutdown } = this.deps;
    let rest = names;
    for (let tries = 0; tries < TRIES && rest.length > 0; tries += 1) {
      const start = await authority.begin(rest, shutdown);
      let refused = start.kind === 'refused' ? start.names : [];
      if (start.kind === 'open') {
        const id = ulid();
        const privateKey = box.encrypt(newPrivateKey(), certificateContext(id));
        const order = { id, certificateId, names: rest, url: start.url, privateKey, createdAt: now() };
        await transact.read.certificateOrders.create(order);
        refused = await this.finish(authority, { ...order, state: 'open', endedAt: null });
        if (refused.length === 0) return;
      } else await this.refuse(refused);
      const gone = new Set(refused.map((one) => one.host));
      rest = rest.filter((host) => !gone.has(host));
    }
  }

  /** Resolves with the names that were refused; none = there is a certificate. */
  private async finish(authority: CertificateAuthority, order: CertificateOrder): Promise<readonly RefusedName[]> {
    const { transact, box, now, shutdown } = this.deps;
    const { certificateOrders } = transact.read;
    const key = box.decrypt(order.privateKey ?? '', certificateContext(order.id)).reveal();
    try {
      const end = await authority.finish(order.url, key, order.names, shutdown);
      if (end.kind === 'refused') {
        await certificateOrders.end(order.id, 'refused', now());
        await this.refuse(end.names);
        return end.names;
      }
      if (end.kind === 'gone') throw new ProvisionError('failed', 'The order came to nothing', { cause: 'gone' });
      await this.take(order, end.chain, key);
      return [];
    } catch (error) {
      if (!shutdown.aborted && this.isOver(order, error)) await certificateOrders.end(order.id, 'failed', now());
      throw error;
    }
  }
  /** An authority that is away or wants us to wait leaves the order as it is. */
  private isOver(order: CertificateOrder, error: unknown): boolean {
    if (this.deps.now().getTime() - order.createdAt.getTime() > ORDER_MS) return true;
    if (!(error instanceof ProvisionError)) return false;
    return error.code !== 'unreachable' && error.code !== 'timeout' && !isRateLimit(error);
  }

  private async refuse(names: readonly RefusedName[]): Promise<void> {
    const { transact, now, logger } = this.deps;
    const before = new Map((await transact.read.certificateOrders.refusals()).map((one) => [one.host, one] as const));
    for (const { host, problem, detail } of names) {
      const failures = (before.get(host)?.failures ?? 0) + 1;
      const retryAt = refusedUntil(failures, now());
      await transact.read.certificateOrders.refuse({ host, failures, problem, detail, refusedAt: now(), retryAt });
      logger.warn({ host, problem, detail, retryAt }, 'an authority does not certify a host; it keeps what it has');
    }
  }

  private async take(order: CertificateOrder, chain: string, key: string): Promise<void> {
    const { transact, box, now } = this.deps;
    const { facts, problems } = readChain(chain, key, [], now());
    if (facts === null || problems.includes('key_differs'))
      throw new ProvisionError('failed', 'The authority signed something else', { cause: 'key_differs' });
    const id = order.certificateId ?? order.id;
    const { names, issuedBy, notBefore, notAfter } = facts;
    const fresh: CertificateFile = {
      ...{ id, source: 'acme', names, keptFor: null, issuedBy, notBefore, notAfter },
      chain: facts.chain,
      privateKey: box.encrypt(facts.key, certificateContext(id)),
      issuedAt: now(),
      installedAt: null,
    };
    await transact.run(async (stores) => {
      if (!(await stores.certificateOrders.end(order.id, 'issued', now()))) return;
      await this.keepForOthers(stores, fresh);
      await stores.certificateFiles.put(fresh);
      await stores.certificateOrders.forgetRefusals(names);
    });
    await this.installer.install();
  }

  /** Hosts that the new one does not name go on with the old one until it ends. */
  private async keepForOthers(stores: Stores, fresh: CertificateFile): Promise<void> {
    const { box, now } = this.deps;
    const before = await stores.certificateFiles.find(fresh.id);
    if (before === null || before.notAfter <= now()) return;
    const { world } = await readGround(stores, await loadSettings(stores), now());
    const wanted = new Set(world.wanted.map((one) => one.host));
    const keptFor = before.names.filter((host) => wanted.has(host) && !fresh.names.includes(host));
    if (keptFor.length === 0) return;
    const id = ulid();
    const key = box.decrypt(before.privateKey, certificateContext(before.id));
    await stores.certificateFiles.put({
      ...{ ...before, id, keptFor, installedAt: null },
      privateKey: box.encrypt(key, certificateContext(id)),
    });
  }
}
