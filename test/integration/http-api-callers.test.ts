import { randomUUID } from 'node:crypto';
import { ulid } from 'ulid';
import { TERMINAL } from '../../server/domain/actor';
import { OPERATIONS } from '../../server/services/operations';
import { PersonalTokenService } from '../../server/services/personal-token-service';
import { ApiClient, problemOf, type Reply } from '../helpers/api-client';
import { buildApiWorld, install, NAMES, TAMBAK, type ApiWorld } from '../helpers/api-world';
import { startWebInstallation, type WebInstallation } from '../helpers/web-installation';

jest.setTimeout(180_000);
let web: WebInstallation;
let world: ApiWorld;
let api: ApiClient;
beforeAll(async () => {
  web = await startWebInstallation();
  world = await buildApiWorld(web);
  api = await ApiClient.open(web.origin, world);
});
afterAll(() => web.stop());

describe('a repeated request', () => {
  const start = (key: string, kodes: readonly string[]): Promise<Reply> =>
    api.act('rollout.start', { body: install(kodes), headers: { 'idempotency-key': key } });
  test('pressed eight times at once it acts once, and all get the same answer', async () => {
    const before = (await web.db('rollouts')).length;
    const key = randomUUID();
    const replies = await Promise.all(Array.from({ length: 8 }, () => start(key, [TAMBAK])));
    expect(replies.map((one) => one.status)).toEqual(Array.from({ length: 8 }, () => 202));
    expect(new Set(replies.map((one) => one.text)).size).toBe(1);
    expect(replies.filter((one) => one.headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect((await web.db('rollouts')).length).toBe(before + 1);
    const later = await start(key, [TAMBAK]);
    expect([later.status, later.text]).toEqual([202, replies[0]?.text]);
  });
  test('the same key for another act is refused', async () => {
    const key = randomUUID();
    expect((await start(key, ['33.05.03.2020'])).status).toBe(202);
    const other = await start(key, ['33.05.12.1026']);
    expect([other.status, problemOf(other).problem, problemOf(other).field]).toEqual([
      422,
      'idempotency_reused',
      'Idempotency-Key',
    ]);
    const bad = await start('ada spasi', [TAMBAK]);
    expect([bad.status, problemOf(bad).problem]).toEqual([422, 'idempotency_key']);
  });
  test('rollouts come in pages, newest first', async () => {
    const all = (await api.rows('rollout.list')).map((one) => one['id']);
    expect([...all].sort().reverse()).toEqual(all);
    const first = await api.act('rollout.list', { query: { limit: '1' } });
    const cursor = /cursor=([^&>]+)/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const rest = await api.rows('rollout.list', { query: { cursor } });
    expect(rest.map((one) => one['id'])).toEqual(all.slice(1));
  });
  test('a refusal is not kept: the same key works when the cause is gone', async () => {
    const key = randomUUID();
    const body = { app: 'lain', location: '/x' };
    const headers = { 'idempotency-key': key };
    expect((await api.act('release.import', { body, headers })).status).toBe(422);
    expect((await api.act('release.import', { body: { ...body, app: 'opensid' }, headers })).status).toBe(202);
  });
  test('what broke off stays taken; after 24 hours the key is free', async () => {
    const key = randomUUID();
    expect((await start(key, ['33.05.12.1026'])).status).toBe(202);
    const last = web.db('idempotency_keys').orderBy('created_at', 'desc').limit(1);
    await last.clone().update({ status: null, answer: null, created_at: new Date(Date.now() - 600_000) });
    const broken = await start(key, ['33.05.12.1026']);
    expect([broken.status, problemOf(broken).problem]).toEqual([409, 'idempotency_unfinished']);
    await web.db('idempotency_keys').update({ expires_at: new Date(Date.now() - 1000) });
    const again = await start(key, ['33.05.05.2021']);
    expect(again.status).toBe(202);
    expect(await web.db('idempotency_keys')).toHaveLength(1);
    const [row] = await web.db('idempotency_keys').select<{ expires_at: Date }[]>('expires_at');
    expect(Math.round(((row?.expires_at.getTime() ?? 0) - Date.now()) / 3_600_000)).toBe(24);
  });
});

test('the same key of another person is another key', async () => {
  const id = ulid();
  const budi = { id, email: 'budi@kebumenkab.go.id', name: 'Budi', role: 'admin', wilayahKode: null } as const;
  await web.transactor.read.users.create({ ...budi, passwordHash: 'x', locale: 'id' });
  const tokens = new PersonalTokenService(web.transactor);
  const { token } = await tokens.create(TERMINAL, { name: 'uji', access: 'full' }, id);
  const call = { body: { app: 'opensid', location: '/y' }, headers: { 'idempotency-key': randomUUID() } };
  const [ani, again, other] = [
    await api.good('release.import', call),
    await api.good('release.import', call),
    await api.good('release.import', { ...call, token }),
  ];
  expect(again['id']).toBe(ani['id']);
  expect(other['id']).not.toBe(ani['id']);
});

describe('callers', () => {
  test('without sign-in, with a wrong or another kind of key nothing is told', async () => {
    for (const authorization of ['Bearer sp_salah', 'Bearer', 'Basic YTpi', '']) {
      const headers: Record<string, string> = authorization === '' ? {} : { authorization };
      const reply = await fetch(`${web.origin}/api/v1/desa`, { headers });
      expect([authorization, reply.status]).toEqual([authorization, 401]);
      expect(reply.headers.get('content-type')).toContain('application/problem+json');
    }
  });
  test('every operation is closed to strangers', async () => {
    for (const one of OPERATIONS) {
      const path = one.path.replace(/\{\w+\}/g, 'x');
      const reply = await fetch(`${web.origin}/api/v1${path}`, { method: one.method.toUpperCase() });
      // A change without sign-in fails at the proof against forms of others.
      expect([one.name, [401, 403, 429].includes(reply.status)]).toEqual([one.name, true]);
    }
  });
  test('too many calls of one key are refused with the time to wait, and nobody else is', async () => {
    const { token } = await new PersonalTokenService(web.transactor).create(TERMINAL, { name: 'cepat' }, world.userId);
    const statuses: number[] = [];
    for (let batch = 0; batch < 31; batch += 1) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          fetch(`${web.origin}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } }),
        ),
      );
      statuses.push(...answers.map((one) => one.status));
      await Promise.all(answers.map((one) => one.text()));
    }
    expect(statuses.filter((one) => one === 200)).toHaveLength(600);
    const over = await api.act('account.show', { token });
    expect([over.status, problemOf(over).code]).toEqual([429, 'too_many_requests']);
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await api.act('account.show')).status).toBe(200);
  });
  test('an address that only guesses is refused after a while, a good key from there is not', async () => {
    const guess = () => fetch(`${web.origin}/api/v1/me`, { headers: { authorization: 'Bearer sp_tebak' } });
    const statuses = [];
    for (let count = 0; count < 61; count += 1) statuses.push((await guess()).status);
    expect(statuses.at(-1)).toBe(429);
    expect((await api.act('account.show')).status).toBe(200);
  });
});

describe('names', () => {
  test('are what they are as JSON and as CSV, and no spreadsheet runs them', async () => {
    const list = await api.rows('desa.list', { query: { limit: '1000' } });
    for (const [kode, nama] of Object.entries(NAMES))
      expect(list.find((one) => one['kode'] === kode)).toMatchObject({ nama });
    const csv = await api.act('desa.list', { query: { format: 'csv' } });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    // fetch takes the byte order mark away.
    const lines = csv.text.split('\r\n');
    expect(lines[0]).toBe('kode,nama,kecamatan,status,app,host');
    const line = (kode: string): string => lines.find((one) => one.startsWith(kode)) ?? '';
    expect(line(TAMBAK)).toContain(`${TAMBAK},Ma'rang,Klirong,`);
    expect(line('33.05.12.1026')).toContain(',<b>x,');
    expect(line('33.05.03.2020')).toContain(',O’o (I/II),');
    expect(line('33.05.05.2021')).toContain(',قرية الحكمة,');
    expect(line('33.05.05.2022')).toContain(`,${NAMES['33.05.05.2022']},`);
    expect(line('33.05.05.2023')).toContain(`,"'=HYPERLINK(""http://x"",""y"")",`);
    expect(line('33.05.05.2024')).toContain(`,"'@SUM(A1), ""kutip""",`);
  });
});

test('lists come in pages that neither repeat nor lose anything', async () => {
  const all = (await api.rows('desa.list', { query: { limit: '1000' } })).map((one) => one['kode']);
  const seen: unknown[] = [];
  let where = '/desa?limit=3&installed=all';
  for (let pages = 0; where !== '' && pages < 10; pages += 1) {
    const page = await api.send('get', where);
    seen.push(...(page.body as { kode: string }[]).map((one) => one.kode));
    where = /<\/api\/v1([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
  }
  expect(seen).toEqual(all);
  const audit = async (query: Record<string, string>): Promise<Reply> => api.act('audit.list', { query });
  const first = await audit({ limit: '2' });
  const cursor = /cursor=([^&>]+)/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const [second, both] = [await audit({ limit: '2', cursor }), await audit({ limit: '4' })];
  expect([...(first.body as unknown[]), ...(second.body as unknown[])]).toEqual(both.body);
  const wrong = await audit({ cursor: '%%%' });
  expect([wrong.status, problemOf(wrong).field, problemOf(wrong).problem]).toEqual([422, 'cursor', 'cursor']);
});
