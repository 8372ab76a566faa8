import { randomUUID } from 'node:crypto';
import { ulid } from 'ulid';
import { rolloutStateEvent } from '../../server/rollouts/member-events';
import { OPERATIONS } from '../../server/services/operations';
import { ApiClient, problemOf } from '../helpers/api-client';
import { ACCOUNT, buildApiWorld, install, KLIRONG, serveKlirong, TAMBAK, type ApiWorld } from '../helpers/api-world';
import { startSmtp } from '../helpers/local-smtp';
import { startSshd, type LocalSshd } from '../helpers/local-sshd';
import { callCertificates } from '../helpers/certificate-calls';
import { Browser, startWebInstallation, type WebInstallation } from '../helpers/web-installation';

jest.setTimeout(180_000);
let web: WebInstallation;
let world: ApiWorld;
let api: ApiClient;
let sshd: LocalSshd;
beforeAll(async () => {
  sshd = await startSshd();
  web = await startWebInstallation();
  world = await buildApiWorld(web);
  api = await ApiClient.open(web.origin, world);
});
afterAll(async () => {
  await sshd.stop();
  await web.stop();
});

const signedIn = async (): Promise<Browser> => {
  const browser = new Browser(web.origin);
  await browser.get('/masuk');
  await browser.post('/masuk', { ...ACCOUNT, kembali: '/' });
  await browser.get('/desa');
  return browser;
};
test('the document names every operation, and nothing else', () => {
  const named = Object.values(api.document.paths).flatMap((methods) =>
    Object.values(methods).map((one) => one.operationId),
  );
  expect(api.document.openapi).toBe('3.1.0');
  expect([...named].sort()).toEqual(OPERATIONS.map((one) => one.name).sort());
});

describe('one after the other', () => {
  let rolloutId = '';
  test('an installation is planned, started and followed', async () => {
    const plan = await api.good('rollout.plan', { body: install([KLIRONG]) });
    expect(plan['members']).toMatchObject([{ kode: KLIRONG, app: 'opensid', toRelease: '2409.0.0' }]);
    const stale = await api.act('rollout.start', { body: { ...install([KLIRONG]), planHash: 'f'.repeat(64) } });
    expect([stale.status, problemOf(stale).code]).toEqual([409, 'stale']);
    const started = await api.good('rollout.start', {
      body: { ...install(['3305052011']), planHash: plan['planHash'] },
    });
    rolloutId = String(started['rolloutId']);
    await web.transactor.run((stores) =>
      stores.events.append([rolloutStateEvent(rolloutId, 'rolling', 'waves', null, 'Ani')]),
    );
    const params = { id: rolloutId };
    expect(await api.good('rollout.show', { params })).toMatchObject({
      id: rolloutId,
      kind: 'install',
      counts: { pending: 1 },
    });
    expect(await api.rows('rollout.list')).toMatchObject([
      { id: rolloutId, kind: 'install', requestedBy: 'Ani · uji' },
    ]);
    const events = await api.rows('rollout.events', { params });
    expect(events.map((one) => one['seq'])).toEqual([1, 2]);
    expect(await api.rows('rollout.events', { params, query: { after: '1' } })).toHaveLength(1);
    expect(await api.good('rollout.member', { params: { ...params, kode: KLIRONG } })).toMatchObject({
      steps: [],
      log: [],
    });
  });
  test('a rollout is paused, resumed, ended and tried again', async () => {
    const params = { id: rolloutId };
    await web.db('rollouts').update({ state: 'rolling' });
    expect(await api.good('rollout.pause', { params })).toEqual({ id: rolloutId, state: 'paused' });
    expect(await api.good('rollout.resume', { params })).toEqual({ id: rolloutId, state: 'rolling' });
    await web.db('rollout_members').update({ state: 'failed' });
    expect(await api.good('rollout.retry', { params, body: { kode: KLIRONG } })).toEqual({
      id: rolloutId,
      state: 'rolling',
    });
    await web.db('rollouts').update({ kind: 'update' });
    const { releaseId, spareReleaseId } = world;
    await web
      .db('rollout_members')
      .update({ state: 'done', from_release_id: spareReleaseId, to_release_id: releaseId });
    await web.db('instances').update({ release_id: releaseId, container: 't-web-opensid-x' });
    expect(await api.good('rollout.rollback', { params })).toEqual({ id: rolloutId, state: 'rolling_back' });
    const refused = await api.act('rollout.cancel', { params });
    expect([refused.status, problemOf(refused).code]).toEqual([409, 'conflict']);
    await web.db('rollouts').update({ state: 'paused' });
    expect(await api.good('rollout.cancel', { params })).toEqual({ id: rolloutId, state: 'cancelled' });
  });
  test('a desa is read, looked at, and its first password shown once', async () => {
    await serveKlirong(web);
    const params = { kode: KLIRONG };
    expect(await api.good('desa.show', { params })).toMatchObject({ kode: KLIRONG, nama: 'Klirong' });
    expect((await api.act('desa.observe', { params })).status).toBe(202);
    expect(await api.good('token.show', { params })).toMatchObject({ kode: KLIRONG, revokedAt: null });
    expect(await api.rows('desa.log', { params: { ...params, app: 'opensid' } })).toEqual([]);
    const key = { 'idempotency-key': randomUUID() };
    expect(await api.good('desa.password', { params, headers: key })).toMatchObject({ password: 'Pertama-123' });
    const again = await api.act('desa.password', { params, headers: key });
    expect([again.status, problemOf(again).problem]).toEqual([409, 'answer_not_kept']);
    expect(JSON.stringify(await web.db('idempotency_keys'))).not.toContain('Pertama');
    expect(problemOf(await api.act('desa.password', { params })).problem).toBe('password_shown');
  });
  test('a removal wants the code again, a new host its form', async () => {
    const body = { kind: 'remove', kodes: [KLIRONG] };
    const wrong = await api.act('rollout.start', { body: { ...body, confirm: TAMBAK } });
    expect([wrong.status, problemOf(wrong).field]).toEqual([422, 'confirm']);
    const two = await api.act('rollout.start', { body: { ...body, kodes: [KLIRONG, TAMBAK], confirm: KLIRONG } });
    expect([two.status, problemOf(two).field]).toEqual([422, 'kodes']);
    const move = { kind: 'domain', kodes: [KLIRONG] };
    const none = await api.act('rollout.start', { body: move });
    expect([none.status, problemOf(none).field]).toEqual([422, `hosts.${KLIRONG}`]);
    const bad = await api.act('rollout.start', { body: { ...move, hosts: { [KLIRONG]: 'bukan host' } } });
    expect([bad.status, problemOf(bad).field, problemOf(bad).problem]).toEqual([422, `hosts.${KLIRONG}`, 'hostname']);
  });
  test('releases are brought in, listed and removed', async () => {
    const begun = await api.act('release.import', { body: { app: 'opensid', location: '/rilis/opensid-2410.zip' } });
    expect([begun.status, begun.body]).toMatchObject([202, { state: 'fetching', app: 'opensid', usedBy: 0 }]);
    const { spareReleaseId, releaseId } = world;
    expect(await api.rows('release.prune', { body: { dryRun: true } })).toMatchObject([{ id: spareReleaseId }]);
    expect(await api.good('release.show', { params: { id: releaseId } })).toMatchObject({ version: '2409.0.0' });
    expect(await api.good('release.remove', { params: { id: spareReleaseId } })).toMatchObject({ state: 'removing' });
    expect((await api.rows('release.list')).length).toBe(3);
    const unknown = await api.act('release.import', { body: { app: 'lain', location: '/x' } });
    expect([unknown.status, problemOf(unknown).field, problemOf(unknown).problem]).toEqual([422, 'app', 'app_unknown']);
  });
  test('regions, settings, machines, databases and what is kept', async () => {
    expect((await api.rows('wilayah.kabupaten', { query: { search: 'kebumen' } })).map((one) => one['kode'])).toEqual([
      '33.05',
    ]);
    expect(await api.rows('wilayah.list', { query: { search: 'klirong' } })).toMatchObject([{ kode: KLIRONG }]);
    expect(await api.good('wilayah.show', { params: { kode: KLIRONG } })).toMatchObject({
      kabupaten: { kode: '33.05' },
    });
    expect(await api.good('settings.change', { body: { soakSeconds: 30, egress: ['a.id'] } })).toMatchObject({
      soakSeconds: 30,
    });
    expect(await api.good('settings.show')).toMatchObject({ soakSeconds: 30, kabupaten: { kode: '33.05' } });
    const hosts = await api.rows('settings.hosts', { query: { pattern: '{desa}.kebumenkab.go.id' } });
    expect(hosts).toHaveLength(8);
    expect(await api.rows('server.list')).toMatchObject([{ name: 'lokal' }]);
    expect(await api.good('server.show', { params: { name: 'lokal' } })).toMatchObject({ name: 'lokal', ssh: null });
    expect(await api.rows('database.list')).toMatchObject([{ app: 'opensid', desa: 1 }]);
    const [dump] = await api.rows('backup.list');
    expect(dump).toMatchObject({ tables: 9, bytes: 7_000_000_000, finding: null });
    const [archive] = await api.rows('backup.archives');
    expect(archive).toMatchObject({ kode: KLIRONG });
    const asked = { params: { id: String(dump?.['id']) } };
    expect(await api.good('backup.make', { body: { database: 'gabungan' } })).toEqual({ asked: true });
    expect(await api.good('backup.make', { body: { database: 'gabungan' } })).toEqual({ asked: false });
    expect(await api.good('backup.check', asked)).toEqual({ asked: true });
    expect(await api.good('backup.archive.check', { params: { id: String(archive?.['id']) } })).toEqual({
      asked: true,
    });
    const newest = await api.act('backup.remove', asked);
    expect([newest.status, problemOf(newest).problem]).toEqual([409, 'newest_dump']);
    const first = await web.transactor.read.dumps.find(String(dump?.['id']));
    await web.transactor.read.dumps.create({ ...first!, id: ulid() });
    expect(await api.good('backup.remove', asked)).toEqual({ asked: true });
  });
  test('the office keeps its mail server, proves it by a letter, and shows its logo', async () => {
    const smtp = await startSmtp();
    const from = { from: 'siappakai@kebumenkab.go.id', fromName: "Diskominfo Ma'rang" };
    const mail = { host: '127.0.0.1', port: smtp.port, security: 'none', user: 'siappakai', ...from };
    const headers = { 'idempotency-key': randomUUID() };
    const kept = await api.good('settings.mail.change', { body: { mail, password: 'Rahasia-Surat' }, headers });
    expect(kept).toEqual({ settings: mail, password: 'kept', testedAt: null });
    const told = JSON.stringify([await web.db('idempotency_keys'), await web.db('settings'), await web.db('audit')]);
    expect(told).not.toContain('Rahasia-Surat');
    const to = 'ani@kebumenkab.go.id';
    expect(await api.good('settings.mail.test', { body: { to } })).toMatchObject({ to });
    expect(smtp.letters).toHaveLength(1);
    expect((await api.good('settings.mail'))['testedAt']).toEqual(expect.any(String));
    await smtp.stop();
    const content = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64');
    expect(await api.good('settings.logo', { body: { content } })).toEqual({ type: 'image/png', bytes: 16 });
    const wrong = await api.act('settings.logo', { body: { content: Buffer.from('<svg/>').toString('base64') } });
    expect([wrong.status, problemOf(wrong).field]).toEqual([422, 'logo']);
    expect(await api.good('settings.logo', { body: { content: null } })).toEqual({ type: null, bytes: 0 });
  });
  test('a machine is enrolled with the key a person compared, looked at and forgotten', async () => {
    const address = { host: '127.0.0.1', port: sshd.port, user: 'root' };
    const login = { kind: 'key', privateKey: sshd.privateKey };
    const keys = await api.rows('server.keys', { body: address });
    expect(keys.map((one) => one['fingerprint'])).toContain(sshd.fingerprint);
    const unsure = await api.act('server.add', { body: { name: 'dua', ...address, login } });
    expect([unsure.status, problemOf(unsure).code, problemOf(unsure).field]).toEqual([
      409,
      'host_key_unconfirmed',
      'hostKey',
    ]);
    const body = { name: 'dua', ...address, login, hostKey: sshd.fingerprint };
    const headers = { 'idempotency-key': randomUUID() };
    expect(await api.good('server.add', { body, headers })).toMatchObject({ name: 'dua', ssh: address });
    expect(JSON.stringify(await web.db('idempotency_keys'))).not.toContain('PRIVATE KEY');
    const params = { name: 'dua' };
    expect(await api.good('server.check', { params, body: { login } })).toMatchObject({ name: 'dua' });
    expect(await api.good('server.check', { params: { name: 'lokal' }, body: {} })).toMatchObject({ name: 'lokal' });
    expect(await api.good('server.remove', { params })).toEqual({ name: 'dua', removed: true });
  });
  test('acts are told, and the chain is whole', async () => {
    const acts = await api.rows('audit.list', { query: { act: 'setting.change' } });
    expect(acts.map((one) => [one['actor'], one['after']])).toContainEqual([`Ani · uji (${world.userId})`, 30]);
    expect(await api.good('audit.verify')).toMatchObject({ intact: true });
  });
  test('what a message means, and where it is explained', async () => {
    const found = await api.rows('message.list', { query: { search: 'desa lain' } });
    expect(found.map((one) => one['code'])).toContain('wrong_identity');
    const params = { code: 'wrong_identity' };
    expect(await api.good('message.show', { params })).toMatchObject({ page: '/panduan/pesan/wrong_identity' });
    const none = await api.act('message.show', { params: { code: 'tidak_ada' } });
    expect([none.status, problemOf(none).type]).toEqual([404, '/panduan/pesan/not_found']);
  });
  test('one’s own account, tokens and sign-ins', async () => {
    expect(await api.good('account.show')).toMatchObject({ email: ACCOUNT.email });
    const browser = await signedIn();
    const headers = { 'content-type': 'application/json', origin: web.origin };
    const body = JSON.stringify({ name: "cron Ma'rang", access: 'read', days: 30 });
    const path = '/api/v1/me/tokens';
    const without = await browser.ask(path, { method: 'POST', headers, body });
    expect([without.status, JSON.parse(without.text)]).toMatchObject([403, { code: 'not_allowed' }]);
    const withProof = { ...headers, 'x-csrf-token': browser.csrf };
    const foreign = await browser.ask(path, {
      method: 'POST',
      headers: { ...withProof, origin: 'https://x.id' },
      body,
    });
    expect(foreign.status).toBe(403);
    const made = await browser.ask(path, { method: 'POST', headers: withProof, body });
    expect(api.wrong('account.token.create', 201, JSON.parse(made.text))).toEqual([]);
    api.called.add('account.token.create');
    const { token, id } = JSON.parse(made.text) as { token: string; id: string };
    const byToken = await api.act('account.token.create', { body: { name: 'lagi' } });
    expect([byToken.status, problemOf(byToken).problem]).toEqual([403, 'session_needed']);
    // A key that reads changes nothing.
    expect((await api.act('desa.list', { token })).status).toBe(200);
    expect((await api.act('settings.change', { token, body: { soakSeconds: 1 } })).status).toBe(403);
    const own = await api.act('account.change', { token, body: { name: 'Penyusup' } });
    expect([own.status, problemOf(own).problem]).toEqual([403, 'token_reads']);
    expect(await api.good('account.change', { body: { locale: 'en' } })).toMatchObject({ name: 'Ani', locale: 'en' });
    expect((await api.rows('account.tokens')).map((one) => one['state'])).toEqual(['active', 'active']);
    expect(await api.good('account.token.revoke', { params: { id } })).toMatchObject({ id, state: 'revoked' });
    const ended = await api.act('desa.list', { token });
    expect([ended.status, problemOf(ended).code, ended.headers.get('www-authenticate')]).toEqual([
      401,
      'not_signed_in',
      'Bearer realm="SiapPakai"',
    ]);
    const password = { password: 'Padi-Menguning-2026' };
    const change = async (body: object) =>
      browser.ask('/api/v1/me/password', { method: 'POST', headers: withProof, body: JSON.stringify(body) });
    expect(JSON.parse((await change(password)).text)).toMatchObject({ status: 422, field: 'current' });
    expect(JSON.parse((await change({ ...password, current: 'salah' })).text)).toMatchObject({ field: 'current' });
    expect(JSON.parse((await change({ password: 'pendek', current: ACCOUNT.password })).text)).toMatchObject({
      field: 'password',
    });
    const [session] = await api.rows('account.sessions');
    expect(await api.good('account.session.revoke', { params: { id: String(session?.['id']) } })).toMatchObject({
      ended: true,
    });
    expect((await browser.get('/desa')).status).toBe(303);
    const fresh = await signedIn();
    const changed = await fresh.ask('/api/v1/me/password', {
      ...{ method: 'POST', body: JSON.stringify({ ...password, current: ACCOUNT.password }) },
      headers: { ...headers, 'x-csrf-token': fresh.csrf },
    });
    expect([changed.status, api.wrong('account.password', 200, JSON.parse(changed.text))]).toEqual([200, []]);
    api.called.add('account.password');
    expect((await fresh.get('/desa')).status).toBe(303);
  });
});

test('certificates: who signs, and own ones, host by host', () => callCertificates(web, api));

test('every operation was called and answered as the document says', () => {
  expect(OPERATIONS.map((one) => one.name).filter((name) => !api.called.has(name))).toEqual([]);
});
