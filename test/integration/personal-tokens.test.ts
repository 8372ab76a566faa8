import { ulid } from 'ulid';
import { TERMINAL, type Actor } from '../../server/domain/actor';
import { personalTokenState } from '../../server/domain/personal-token';
import { actorOf, type User } from '../../server/domain/user';
import { PersonalTokenService } from '../../server/services/personal-token-service';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';

jest.setTimeout(60_000);
let control: ControlDatabase;
let tokens: PersonalTokenService;
beforeAll(async () => {
  control = await startControlDatabase();
  tokens = new PersonalTokenService(control.transactor);
});
afterAll(() => control.stop());

const addUser = async (name: string, role: User['role'] = 'admin'): Promise<Actor> => {
  const id = ulid();
  const { users } = control.transactor.read;
  const email = `${name.toLowerCase()}@kebumenkab.go.id`;
  await users.create({ id, email, name, role, wilayahKode: null, passwordHash: 'x', locale: 'id' });
  const user = await users.find(id);
  return actorOf(user!);
};
const refused = { code: 'not_signed_in' };

test('a key opens what its owner may, is kept only as a hash, and ends when revoked', async () => {
  const ani = await addUser('Ani');
  const { token, item } = await tokens.create(ani, { name: "Ma'rang <b>x", access: 'full', days: 7 });
  expect(token).toMatch(/^sp_[\w-]{43}$/);
  const [rows] = (await control.db.raw('SELECT * FROM personal_tokens')) as [Record<string, unknown>[]];
  expect(JSON.stringify(rows)).not.toContain(token.slice(3));

  const { actor, tokenId } = await tokens.verify(token, '10.0.0.1');
  expect([actor.id, actor.role, tokenId]).toEqual([ani.id, 'admin', item.id]);
  const [listed] = await tokens.list(ani);
  expect(listed).toMatchObject({ name: "Ma'rang <b>x", lastUsedIp: '10.0.0.1', revokedAt: null });
  expect(listed?.lastUsedAt).toBeInstanceOf(Date);

  const revoked = await tokens.revoke(ani, item.id);
  expect(personalTokenState(revoked, new Date())).toBe('revoked');
  await expect(tokens.verify(token, '10.0.0.1')).rejects.toMatchObject(refused);
  await expect(tokens.revoke(ani, item.id)).rejects.toMatchObject({ code: 'not_found' });
  const acts = await control.db('audit').orderBy('id').pluck<string[]>('act');
  expect(acts).toEqual(['personal_token.create', 'personal_token.revoke']);
});

test('one that only reads is an observer; one that is over, altered or of somebody gone opens nothing', async () => {
  const budi = await addUser('Budi');
  const reading = await tokens.create(budi, { name: 'monitor', access: 'read' });
  expect((await tokens.verify(reading.token, '')).actor.role).toBe('observer');
  const over = await tokens.create(budi, { name: 'lama', days: 1 });
  await control
    .db('personal_tokens')
    .where({ id: over.item.id })
    .update({ expires_at: new Date(Date.now() - 1000) });
  for (const token of [over.token, `${reading.token}x`, reading.token.slice(3), 'sp_', ''])
    await expect(tokens.verify(token, '')).rejects.toMatchObject(refused);
  await control.db('users').where({ id: budi.id }).delete();
  await expect(tokens.verify(reading.token, '')).rejects.toMatchObject(refused);
  expect(await control.db('personal_tokens').where({ user_id: budi.id })).toEqual([]);
});

test('nobody makes, sees or revokes a key of somebody else without the right to', async () => {
  const [citra, dedi] = [await addUser('Citra'), await addUser('Dedi', 'observer')];
  const { item } = await tokens.create(TERMINAL, { name: 'cron' }, citra.id);
  for (const attempt of [
    tokens.create(dedi, { name: 'curi' }, citra.id),
    tokens.list(dedi, citra.id),
    tokens.revoke(dedi, item.id, citra.id),
  ])
    await expect(attempt).rejects.toMatchObject({ code: 'not_allowed' });
  await expect(tokens.revoke(dedi, item.id)).rejects.toMatchObject({ code: 'not_found' });
  expect(await tokens.list(dedi)).toEqual([]);
});

test.each([
  [{ name: 'x' }, 'name'],
  [{ name: 'cron', days: 0 }, 'days'],
])('%j is refused at its field', async (input, field) => {
  const eka = await addUser(`Eka${field}`);
  await expect(tokens.create(eka, input)).rejects.toMatchObject({ code: 'invalid_input', field });
});
