import { ulid } from 'ulid';
import { z } from 'zod';
import { hashPassword, verifyPassword } from '../auth/password';
import { checkNewPassword } from '../auth/password-rules';
import { authorize } from '../auth/permission';
import { sha256 } from '../auth/one-time-token';
import type { Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import { kodeWilayahSchema } from '../domain/kode-wilayah';
import type { User } from '../domain/user';
import type { PlatformStores, PlatformTransactor } from '../stores/platform-stores';
import { recordAudit } from './audit-service';

const userFields = {
  email: z.string().trim().toLowerCase().max(190).pipe(z.email()),
  name: z.string().trim().min(2).max(120),
  role: z.enum(['admin', 'observer']),
  wilayahKode: kodeWilayahSchema.nullable(),
  locale: z.enum(['id', 'en']),
};
const newUserSchema = z.object({
  ...userFields,
  wilayahKode: userFields.wilayahKode.default(null),
  locale: userFields.locale.default('id'),
});
export type NewUserInput = z.input<typeof newUserSchema>;
const changeSchema = z.object(userFields).omit({ email: true }).partial();
export type UserChangeInput = z.input<typeof changeSchema>;

/** Zod's first complaint as AppError('invalid_input') at its field. */
export const parseInput = <S extends z.ZodType>(schema: S, input: unknown): z.output<S> => {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new AppError('invalid_input', { reason: issue?.code ?? 'invalid', key: field }, { field });
};

/** Creates an account in the caller's transaction. */
export const createUser = async (
  stores: PlatformStores,
  actor: Actor,
  input: NewUserInput,
  passwordHash: string,
): Promise<User> => {
  const fields = parseInput(newUserSchema, input);
  if ((await stores.users.findByEmail(fields.email)) !== null)
    throw new AppError('email_taken', { email: fields.email }, { field: 'email' });
  const id = ulid();
  await stores.users.create({ id, ...fields, passwordHash });
  const { email, ...rest } = fields;
  await recordAudit(stores, actor, { act: 'user.create', object: `user:${email}`, after: rest });
  const user = await stores.users.find(id);
  if (user === null) throw new AppError('internal');
  return user;
};

/** What everybody may change about themselves. */
export const ownFields = { name: userFields.name, locale: userFields.locale };
const ownSchema = z.object(ownFields);
export type OwnChangeInput = z.input<typeof ownSchema>;

export class UserService {
  private readonly transactor: PlatformTransactor;
  constructor(transactor: PlatformTransactor) {
    this.transactor = transactor;
  }

  async list(actor: Actor): Promise<readonly User[]> {
    authorize(actor, 'user.read');
    return this.transactor.read.users.list();
  }

  async create(actor: Actor, input: NewUserInput & { readonly password: string }): Promise<User> {
    authorize(actor, 'user.write');
    checkNewPassword(input.password, input.email);
    const hash = await hashPassword(input.password);
    return this.transactor.run((stores) => createUser(stores, actor, input, hash));
  }

  /** A role or region that changes counts from the next request on. */
  async change(actor: Actor, userId: string, input: UserChangeInput): Promise<User> {
    authorize(actor, 'user.write');
    const read = parseInput(changeSchema, input);
    const change = Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
    return this.transactor.run(async (stores) => {
      const before = await this.need(stores, userId);
      const demoted = (read.role !== undefined && read.role !== 'admin') || read.wilayahKode != null;
      if (demoted) await this.keepAnAdmin(stores, userId);
      await stores.users.update(userId, change);
      const after = await this.need(stores, userId);
      const shown = (user: User) => ({ name: user.name, role: user.role, wilayahKode: user.wilayahKode });
      await recordAudit(stores, actor, {
        act: 'user.change',
        object: `user:${before.email}`,
        before: shown(before),
        after: shown(after),
      });
      return after;
    });
  }

  /** Ends every sign-in of the account. */
  async remove(actor: Actor, userId: string): Promise<void> {
    authorize(actor, 'user.write');
    await this.transactor.run(async (stores) => {
      const user = await this.need(stores, userId);
      await this.keepAnAdmin(stores, userId);
      await stores.sessions.removeOthers(userId, '');
      await stores.links.voidAll('sign_in', userId);
      await stores.users.remove(userId);
      await recordAudit(stores, actor, {
        act: 'user.remove',
        object: `user:${user.email}`,
        before: { role: user.role },
      });
    });
  }

  /** Own name and language; the same again writes nothing. */
  async changeOwn(actor: Actor, input: OwnChangeInput): Promise<User> {
    authorize(actor, 'profile.own');
    const { name, locale } = parseInput(ownSchema, input);
    return this.transactor.run(async (stores) => {
      const before = await this.need(stores, actor.id);
      if (before.name === name && before.locale === locale) return before;
      await stores.users.update(actor.id, { name, locale });
      const shown = (user: Pick<User, 'name' | 'locale'>) => ({ name: user.name, locale: user.locale });
      await recordAudit(stores, actor, {
        act: 'user.change',
        object: `user:${before.email}`,
        before: shown(before),
        after: shown({ name, locale }),
      });
      return this.need(stores, actor.id);
    });
  }

  /** The own password: the current one is asked, all other sign-ins end. */
  async changeOwnPassword(
    actor: Actor,
    input: { readonly current: string; readonly password: string; readonly sessionId: string },
  ): Promise<void> {
    const user = await this.need(this.transactor.read, actor.id);
    const stored = await this.transactor.read.users.findByEmail(user.email);
    if (stored === null || (await verifyPassword(input.current, stored.passwordHash)) === 'wrong')
      throw new AppError('sign_in_failed', {}, { field: 'current' });
    await this.store(actor, user, input.password, input.sessionId);
  }

  /** Somebody else's password, or from the terminal: ends all sign-ins of the account. */
  async setPassword(actor: Actor, email: string, password: string): Promise<void> {
    authorize(actor, 'user.write');
    const found = await this.transactor.read.users.findByEmail(email.trim().toLowerCase());
    if (found === null) throw new AppError('not_found', { email });
    await this.store(actor, found.user, password, '');
  }

  private async store(actor: Actor, user: User, password: string, keepSession: string): Promise<void> {
    checkNewPassword(password, user.email);
    const hash = await hashPassword(password);
    await this.transactor.run(async (stores) => {
      await stores.users.setPassword(user.id, hash);
      await stores.sessions.removeOthers(user.id, keepSession === '' ? '' : sha256(keepSession));
      await stores.links.voidAll('sign_in', user.id);
      await recordAudit(stores, actor, { act: 'user.password', object: `user:${user.email}` });
    });
  }

  private async need(stores: PlatformStores, userId: string): Promise<User> {
    const user = await stores.users.find(userId);
    if (user === null) throw new AppError('not_found', { object: 'user' });
    return user;
  }

  private async keepAnAdmin(stores: PlatformStores, without: string): Promise<void> {
    const admins = await stores.users.lockAdmins();
    if (admins.includes(without) && admins.length === 1) throw new AppError('last_admin');
  }
}
