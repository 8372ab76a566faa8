import { createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { SYSTEM, TERMINAL } from '../../server/domain/actor';
import { AuditService } from '../../server/services/audit-service';
import { signPayload } from '../../server/services/token-claims';
import { TokenService } from '../../server/services/token-service';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';
import { addInstalledDesa, BUMIREJO, KLIRONG, makeSecretBox } from '../helpers/installed-desa';

jest.setTimeout(60_000);
const DAY = 86_400_000;
const secrets = makeSecretBox();
let control: ControlDatabase;
let now = new Date();
let tokens: TokenService;

beforeAll(async () => {
  control = await startControlDatabase();
});
afterAll(async () => {
  secrets.remove();
  await control.stop();
});
beforeEach(async () => {
  await control.clear();
  await addInstalledDesa(control.transactor);
  now = new Date('2026-11-22T20:00:00Z');
  tokens = new TokenService({ transactor: control.transactor, box: secrets.box, httpsPort: 443, now: () => now });
});
const ensure = (desa = KLIRONG) => tokens.ensureToken(SYSTEM, desa.kode, desa.host);
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : 'not an error'),
  );
const part = (token: string, index: number): unknown =>
  JSON.parse(Buffer.from(token.split('.')[index]!, 'base64').toString());

test('the claims are those of the contract', async () => {
  const token = await ensure();
  expect(part(token, 0)).toEqual({ typ: 'JWT', alg: 'RS256', kid: 'kab-3305-2026-1' });
  expect(token.split('.')[1]).toMatch(/^[A-Za-z0-9]+$/);
  expect(part(token, 1)).toEqual({
    iss: 'https://dasbor.kebumenkab.go.id',
    iat: now.getTime() / 1000,
    nbf: now.getTime() / 1000,
    exp: Date.parse('2027-11-24T00:00:00Z') / 1000,
    jti: expect.stringMatching(/^[A-Za-z0-9]{16}$/) as string,
    sub: '3305052011',
    desa_id: '33.05.05.2011',
    kecamatan_id: '33.05.05',
    domain: 'https://klirong.kec-klirong.kebumenkab.go.id',
    status: 'terdaftar',
    tanggal_berlangganan: { mulai: '2026-11-23', akhir: '2027-11-23' },
  });
  expect(await tokens.verify(`${token} `)).toMatchObject({ kode: KLIRONG.kode });
});

test('the published key checks the signature, and its private half lies encrypted', async () => {
  const token = await ensure();
  const { keys } = await tokens.keySet();
  expect(keys).toEqual([
    { kty: 'RSA', n: expect.any(String) as string, e: 'AQAB', kid: 'kab-3305-2026-1', alg: 'RS256', use: 'sig' },
  ]);
  const [header, payload, signature] = token.split('.');
  const key = createPublicKey({ key: { kty: 'RSA', n: String(keys[0]!['n']), e: 'AQAB' }, format: 'jwk' });
  expect(verify('sha256', Buffer.from(`${header!}.${payload!}`), key, Buffer.from(signature!, 'base64url'))).toBe(true);
  const stored = JSON.stringify([
    await control.db('signing_keys'),
    await control.db('tokens'),
    await control.db('audit'),
  ]);
  for (const secret of ['PRIVATE KEY', signature!, payload!]) expect(stored).not.toContain(secret);
});

test('ensure keeps the token, at once and again', async () => {
  const first = await Promise.all(Array.from({ length: 8 }, () => ensure()));
  expect(new Set(first).size).toBe(1);
  expect(await ensure()).toBe(first[0]);
  expect(await control.db('signing_keys')).toHaveLength(1);
  expect(await ensure(BUMIREJO)).not.toBe(first[0]);
  for (let round = 0; round < 5; round += 1) {
    await control.db('tokens').delete();
    const many = await Promise.all(Array.from({ length: 8 }, () => ensure()));
    expect([new Set(many).size, (await control.db('tokens')).length]).toEqual([1, 1]);
  }
});

test('another host gives a new token; the old one works until the new one is in its place, and seven days more', async () => {
  const first = await ensure();
  const second = await tokens.ensureToken(SYSTEM, KLIRONG.kode, 'klirong.desa.id');
  expect(part(second, 1)).toMatchObject({ domain: 'https://klirong.desa.id' });
  now = new Date(now.getTime() + 60 * DAY);
  expect(await code(tokens.verify(first))).toBe('no error');
  await tokens.markInstalled(SYSTEM, KLIRONG.kode, second);
  now = new Date(now.getTime() + 6 * DAY);
  await tokens.markInstalled(SYSTEM, KLIRONG.kode, second);
  expect(await code(tokens.verify(first))).toBe('no error');
  now = new Date(now.getTime() + 2 * DAY);
  expect(await code(tokens.verify(first))).toBe('token_revoked');
  expect(await code(tokens.verify(second))).toBe('no error');
});

test('using a token does not renew it; renewing does within its last thirty days', async () => {
  const first = await ensure();
  const renew = () => tokens.renew(SYSTEM, KLIRONG.kode, KLIRONG.host);
  await tokens.markInstalled(SYSTEM, KLIRONG.kode, first);
  now = new Date('2027-10-23T23:00:00Z');
  expect(await renew()).toBe(first);
  expect(await tokens.renewals(SYSTEM)).toEqual({ ending: [], unread: [] });
  now = new Date('2027-10-24T01:00:00Z');
  expect(await tokens.renewals(SYSTEM)).toEqual({ ending: [KLIRONG.kode], unread: [] });
  expect(await ensure()).toBe(first);
  const second = await renew();
  expect(second).not.toBe(first);
  expect([await renew(), await ensure()]).toEqual([second, second]);
  expect(await tokens.renewals(SYSTEM)).toEqual({ ending: [], unread: [KLIRONG.kode] });
  expect(await code(tokens.verify(first))).toBe('no error');
  now = new Date('2027-11-24T12:00:00Z');
  expect(await code(tokens.verify(first))).toBe('token_expired');
  expect(part(second, 1)).toMatchObject({ tanggal_berlangganan: { mulai: '2027-10-24', akhir: '2028-10-24' } });
});

test('only a token of this desa counts as installed, and only the newest is asked for', async () => {
  const first = await ensure();
  expect((await tokens.status(TERMINAL, KLIRONG.kode))?.installedAt).toBeNull();
  expect(await code(tokens.markInstalled(SYSTEM, BUMIREJO.kode, first))).toBe('token_invalid');
  expect(await code(tokens.markInstalled(SYSTEM, KLIRONG.kode, 'x'))).toBe('token_invalid');
  await tokens.markInstalled(SYSTEM, KLIRONG.kode, first);
  expect((await tokens.status(TERMINAL, KLIRONG.kode))?.installedAt).toBeInstanceOf(Date);
  const second = await tokens.rotate(TERMINAL, KLIRONG.kode);
  // An old container that serves again: its token is known, the newer one still waits for its place.
  await tokens.markInstalled(SYSTEM, KLIRONG.kode, first);
  expect((await tokens.status(TERMINAL, KLIRONG.kode))?.installedAt).toBeNull();
  expect((await tokens.renewals(SYSTEM)).unread).toEqual([KLIRONG.kode]);
  expect(await code(tokens.verify(second))).toBe('no error');
  expect(await new AuditService(control.transactor).verify(TERMINAL)).toMatchObject({ intact: true });
});

test('rotation, revocation, expiry', async () => {
  const first = await ensure();
  const second = await tokens.rotate(TERMINAL, KLIRONG.kode);
  expect(second).not.toBe(first);
  expect(await ensure()).toBe(second);
  expect(await code(tokens.verify(first))).toBe('no error');
  await tokens.revoke(TERMINAL, KLIRONG.kode);
  expect(await Promise.all([first, second].map((one) => code(tokens.verify(one))))).toEqual([
    'token_revoked',
    'token_revoked',
  ]);
  expect(await tokens.status(TERMINAL, KLIRONG.kode)).toBeNull();
  const third = await ensure();
  now = new Date('2027-11-23T23:59:59Z');
  expect(await code(tokens.verify(third))).toBe('no error');
  now = new Date('2027-11-24T00:00:01Z');
  expect(await code(tokens.verify(third))).toBe('token_expired');
  expect(await new AuditService(control.transactor).verify(TERMINAL)).toMatchObject({ intact: true });
});

describe('forged tokens', () => {
  test.each(['changed desa', 'none', 'HS256 with the public key', 'own key', 'unknown kid', 'never issued'])(
    '%s',
    async (how) => {
      const token = await ensure();
      await ensure(BUMIREJO);
      const [header, payload, signature] = token.split('.') as [string, string, string];
      const { keys } = await tokens.keySet();
      const enc = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const other = enc({ ...(part(token, 1) as object), desa_id: BUMIREJO.kode });
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const kid = 'kab-3305-2026-1';
      const hs = `${enc({ typ: 'JWT', alg: 'HS256', kid })}.${payload}`;
      const forged: Record<string, string> = {
        'changed desa': `${header}.${other}.${signature}`,
        none: `${enc({ alg: 'none', kid })}.${payload}.`,
        'HS256 with the public key': `${hs}.${createHmac('sha256', JSON.stringify(keys[0])).update(hs).digest('base64url')}`,
        'own key': signPayload(payload, kid, pem),
        'unknown kid': signPayload(payload, 'kab-9999-2026-1', pem),
        'never issued': token,
      };
      if (how === 'never issued') await control.db('tokens').where({ desa_kode: KLIRONG.kode }).delete();
      expect(await code(tokens.verify(forged[how]!))).toBe('token_invalid');
    },
  );

  test('empty and nonsense', async () => {
    expect(await code(tokens.verify('  '))).toBe('token_missing');
    for (const text of ['x', 'a.b.c', '..', '{}', 'é.é.é'])
      expect(await code(tokens.verify(text))).toBe('token_invalid');
  });
});

test('an unknown desa, and an observer, get none', async () => {
  expect(await code(tokens.ensureToken(SYSTEM, '33.05.03.2020', 'x.id'))).toBe('desa_unknown');
  const observer = { ...TERMINAL, role: 'observer' as const };
  expect(await code(tokens.rotate(observer, KLIRONG.kode))).toBe('not_allowed');
  expect(await code(tokens.reveal(observer, KLIRONG.kode))).toBe('not_allowed');
});
