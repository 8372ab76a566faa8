import express from 'express';
import session from 'express-session';
import request from 'supertest';
import { ulid } from 'ulid';
import { hashPassword } from '../../server/auth/password';
import { sha256 } from '../../server/auth/one-time-token';
import { DatabaseSessionStore } from '../../server/auth/session-store';
import { TERMINAL, type Actor } from '../../server/domain/actor';
import { actorOf, type User } from '../../server/domain/user';
import { AuditService } from '../../server/services/audit-service';
import { AuthService } from '../../server/services/auth-service';
import { UserService } from '../../server/services/user-service';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';

const PASSWORD = 'Sawah-Padi-2026';
jest.setTimeout(60_000);
let control: ControlDatabase;
let auth: AuthService;
let users: UserService;
let ani: User;
let hash: string;

const addUser = async (email: string, role: 'admin' | 'observer'): Promise<User> => {
  const id = ulid();
  const fields = { email, name: email, role, wilayahKode: null, locale: 'id' as const };
  await control.transactor.read.users.create({ id, ...fields, passwordHash: hash });
  return (await control.transactor.read.users.find(id))!;
};

beforeAll(async () => {
  hash = await hashPassword(PASSWORD);
  control = await startControlDatabase();
  auth = new AuthService(control.transactor);
  users = new UserService(control.transactor);
}, 60_000);
afterAll(() => control.stop());
beforeEach(async () => {
  await control.clear();
  ani = await addUser('ani@kebumenkab.go.id', 'admin');
});

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : 'not an error'),
  );
const signIn = (email: string, password: string) => auth.signIn({ email, password });

describe('sign-in', () => {
  test('a right password signs in, whatever the case of the e-mail', async () => {
    expect((await signIn('ANI@kebumenkab.go.id ', PASSWORD)).id).toBe(ani.id);
  });

  test('unknown account and wrong password give the same error', async () => {
    const errors = await Promise.all([
      signIn('nobody@kebumenkab.go.id', PASSWORD).catch((error: unknown) => error),
      signIn(ani.email, 'wrong-wrong-1').catch((error: unknown) => error),
    ]);
    expect(JSON.stringify(errors[0])).toBe(JSON.stringify(errors[1]));
    expect(errors[0]).toMatchObject({ code: 'sign_in_failed', params: {} });
  });

  test('an unknown account costs as much work as a wrong password', async () => {
    await code(signIn('warm@up.id', 'x'));
    // Processor time of this process and its threads: how busy the machine is does not count.
    const worked = async (email: string): Promise<number> => {
      const start = process.cpuUsage();
      await code(signIn(email, 'wrong-wrong-1'));
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    const unknown = Math.min(await worked('a@b.id'), await worked('c@d.id'), await worked('e@f.id'));
    const known = Math.min(await worked(ani.email), await worked(ani.email), await worked(ani.email));
    expect(unknown / known).toBeGreaterThan(0.4);
    expect(unknown / known).toBeLessThan(2.5);
  });

  test('the fifth wrong password in a row locks for 15 minutes, also for the right one', async () => {
    for (let n = 0; n < 4; n += 1) await code(signIn(ani.email, 'wrong-wrong-1'));
    expect((await signIn(ani.email, PASSWORD)).id).toBe(ani.id);
    for (let n = 0; n < 5; n += 1) await code(signIn(ani.email, 'wrong-wrong-1'));
    expect(await code(signIn(ani.email, PASSWORD))).toBe('sign_in_failed');
    const locked = (await auth.find(ani.id))?.lockedUntil?.getTime() ?? 0;
    expect(locked - Date.now()).toBeGreaterThan(14 * 60_000);
    expect(locked - Date.now()).toBeLessThan(15 * 60_000 + 5000);
    await control.db('users').update({ locked_until: new Date(Date.now() - 1000) });
    expect((await signIn(ani.email, PASSWORD)).id).toBe(ani.id);
  });

  test('a new password ends the lock and all sign-ins of the account', async () => {
    for (let n = 0; n < 5; n += 1) await code(signIn(ani.email, 'wrong-wrong-1'));
    await control.transactor.read.sessions.put({
      idHash: sha256('sid'),
      userId: ani.id,
      data: {},
      expiresAt: new Date(Date.now() + 60_000),
      ip: null,
      userAgent: null,
    });
    await users.setPassword(TERMINAL, ani.email, 'Another-Harvest-7');
    expect((await signIn(ani.email, 'Another-Harvest-7')).id).toBe(ani.id);
    expect(await auth.signIns(actorOf(ani))).toEqual([]);
  });
});

describe('one-time links', () => {
  test('work once, only in the first browser that opened them, and only their hash is stored', async () => {
    const { token } = await auth.createSignInLink(TERMINAL, null);
    expect(JSON.stringify(await control.db('one_time_links'))).not.toContain(token);
    // Looking at it any number of times, as mail programs do, leaves it as it is.
    expect(await auth.isSignInLinkOpen(token)).toBe(true);
    expect(await auth.isSignInLinkOpen(token)).toBe(true);
    expect(await auth.isSignInLinkOpen('unknown')).toBe(false);
    expect((await auth.signInWithLink(token, 'browser-1')).id).toBe(ani.id);
    expect(await auth.isSignInLinkOpen(token)).toBe(false);
    expect(await code(auth.signInWithLink(token, 'browser-1'))).toBe('link_invalid');
  });

  test('two at once: one wins', async () => {
    const { token } = await auth.createSignInLink(TERMINAL, null);
    const both = await Promise.all([1, 2, 3].map(() => code(auth.signInWithLink(token, 'same browser'))));
    expect(both.sort()).toEqual(['link_invalid', 'link_invalid', 'no error']);
  });

  test('end with their time; unknown ones and those of another purpose do not open', async () => {
    const { token } = await auth.createSignInLink(TERMINAL, ani.email);
    await control.db('one_time_links').update({ expires_at: new Date(Date.now() - 1) });
    expect(await code(auth.signInWithLink(token, 'b'))).toBe('link_invalid');
    expect(await code(auth.signInWithLink('unknown', 'b'))).toBe('link_invalid');
    await control.db('one_time_links').update({ expires_at: new Date(Date.now() + 60_000), purpose: 'setup' });
    expect(await code(auth.signInWithLink(token, 'b'))).toBe('link_invalid');
  });

  test('an observer may not make one', async () => {
    const observer = await addUser('o@b.id', 'observer');
    expect(await code(auth.createSignInLink(actorOf(observer), null))).toBe('not_allowed');
  });
});

describe('sessions in the database', () => {
  const makeApp = () => {
    const app = express();
    app.use(
      session({
        secret: 'test',
        resave: false,
        saveUninitialized: false,
        rolling: true,
        cookie: { maxAge: 60_000 },
        store: new DatabaseSessionStore(control.transactor.read.sessions, 60_000),
      }),
    );
    app.post('/in', (req, res) => {
      req.session.userId = ani.id;
      req.session.userAgent = 'Test 1.0';
      res.send(req.sessionID);
    });
    app.get('/who', (req, res) => void res.json({ user: req.session.userId ?? null }));
    app.post('/slow', (req, res) => {
      void control
        .db('sessions')
        .delete()
        .then(() => {
          req.session.browserKey = 'changed';
          res.send('ok');
        });
    });
    return app;
  };

  test('survive requests, are listed without their id, and end when revoked', async () => {
    const agent = request.agent(makeApp());
    const sid = (await agent.post('/in')).text;
    expect((await agent.get('/who')).body).toEqual({ user: ani.id });
    const [own] = await auth.signIns(actorOf(ani));
    expect(own).toMatchObject({ userAgent: 'Test 1.0', userId: ani.id });
    expect(JSON.stringify(await control.db('sessions'))).not.toContain(sid);
    await auth.revoke(actorOf(ani), own!.idHash);
    expect((await agent.get('/who')).body).toEqual({ user: null });
  });

  test('a request that ends after the revocation does not bring the session back', async () => {
    const agent = request.agent(makeApp());
    await agent.post('/in');
    await agent.post('/slow');
    expect(await control.db('sessions')).toEqual([]);
    expect((await agent.get('/who')).body).toEqual({ user: null });
  });

  test('nobody ends or lists the sessions of others without the right', async () => {
    const observer = await addUser('o@b.id', 'observer');
    await request(makeApp()).post('/in');
    const [own] = await auth.signIns(actorOf(ani));
    expect(await code(auth.revoke(actorOf(observer), own!.idHash))).toBe('not_found');
    expect(await code(auth.revoke(actorOf(observer), own!.idHash, ani.id))).toBe('not_allowed');
    expect(await code(auth.signIns(actorOf(observer), ani.id))).toBe('not_allowed');
  });
});

describe('users', () => {
  test('the last admin stays', async () => {
    expect(await code(users.remove(TERMINAL, ani.id))).toBe('last_admin');
    expect(await code(users.change(TERMINAL, ani.id, { role: 'observer' }))).toBe('last_admin');
    expect(await code(users.change(TERMINAL, ani.id, { wilayahKode: '33.05.05' }))).toBe('last_admin');
    const budi = await addUser('b@b.id', 'admin');
    const both = await Promise.all([code(users.remove(TERMINAL, ani.id)), code(users.remove(TERMINAL, budi.id))]);
    expect(both.sort()).toEqual(['last_admin', 'no error']);
  });

  test('short and common passwords, and an e-mail twice, are refused at their field', async () => {
    const make = (email: string, password: string) =>
      users.create(TERMINAL, { email, name: 'Xx', role: 'observer', password });
    await expect(make('x@y.id', 'short-one')).rejects.toMatchObject({ code: 'password_too_short', field: 'password' });
    await expect(make('x@y.id', 'aaaaaaaaaaaa')).rejects.toMatchObject({ code: 'password_too_common' });
    await expect(make(ani.email, PASSWORD)).rejects.toMatchObject({ code: 'email_taken', field: 'email' });
    await expect(make('no mail', PASSWORD)).rejects.toMatchObject({ code: 'invalid_input', field: 'email' });
  });

  test('no password or hash reaches the audit log', async () => {
    await users.setPassword(TERMINAL, ani.email, 'Another-Harvest-7');
    await code(signIn(ani.email, 'guess-guess-guess'));
    const written = JSON.stringify(await new AuditService(control.transactor).list(TERMINAL, { limit: 100 }));
    expect(written).toContain('user.password');
    for (const secret of [PASSWORD, 'Another-Harvest-7', 'scrypt', 'guess-guess'])
      expect(written).not.toContain(secret);
  });

  test('an actor bound to a region reads no users', async () => {
    const bound: Actor = { ...actorOf(ani), wilayahKode: '33.05.05' };
    expect(await code(users.list(bound))).toBe('not_allowed');
  });
});
