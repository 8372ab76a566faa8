import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { TERMINAL } from '../../server/domain/actor';
import type { Cli } from '../../server/cli/context';
import { OPERATIONS } from '../../server/services/operations';
import { ApiClient } from '../helpers/api-client';
import { ACCOUNT, buildApiWorld, KLIRONG, NAMES, serveKlirong, TAMBAK, type ApiWorld } from '../helpers/api-world';
import { CommandLine } from '../helpers/command-line';
import { startSmtp } from '../helpers/local-smtp';
import { startSshd } from '../helpers/local-sshd';
import { tellCertificates } from '../helpers/certificate-calls';
import { startWebInstallation, type WebInstallation } from '../helpers/web-installation';

jest.setTimeout(180_000);
let web: WebInstallation;
let world: ApiWorld;
let api: ApiClient;
let line: CommandLine;
beforeAll(async () => {
  web = await startWebInstallation();
  world = await buildApiWorld(web);
  api = await ApiClient.open(web.origin, world);
  line = new CommandLine(web, api);
});
afterAll(() => web.stop());

const tell: CommandLine['tell'] = (...given) => line.tell(...given);
const document: CommandLine['document'] = (...given) => line.document(...given);
const rest = async (...given: Parameters<ApiClient['act']>): Promise<unknown> => (await api.act(...given)).body;

describe('what --json prints is what REST answers', () => {
  test('regions, settings, machines, databases, backups and acts', async () => {
    const all = { query: { limit: '1000' } };
    expect(await document('wilayah.list', 'wilayah', 'list')).toEqual(await rest('wilayah.list', all));
    expect(await document('wilayah.kabupaten', 'wilayah', 'list', '--kabupaten', '--search', 'kebumen')).toMatchObject([
      { kode: '33.05' },
    ]);
    expect(await document('wilayah.show', 'wilayah', 'show', KLIRONG)).toEqual(
      await rest('wilayah.show', { params: { kode: KLIRONG } }),
    );
    expect(await document('settings.change', 'settings', 'set', 'soakSeconds', '30')).toMatchObject({
      soakSeconds: 30,
    });
    expect(await document('settings.show', 'settings', 'list')).toEqual(await rest('settings.show'));
    const mail = ['--host', '127.0.0.1', '--port', '2525', '--security', 'none', '--from', 'a@b.id'];
    const set = ['settings', 'mail', 'set', ...mail, '--from-name', "Ma'rang"];
    expect(await document('settings.mail.change', ...set)).toMatchObject({ password: 'none' });
    expect(await document('settings.mail', 'settings', 'mail', 'show')).toEqual(await rest('settings.mail'));
    expect(await document('settings.logo', 'settings', 'logo', '--remove')).toEqual({ type: null, bytes: 0 });
    const pattern = '{desa}.kebumenkab.go.id';
    expect(await document('settings.hosts', 'settings', 'hosts', '--pattern', pattern)).toEqual(
      await rest('settings.hosts', { query: { pattern, limit: '1000' } }),
    );
    expect(await document('audit.list', 'audit', 'list', '--limit', '3')).toEqual(
      await rest('audit.list', { query: { limit: '3' } }),
    );
    expect(await document('audit.verify', 'audit', 'verify')).toEqual(await rest('audit.verify'));
    expect(await document('database.list', 'database', 'list')).toEqual(await rest('database.list'));
    const backups = (await document('backup.list', 'backup', 'list')) as { id: string }[];
    expect(backups).toEqual(await rest('backup.list'));
    const archives = (await document('backup.archives', 'backup', 'archives')) as { id: string }[];
    expect(archives).toEqual(await rest('backup.archives'));
    await document('backup.check', 'backup', 'check', backups[0]!.id);
    await document('backup.archive.check', 'backup', 'check', archives[0]!.id, '--archive');
    const newest = await tell(['backup', 'remove', backups[0]!.id, '--confirm', backups[0]!.id, '--json']);
    expect([newest.code, JSON.parse(newest.out)]).toMatchObject([2, { error: { code: 'conflict' } }]);
    const old = await web.transactor.read.dumps.find(backups[0]!.id);
    await web.transactor.read.dumps.create({ ...old!, id: `7${backups[0]!.id.slice(1)}` });
    await document('backup.remove', 'backup', 'remove', backups[0]!.id, '--confirm', backups[0]!.id);
  });
  test('releases', async () => {
    const { releaseId, spareReleaseId } = world;
    expect(await document('release.show', 'release', 'show', releaseId)).toEqual(
      await rest('release.show', { params: { id: releaseId } }),
    );
    expect(await document('release.list', 'release', 'list')).toEqual(await rest('release.list'));
    expect(await document('release.prune', 'release', 'prune', '--dry-run')).toMatchObject([{ id: spareReleaseId }]);
    expect(await document('release.remove', 'release', 'remove', spareReleaseId)).toMatchObject({ state: 'removing' });
  });
  test('an import is followed to its end', async () => {
    const importing = document('release.import', 'release', 'import', 'opensid', '/rilis/opensid-2410.zip');
    let id = '';
    while (id === '') {
      id = (await web.db('releases').where({ state: 'fetching' }).first<{ id: string } | undefined>('id'))?.id ?? '';
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await web.transactor.read.releases.update(id, { state: 'ready', version: '2410.0.0', readyAt: new Date() });
    expect(await importing).toMatchObject({ id, state: 'ready', version: '2410.0.0' });
  });
  test('desa, their rollouts and what belongs to them', async () => {
    const install = ['desa', 'install', KLIRONG, '--app', 'opensid', '--release', 'opensid@2409.0.0'];
    expect(await document('rollout.plan', ...install, '--plan')).toMatchObject({ members: [{ kode: KLIRONG }] });
    const { rolloutId } = (await document('rollout.start', ...install)) as { rolloutId: string };
    await serveKlirong(web);
    const params = { id: rolloutId };
    expect(await document('rollout.list', 'rollout', 'list')).toEqual(await rest('rollout.list'));
    expect(await document('rollout.show', 'rollout', 'show', rolloutId)).toEqual(
      await rest('rollout.show', { params }),
    );
    expect(await document('rollout.member', 'rollout', 'member', rolloutId, KLIRONG)).toEqual(
      await rest('rollout.member', { params: { ...params, kode: KLIRONG } }),
    );
    await web.db('rollouts').update({ state: 'rolling' });
    expect(await document('rollout.pause', 'rollout', 'pause', rolloutId)).toEqual({ id: rolloutId, state: 'paused' });
    const watched = await tell(['rollout', 'watch', rolloutId, '--json']);
    const events = watched.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect([events, api.wrong('rollout.events', 200, events)]).toEqual([await rest('rollout.events', { params }), []]);
    line.told.add('rollout.events');
    await document('rollout.resume', 'rollout', 'resume', rolloutId);
    await web.db('rollout_members').update({ state: 'failed' });
    await document('rollout.retry', 'rollout', 'retry', rolloutId, '--kode', '3305052011');
    await document('rollout.cancel', 'rollout', 'cancel', rolloutId);
    const { releaseId, spareReleaseId } = world;
    await web.db('rollouts').update({ kind: 'update', state: 'completed' });
    const change = { from_release_id: spareReleaseId, to_release_id: releaseId };
    await web.db('rollout_members').update({ state: 'done', ...change });
    await web.db('instances').update({ release_id: releaseId });
    expect(await document('rollout.rollback', 'rollout', 'rollback', rolloutId)).toMatchObject({
      state: 'rolling_back',
    });

    const [list, show] = [
      await document('desa.list', 'desa', 'list', '--all'),
      await document('desa.show', 'desa', 'show', '3305052011'),
    ];
    expect(list).toEqual(await rest('desa.list', { query: { limit: '1000' } }));
    expect(show).toEqual(await rest('desa.show', { params: { kode: KLIRONG } }));
    await document('desa.observe', 'desa', 'observe', KLIRONG);
    expect(await document('token.show', 'token', 'show', KLIRONG)).toEqual(
      await rest('token.show', { params: { kode: KLIRONG } }),
    );
    expect(await document('desa.password', 'desa', 'password', KLIRONG)).toMatchObject({ password: 'Pertama-123' });
  });
  test('the log of a container', async () => {
    const log: Cli['machine']['containerLog'] = async (_container, _follow, print) => ['satu', '<b>dua'].forEach(print);
    const { code, out } = await tell(['desa', 'logs', KLIRONG, 'opensid', '--json'], (cli) => ({
      ...cli,
      machine: { ...cli.machine, containerLog: log },
    }));
    const lines = JSON.parse(out) as unknown;
    expect([code, lines, api.wrong('desa.log', 200, lines)]).toEqual([0, [{ line: 'satu' }, { line: '<b>dua' }], []]);
    line.told.add('desa.log');
  });
  test('an account, its tokens and sign-ins', async () => {
    const whose = ['--email', ACCOUNT.email];
    expect(await document('account.show', 'user', 'show', ...whose)).toEqual(await rest('account.show'));
    const change = ['user', 'change', '--name', 'Ani Rahma', ...whose];
    expect(await document('account.change', ...change)).toMatchObject({ name: 'Ani Rahma', locale: 'id' });
    const made = (await document(
      'account.token.create',
      'user',
      'token',
      'create',
      'cron',
      '--days',
      '30',
      ...whose,
    )) as {
      id: string;
      token: string;
    };
    expect((await api.send('get', '/desa', { token: made.token })).status).toBe(200);
    expect(await document('account.tokens', 'user', 'token', 'list')).toMatchObject([
      { access: 'read' },
      { name: 'uji' },
    ]);
    await document('account.token.revoke', 'user', 'token', 'revoke', made.id);
    expect((await api.send('get', '/desa', { token: made.token })).status).toBe(401);
    const session = { data: {}, expiresAt: new Date(Date.now() + 60_000), ip: '10.0.0.1', userAgent: 'Firefox' };
    await web.transactor.read.sessions.put({ idHash: 'a'.repeat(64), userId: world.userId, ...session });
    expect(await document('account.sessions', 'user', 'session', 'list')).toMatchObject([{ ip: '10.0.0.1' }]);
    await document('account.session.revoke', 'user', 'session', 'revoke', 'a'.repeat(64));
  });
  test('machines', async () => {
    expect(await document('server.list', 'server', 'list')).toEqual(await rest('server.list'));
    expect(await document('server.show', 'server', 'show', 'lokal')).toEqual(
      await rest('server.show', { params: { name: 'lokal' } }),
    );
    expect(await document('backup.make', 'backup', 'make', 'gabungan')).toEqual({ asked: true });
    await document('server.check', 'server', 'check', 'lokal');
  });
  test('a machine over SSH is compared, enrolled and forgotten', async () => {
    const sshd = await startSshd();
    try {
      const key = path.join(web.config.home, 'kunci-uji');
      writeFileSync(key, sshd.privateKey, { mode: 0o600 });
      const place = ['127.0.0.1', '--user', 'root', '--port', String(sshd.port)];
      const keys = (await document('server.keys', 'server', 'keys', ...place)) as { fingerprint: string }[];
      expect(keys.map((one) => one.fingerprint)).toContain(sshd.fingerprint);
      const unsure = await tell(['server', 'add', 'dua', ...place, '--key', key]);
      expect([unsure.code, unsure.said]).toEqual([2, expect.stringContaining(sshd.fingerprint)]);
      const sure = ['server', 'add', 'dua', ...place, '--key', key, '--host-key', sshd.fingerprint];
      expect(await line.seen('server.add', sure)).toMatchObject({ name: 'dua' });
      const gone = await document('server.remove', 'server', 'remove', 'dua', '--confirm', 'dua');
      expect(gone).toMatchObject({ removed: true });
    } finally {
      await sshd.stop();
    }
  });
  test('a letter goes out, and a password comes in by a pipe', async () => {
    const smtp = await startSmtp();
    try {
      const from = ['--security', 'none', '--from', 'a@b.id', '--from-name', 'Kominfo'];
      const set = ['settings', 'mail', 'set', '--host', '127.0.0.1', '--port', String(smtp.port), ...from];
      await document('settings.mail.change', ...set);
      await document('settings.mail.test', 'settings', 'mail', 'test', ACCOUNT.email);
      expect(smtp.letters.at(-1)).toContain(`To: ${ACCOUNT.email}`);
    } finally {
      await smtp.stop();
    }
    const { stdin } = process;
    const pipe = (value: unknown): unknown => Object.defineProperty(process, 'stdin', { configurable: true, value });
    pipe(Readable.from(['sandi baru yang panjang\n']));
    try {
      const changed = await document('account.password', 'user', 'password', '--email', ACCOUNT.email);
      expect(changed).toMatchObject({ email: ACCOUNT.email });
    } finally {
      pipe(stdin);
    }
  });
  test('what a message means', async () => {
    expect(await document('message.list', 'message', 'list', '--search', 'desa lain')).toEqual(
      await rest('message.list', { query: { search: 'desa lain' } }),
    );
    expect(await document('message.show', 'message', 'show', 'wrong_identity')).toEqual(
      await rest('message.show', { params: { code: 'wrong_identity' } }),
    );
    const unknown = await tell(['message', 'show', 'tidak_ada']);
    expect([unknown.code, unknown.said]).toEqual([2, expect.stringContaining('not_found')]);
    expect((await tell(['message', 'show', 'dns_elsewhere'])).out).toContain('Perbaiki catatan DNS');
  });
  test('certificates', () => tellCertificates(web, line, api));
  test('every operation was told', () => {
    expect(OPERATIONS.map((one) => one.name).filter((name) => !line.told.has(name))).toEqual([]);
  });
});

test('names are what they are: as a table, as JSON and as CSV', async () => {
  const [table, json, csv] = [
    await tell(['desa', 'list', '--all']),
    await tell(['desa', 'list', '--all', '--json']),
    await tell(['desa', 'list', '--all', '--csv']),
  ];
  const exact = JSON.parse(json.out) as { kode: string; nama: string }[];
  for (const [kode, nama] of Object.entries(NAMES)) {
    expect(table.out.split('\n').find((row) => row.startsWith(kode))).toContain(nama);
    expect(exact.find((one) => one.kode === kode)?.nama).toBe(nama);
  }
  expect(csv.out).toContain(`${TAMBAK},Ma'rang,Klirong,`);
  expect(csv.out).toContain(`,"'=HYPERLINK(""http://x"",""y"")",`);
  await web.db('wilayah').where({ kode: TAMBAK }).update({ nama: 'a\u001b[31mb\u0007' });
  const evil = await tell(['desa', 'list', '--all']);
  expect(evil.out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});

test('--watch prints what changes, until it is told to stop', async () => {
  const watching = tell(['desa', 'list', '--all', '--watch', '--json']);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await web.db('wilayah').where({ kode: TAMBAK }).update({ nama: 'Berubah' });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  process.emit('SIGINT');
  const { code, out } = await watching;
  const documents = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kode: string; nama: string }[]);
  expect([code, documents.map((one) => one.find(({ kode }) => kode === TAMBAK)?.nama)]).toEqual([
    0,
    ['a\u001b[31mb\u0007', 'Berubah'],
  ]);
});

describe('exit codes', () => {
  const observer = (cli: Cli): Cli => ({ ...cli, actor: { ...TERMINAL, role: 'observer' } });
  test.each([
    [0, ['desa', 'list'], undefined],
    [2, ['desa', 'lisst'], undefined],
    [2, ['desa', 'show', 'bukan-kode'], undefined],
    [2, ['desa', 'show', '33.05.99.2001'], undefined],
    [2, ['desa', 'list', '--status', 'hijau'], undefined],
    [2, ['desa', 'list', '--limit', 'x'], undefined],
    [2, ['desa', 'remove', KLIRONG, '--confirm', TAMBAK], undefined],
    [2, ['settings', 'set', 'tidakAda', '1'], undefined],
    [2, ['completion', 'zsh'], undefined],
    [4, ['settings', 'set', 'soakSeconds', '10'], observer],
  ] as const)('%d: %j', async (code, argv, change) => {
    const { code: found, said } = await tell(argv, change);
    expect([found, said.length > 0 || code === 0]).toEqual([code, true]);
  });
  test('3: its database does not answer', async () => {
    expect(await tell(['desa', 'list'], undefined, { databasePort: 1 })).toMatchObject({ code: 3 });
  });
  test('1: done, but what was looked for is broken', async () => {
    await web.db('audit').orderBy('id').limit(1).update({ act: 'palsu' });
    const told = await tell(['audit', 'verify', '--json']);
    expect([told.code, JSON.parse(told.out)]).toMatchObject([1, { intact: false, reason: 'changed' }]);
  });
  test('a wrong field is named, in words of the terminal', async () => {
    const { code, out, said } = await tell(['desa', 'list', '--status', 'hijau', '--json']);
    expect([code, JSON.parse(out)]).toMatchObject([2, { error: { code: 'invalid_input', field: 'status' } }]);
    expect(said).toContain('not_installed, installing, healthy');
  });
});
