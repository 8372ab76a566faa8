import { newOneTimeToken, sha256 } from '../auth/one-time-token';
import { hashOfNobody, hashPassword, verifyPassword } from '../auth/password';
import { authorize } from '../auth/permission';
import type { Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import { actorOf, type User } from '../domain/user';
import type { PlatformStores, PlatformTransactor } from '../stores/platform-stores';
import type { SignIn } from '../stores/session-store';
import { recordAudit } from './audit-service';

const FAILURES = 5;
const LOCK_SECONDS = 15 * 60;
const LINK_MINUTES = 15;

export interface OneTimeLink {
  /** Put it into the path of a URL; it is stored nowhere. */
  readonly token: string;
  readonly expiresAt: Date;
}

export class AuthService {
  private readonly transactor: PlatformTransactor;
  private readonly nobody = hashOfNobody();
  constructor(transactor: PlatformTransactor) {
    this.transactor = transactor;
  }

  /**
   * The user, or AppError('sign_in_failed'), which is the same for an unknown account, a wrong password and a locked
   * account, after the same work. Five wrong passwords lock an account for 15 minutes.
   */
  async signIn(credentials: { readonly email: string; readonly password: string }): Promise<User> {
    const email = credentials.email.trim().toLowerCase();
    const found = await this.transactor.read.users.findByEmail(email);
    const verdict = await verifyPassword(credentials.password, found?.passwordHash ?? this.nobody);
    const locked = found?.user.lockedUntil != null && found.user.lockedUntil > new Date();
    if (found === null || locked) throw new AppError('sign_in_failed', {}, { field: 'email' });
    if (verdict === 'wrong') return this.refuse(found.user);
    const fresh = verdict === 'outdated' ? await hashPassword(credentials.password) : null;
    await this.transactor.run(async (stores) => {
      if (fresh !== null) await stores.users.setPassword(found.user.id, fresh);
      await this.welcome(stores, found.user, 'password');
    });
    return found.user;
  }

  /** A link for the terminal: signs in without a password, once, within 15 minutes. Without an e-mail: the first admin. */
  async createSignInLink(actor: Actor, email: string | null): Promise<OneTimeLink & { readonly user: User }> {
    authorize(actor, 'sign_in.link');
    const users = await this.transactor.read.users.list();
    const wanted = email?.trim().toLowerCase() ?? null;
    const user = users.find((one) => (wanted === null ? one.role === 'admin' : one.email === wanted));
    if (user === undefined) throw new AppError(wanted === null ? 'not_set_up' : 'not_found', { email: wanted });
    const token = newOneTimeToken();
    const expiresAt = new Date(Date.now() + LINK_MINUTES * 60_000);
    await this.transactor.run(async (stores) => {
      await stores.links.removeOld();
      await stores.links.create({ tokenHash: sha256(token), purpose: 'sign_in', userId: user.id, expiresAt });
      await recordAudit(stores, actor, { act: 'sign_in.link', object: `user:${user.email}` });
    });
    return { token, expiresAt, user };
  }

  /** Whether the link still works. Looking changes nothing: mail and chat programs open links before people do. */
  async isSignInLinkOpen(token: string): Promise<boolean> {
    return this.transactor.read.links.isOpen(sha256(token), 'sign_in');
  }

  /** Uses the link up; AppError('link_invalid') for unknown, used, over, or another browser's, all alike. */
  async signInWithLink(token: string, browser: string): Promise<User> {
    return this.transactor.run(async (stores) => {
      const link = await stores.links.open(sha256(token), 'sign_in', sha256(browser));
      const user = link?.userId == null ? null : await stores.users.find(link.userId);
      if (link === null || user === null || !(await stores.links.use(link.tokenHash)))
        throw new AppError('link_invalid');
      await this.welcome(stores, user, 'link');
      return user;
    });
  }

  /** Who a session belongs to now; null when the account is gone. Asked at every request, so a change of role counts at once. */
  async find(userId: string): Promise<User | null> {
    return this.transactor.read.users.find(userId);
  }

  async signedOut(actor: Actor, sessionId: string): Promise<void> {
    await this.transactor.run(async (stores) => {
      await stores.sessions.remove(sha256(sessionId));
      await recordAudit(stores, actor, { act: 'sign_in.out', object: `user:${actor.id}` });
    });
  }

  /** Where this person is signed in; of another person only for who may read users. */
  async signIns(actor: Actor, userId: string = actor.id): Promise<readonly SignIn[]> {
    if (userId !== actor.id) authorize(actor, 'user.read');
    return this.transactor.read.sessions.listOf(userId);
  }

  /** Ends one sign-in by its hash; AppError('not_found') when it is not one of that person. */
  async revoke(actor: Actor, idHash: string, userId: string = actor.id): Promise<void> {
    if (userId !== actor.id) authorize(actor, 'user.write');
    await this.transactor.run(async (stores) => {
      if (!(await stores.sessions.removeOf(userId, idHash))) throw new AppError('not_found', { object: 'session' });
      await recordAudit(stores, actor, { act: 'sign_in.revoke', object: `user:${userId}` });
    });
  }

  /** Ends all sign-ins of this person but the one of `sessionId`; returns how many. */
  async revokeOthers(actor: Actor, sessionId: string): Promise<number> {
    return this.transactor.run(async (stores) => {
      const count = await stores.sessions.removeOthers(actor.id, sha256(sessionId));
      await recordAudit(stores, actor, { act: 'sign_in.revoke', object: `user:${actor.id}`, after: { count } });
      return count;
    });
  }

  /** Takes away sessions and links whose time is over; for a sweep. */
  async removeExpired(): Promise<void> {
    const { sessions, links } = this.transactor.read;
    await sessions.removeExpired();
    await links.removeOld();
  }

  private async refuse(user: User): Promise<never> {
    await this.transactor.run(async (stores) => {
      await stores.users.countFailure(user.id, FAILURES, LOCK_SECONDS);
      const now = await stores.users.find(user.id);
      if (now?.lockedUntil != null && now.lockedUntil > new Date())
        await recordAudit(stores, actorOf(user), {
          act: 'sign_in.locked',
          object: `user:${user.email}`,
          after: { until: now.lockedUntil.toISOString() },
        });
    });
    throw new AppError('sign_in_failed', {}, { field: 'email' });
  }

  private async welcome(stores: PlatformStores, user: User, how: 'password' | 'link'): Promise<void> {
    await stores.users.signedIn(user.id);
    await recordAudit(stores, actorOf(user), { act: 'sign_in', object: `user:${user.email}`, after: { how } });
  }
}
