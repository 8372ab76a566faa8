import { z } from 'zod';
import { AppError } from '../../domain/errors';
import { newPersonalTokenSchema, personalTokenState, type PersonalToken } from '../../domain/personal-token';
import type { User } from '../../domain/user';
import { id, idParams, iso, kode, time } from './fields';
import { listOperation } from './list-operation';
import { operation, type OperationContext } from './operation';
import { ownFields } from '../user-service';

const accountDocument = z.object({
  id,
  email: z.string(),
  name: z.string(),
  role: z.string(),
  wilayahKode: kode.nullable(),
  locale: z.enum(['id', 'en']),
  lastSeenAt: time.nullable(),
});
const accountOf = async ({ deps, account }: OperationContext): Promise<User> => {
  const user = await deps.auth.find(account);
  if (user === null) throw new AppError('not_found', { object: 'user' });
  return user;
};
const answerOf = (user: User): z.input<typeof accountDocument> => ({ ...user, lastSeenAt: iso(user.lastSeenAt) });

export const accountShow = operation({
  name: 'account.show',
  summary: 'Who one is here',
  method: 'get',
  path: '/me',
  action: null,
  cli: ['user show'],
  screens: ['get /profil'],
  answer: accountDocument,
  run: async (context) => answerOf(await accountOf(context)),
});

export const accountChange = operation({
  name: 'account.change',
  summary: 'Change one’s own name and language',
  method: 'patch',
  path: '/me',
  action: null,
  cli: ['user change'],
  screens: ['post /profil'],
  body: z.strictObject(ownFields).partial(),
  answer: accountDocument,
  async run(context, change) {
    const { deps, actor, account } = context;
    const { name, locale } = await accountOf(context);
    const wanted = { name: change.name ?? name, locale: change.locale ?? locale };
    const own = account === actor.id;
    return answerOf(await (own ? deps.users.changeOwn(actor, wanted) : deps.users.change(actor, account, wanted)));
  },
});

export const accountPassword = operation({
  name: 'account.password',
  summary: 'A new password; every sign-in ends. One’s own asks for the current one. Not with a token',
  method: 'post',
  path: '/me/password',
  action: null,
  cli: ['user password'],
  screens: ['post /profil/sandi'],
  by: 'session',
  body: z.strictObject({ password: z.string(), current: z.string().exactOptional() }),
  answer: accountDocument,
  async run(context, { password, current }) {
    const { deps, actor, account } = context;
    const user = await accountOf(context);
    if (account !== actor.id) await deps.users.setPassword(actor, user.email, password);
    else if (current === undefined)
      throw new AppError('invalid_input', { problem: 'field_missing' }, { field: 'current' });
    else await deps.users.changeOwnPassword(actor, { current, password, sessionId: '' });
    return answerOf(user);
  },
});

const tokenDocument = z.object({
  id,
  name: z.string(),
  access: z.enum(['read', 'full']),
  state: z.enum(['active', 'expired', 'revoked']),
  createdAt: time,
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable(),
  lastUsedIp: z.string().nullable(),
  revokedAt: time.nullable(),
});
const tokenOf = (one: PersonalToken): z.input<typeof tokenDocument> => ({
  ...{ id: one.id, name: one.name, access: one.access, lastUsedIp: one.lastUsedIp },
  state: personalTokenState(one, new Date()),
  createdAt: one.createdAt.toISOString(),
  expiresAt: iso(one.expiresAt),
  lastUsedAt: iso(one.lastUsedAt),
  revokedAt: iso(one.revokedAt),
});

export const accountTokenList = listOperation({
  name: 'account.tokens',
  summary: 'Own personal tokens, newest first; never the tokens themselves',
  method: 'get',
  path: '/me/tokens',
  action: null,
  cli: ['user token list'],
  screens: ['get /profil'],
  item: tokenDocument,
  key: (one) => one.id,
  order: 'desc',
  columns: [
    { name: 'name', of: (one) => one.name },
    { name: 'access', of: (one) => one.access },
    { name: 'state', of: (one) => one.state },
    { name: 'lastUsedAt', of: (one) => one.lastUsedAt },
    { name: 'expiresAt', of: (one) => one.expiresAt },
    { name: 'id', of: (one) => one.id },
  ],
  rows: async ({ deps, actor, account }) => (await deps.personalTokens.list(actor, account)).map(tokenOf),
});

export const accountTokenCreate = operation({
  name: 'account.token.create',
  summary: 'Make a personal token; the answer shows it once. Not with a token: a stolen one must not outlive itself',
  method: 'post',
  path: '/me/tokens',
  action: null,
  cli: ['user token create'],
  screens: ['post /profil/token'],
  status: 201,
  by: 'session',
  secret: true,
  body: newPersonalTokenSchema,
  answer: tokenDocument.extend({ token: z.string() }),
  async run({ deps, actor, account }, input) {
    const { token, item } = await deps.personalTokens.create(actor, input, account);
    return { ...tokenOf(item), token };
  },
});

export const accountTokenRevoke = operation({
  name: 'account.token.revoke',
  summary: 'End a personal token now',
  method: 'delete',
  path: '/me/tokens/{id}',
  action: null,
  cli: ['user token revoke'],
  screens: ['post /profil/token/:id/cabut'],
  params: idParams,
  answer: tokenDocument,
  run: async ({ deps, actor, account }, input) => tokenOf(await deps.personalTokens.revoke(actor, input.id, account)),
});

const signInDocument = z.object({
  id: z.string().regex(/^[0-9a-f]{64}$/),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  createdAt: time,
  lastSeenAt: time.nullable(),
  expiresAt: time,
});
export const accountSessionList = listOperation({
  name: 'account.sessions',
  summary: 'Where one is signed in',
  method: 'get',
  path: '/me/sessions',
  action: null,
  cli: ['user session list'],
  screens: ['get /profil'],
  item: signInDocument,
  key: (one) => one.id,
  order: 'asc',
  columns: [
    { name: 'lastSeenAt', of: (one) => one.lastSeenAt },
    { name: 'ip', of: (one) => one.ip },
    { name: 'userAgent', of: (one) => one.userAgent },
    { name: 'id', of: (one) => one.id },
  ],
  rows: async ({ deps, actor, account }) =>
    (await deps.auth.signIns(actor, account)).map(({ idHash, ip, userAgent, createdAt, lastSeenAt, expiresAt }) => ({
      ...{ id: idHash, ip, userAgent, createdAt: createdAt.toISOString() },
      lastSeenAt: iso(lastSeenAt),
      expiresAt: expiresAt.toISOString(),
    })),
});

export const accountSessionRevoke = operation({
  name: 'account.session.revoke',
  summary: 'End one sign-in',
  method: 'delete',
  path: '/me/sessions/{id}',
  action: null,
  cli: ['user session revoke'],
  screens: ['post /profil/sesi/:id/akhiri'],
  params: z.strictObject({ id: signInDocument.shape.id }),
  answer: z.object({ id: z.string(), ended: z.boolean() }),
  async run({ deps, actor, account }, input) {
    await deps.auth.revoke(actor, input.id, account);
    return { id: input.id, ended: true };
  },
});
