import { ulid } from 'ulid';
import { newOneTimeToken, sha256 } from '../auth/one-time-token';
import { authorize } from '../auth/permission';
import type { Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import {
  newPersonalTokenSchema,
  type NewPersonalTokenInput,
  type PersonalToken,
  type TokenAccess,
} from '../domain/personal-token';
import { actorOf } from '../domain/user';
import type { PlatformTransactor } from '../stores/platform-stores';
import { recordAudit } from './audit-service';
import { parseInput } from './user-service';

const DAY_MS = 86_400_000;
/** Lets people and scanners of leaked secrets recognise what it is. */
const PREFIX = 'sp_';

export interface VerifiedPersonalToken {
  readonly actor: Actor;
  readonly tokenId: string;
  /** With `read` nothing may be changed, not even what is one's own. */
  readonly access: TokenAccess;
}

/** Keys of people for REST. Everybody keeps their own; those of others only who may change users. */
export class PersonalTokenService {
  private readonly transactor: PlatformTransactor;
  constructor(transactor: PlatformTransactor) {
    this.transactor = transactor;
  }

  /** Newest first, revoked and expired ones included. */
  async list(actor: Actor, userId: string = actor.id): Promise<readonly PersonalToken[]> {
    if (userId !== actor.id) authorize(actor, 'user.read');
    return this.transactor.read.personalTokens.listOf(userId);
  }

  /** `token` is to be shown now and never again: only its hash is kept. */
  async create(
    actor: Actor,
    input: NewPersonalTokenInput,
    userId: string = actor.id,
  ): Promise<{ readonly token: string; readonly item: PersonalToken }> {
    if (userId !== actor.id) authorize(actor, 'user.write');
    const { name, access, days } = parseInput(newPersonalTokenSchema, input);
    const token = `${PREFIX}${newOneTimeToken()}`;
    const id = ulid();
    const expiresAt = days === null ? null : new Date(Date.now() + days * DAY_MS);
    const item = await this.transactor.run(async (stores) => {
      const user = await stores.users.find(userId);
      if (user === null) throw new AppError('not_found', { object: 'user' });
      await stores.personalTokens.create({ id, userId, name, access, expiresAt, tokenHash: sha256(token) });
      await recordAudit(stores, actor, {
        act: 'personal_token.create',
        object: `user:${user.email}`,
        after: { id, name, access, expiresAt: expiresAt?.toISOString() ?? null },
      });
      return stores.personalTokens.find(id);
    });
    if (item === null) throw new AppError('internal');
    return { token, item };
  }

  /** It opens nothing from the next request on; AppError('not_found') when it is not a working one of that person. */
  async revoke(actor: Actor, id: string, userId: string = actor.id): Promise<PersonalToken> {
    if (userId !== actor.id) authorize(actor, 'user.write');
    const item = await this.transactor.run(async (stores) => {
      if (!(await stores.personalTokens.revoke(userId, id))) throw new AppError('not_found', { object: 'token' });
      const found = await stores.personalTokens.find(id);
      await recordAudit(stores, actor, {
        act: 'personal_token.revoke',
        object: `user:${userId}`,
        before: { id, name: found?.name ?? '' },
      });
      return found;
    });
    if (item === null) throw new AppError('internal');
    return item;
  }

  /** Who asks with this key now; AppError('not_signed_in') when it is unknown, over or revoked, all alike. */
  async verify(token: string, ip: string): Promise<VerifiedPersonalToken> {
    const { personalTokens, users } = this.transactor.read;
    const found = token.startsWith(PREFIX) ? await personalTokens.findLive(sha256(token)) : null;
    const user = found === null ? null : await users.find(found.userId);
    if (found === null || user === null) throw new AppError('not_signed_in', { problem: 'personal_token' });
    await personalTokens.used(found.id, ip);
    const actor = { ...actorOf(user), name: `${user.name} · ${found.name}`.slice(0, 140) };
    const { id: tokenId, access } = found;
    return { actor: access === 'read' ? { ...actor, role: 'observer' } : actor, tokenId, access };
  }
}
