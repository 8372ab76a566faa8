import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { newOneTimeToken, sha256 } from '../auth/one-time-token';
import { hashPassword } from '../auth/password';
import { checkNewPassword } from '../auth/password-rules';
import { authorize } from '../auth/permission';
import type { Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import { kodeKabupatenSchema } from '../domain/kode-wilayah';
import type { LoadedRegion, RegionSource } from '../domain/region';
import type { User } from '../domain/user';
import type { PlatformStores, PlatformTransactor } from '../stores/platform-stores';
import { recordAudit } from './audit-service';
import type { AuthService, OneTimeLink } from './auth-service';
import { loadSettings, parseSetting, writeSettings } from './setting-service';
import { createUser, parseInput } from './user-service';
import { loadKabupaten } from './wilayah-service';

const LINK_HOURS = 24;
const kabupatenInput = z.object({ kabupaten: kodeKabupatenSchema });

export interface HostPreview {
  readonly kode: string;
  readonly nama: string;
  readonly host: string;
}
/** Hosts of all desa by a pattern. Throws AppError at field `domainPattern` when it is malformed or two desa would share a host. */
export type PreviewHosts = (
  pattern: string,
  suffix: string | null,
  regions: readonly LoadedRegion[],
) => readonly HostPreview[];

export interface SetupDeps {
  readonly transactor: PlatformTransactor;
  readonly regions: RegionSource;
  readonly previewHosts: PreviewHosts;
  readonly auth: AuthService;
}
export interface SetupStatus {
  readonly account: boolean;
  readonly kabupaten: { readonly kode: string; readonly nama: string } | null;
  readonly domainPattern: string | null;
  /** All three are there. */
  readonly done: boolean;
}
export interface SetupInput {
  readonly kabupaten: string;
  readonly domainPattern: string;
  readonly suffix?: string | null;
  readonly adminEmail: string;
  readonly adminName?: string;
  /** Absent = the account opens by the returned link only, until a password is set. */
  readonly adminPassword?: string;
}
export interface SetupResult extends SetupStatus {
  readonly user: User;
  /** Null when the account was there already or got a password. */
  readonly signInLink: OneTimeLink | null;
}

/** The first run: account, kabupaten, domain pattern. Every step may be repeated; the same again changes nothing. */
export class SetupService {
  private readonly deps: SetupDeps;
  constructor(deps: SetupDeps) {
    this.deps = deps;
  }

  /** Readable by anybody: it decides which page a stranger sees. */
  async status(): Promise<SetupStatus> {
    return statusOf(this.deps.transactor.read);
  }

  /** A link for the first account, good for a day; earlier ones stop working. AppError('already_set_up') once an account exists. */
  async createLink(actor: Actor): Promise<OneTimeLink> {
    authorize(actor, 'setup.run');
    const token = newOneTimeToken();
    const expiresAt = new Date(Date.now() + LINK_HOURS * 3_600_000);
    await this.deps.transactor.run(async (stores) => {
      if ((await stores.users.count()) > 0) throw new AppError('already_set_up');
      await stores.links.voidAll('setup', null);
      await stores.links.create({ tokenHash: sha256(token), purpose: 'setup', userId: null, expiresAt });
      await recordAudit(stores, actor, { act: 'setup.link', object: 'installation' });
    });
    return { token, expiresAt };
  }

  /** Binds the link to this browser (`browser` = a secret kept in its session); AppError('link_invalid') otherwise. */
  async openLink(token: string, browser: string): Promise<void> {
    const link = await this.deps.transactor.read.links.open(sha256(token), 'setup', sha256(browser));
    if (link === null) throw new AppError('link_invalid');
  }

  /** The first account, an admin; uses the link up. The caller signs it in. */
  async createAccount(
    link: { readonly token: string; readonly browser: string },
    account: {
      readonly email: string;
      readonly name: string;
      readonly password: string;
      readonly locale?: 'id' | 'en';
    },
  ): Promise<User> {
    await this.openLink(link.token, link.browser);
    checkNewPassword(account.password, account.email);
    const hash = await hashPassword(account.password);
    return this.deps.transactor.run(async (stores) => {
      if (!(await stores.links.use(sha256(link.token)))) throw new AppError('link_invalid');
      if ((await stores.users.count()) > 0) throw new AppError('already_set_up');
      const { email, name, locale } = account;
      const actor: Actor = { kind: 'user', id: 'setup', name: 'setup', role: 'admin', wilayahKode: null };
      return createUser(
        stores,
        actor,
        { email, name, role: 'admin', ...(locale === undefined ? {} : { locale }) },
        hash,
      );
    });
  }

  /** Chooses the kabupaten (any notation) and loads its regions. */
  async chooseKabupaten(actor: Actor, kode: string): Promise<LoadedRegion> {
    authorize(actor, 'setup.run');
    const { kabupaten } = parseInput(kabupatenInput, { kabupaten: kode });
    return this.deps.transactor.run(async (stores) => {
      const loaded = await loadKabupaten(stores, this.deps.regions, kabupaten);
      await writeSettings(stores, actor, [{ key: 'kabupaten', value: { kode: loaded.kode, nama: loaded.nama } }]);
      return loaded;
    });
  }

  /** Hosts the pattern gives, at most `limit`; saves nothing. */
  async previewDomains(
    actor: Actor,
    input: { readonly domainPattern: string; readonly suffix?: string | null },
    limit: number,
  ): Promise<{ readonly total: number; readonly hosts: readonly HostPreview[] }> {
    authorize(actor, 'setup.run');
    const hosts = await this.hostsOf(this.deps.transactor.read, input.domainPattern, input.suffix ?? null);
    return { total: hosts.length, hosts: hosts.slice(0, limit) };
  }

  async saveDomains(
    actor: Actor,
    input: { readonly domainPattern: string; readonly suffix?: string | null },
  ): Promise<SetupStatus> {
    authorize(actor, 'setup.run');
    return this.deps.transactor.run(async (stores) => {
      const pattern = parseSetting('domainPattern', input.domainPattern);
      const suffix = parseSetting('suffix', input.suffix ?? null);
      await this.hostsOf(stores, input.domainPattern, input.suffix ?? null);
      await writeSettings(stores, actor, [pattern, suffix]);
      return statusOf(stores);
    });
  }

  /** All of it in one call, for the terminal. Idempotent; an existing account keeps its password. */
  async run(actor: Actor, input: SetupInput): Promise<SetupResult> {
    authorize(actor, 'setup.run');
    if (input.adminPassword !== undefined) checkNewPassword(input.adminPassword, input.adminEmail);
    await this.chooseKabupaten(actor, input.kabupaten);
    await this.saveDomains(actor, { domainPattern: input.domainPattern, suffix: input.suffix ?? null });
    const { user, created } = await this.ensureAdmin(actor, input);
    const needsLink = created && input.adminPassword === undefined;
    const signInLink = needsLink ? await this.deps.auth.createSignInLink(actor, user.email) : null;
    return { ...(await this.status()), user, signInLink };
  }

  private async ensureAdmin(actor: Actor, input: SetupInput): Promise<{ user: User; created: boolean }> {
    const email = input.adminEmail.trim().toLowerCase();
    const found = await this.deps.transactor.read.users.findByEmail(email);
    if (found !== null) return { user: found.user, created: false };
    const hash = await hashPassword(input.adminPassword ?? randomBytes(24).toString('base64url'));
    const fields = { email, name: input.adminName ?? 'Admin', role: 'admin' as const };
    const user = await this.deps.transactor.run((stores) => createUser(stores, actor, fields, hash));
    return { user, created: true };
  }

  private async hostsOf(
    stores: PlatformStores,
    pattern: string,
    suffix: string | null,
  ): Promise<readonly HostPreview[]> {
    if ((await loadSettings(stores)).kabupaten === null) throw new AppError('not_set_up', {}, { field: 'kabupaten' });
    return this.deps.previewHosts(pattern, suffix, await stores.wilayah.list({}));
  }
}

const statusOf = async (stores: PlatformStores): Promise<SetupStatus> => {
  const [settings, users] = await Promise.all([loadSettings(stores), stores.users.count()]);
  const { kabupaten, domainPattern } = settings;
  const account = users > 0;
  return { account, kabupaten, domainPattern, done: account && kabupaten !== null && domainPattern !== null };
};
