import { TERMINAL } from '../../server/domain/actor';
import { backupRoutes } from '../../server/http/routes/backups';
import { databaseRoutes } from '../../server/http/routes/databases';
import { serverRoutes } from '../../server/http/routes/servers';
import { startPages, type PageBench } from '../helpers/page-bench';
import { startSshd, type LocalSshd } from '../helpers/local-sshd';

jest.setTimeout(90_000);
let bench: PageBench;
let sshd: LocalSshd;
beforeAll(async () => {
  [bench, sshd] = await Promise.all([startPages([...serverRoutes, ...databaseRoutes, ...backupRoutes]), startSshd()]);
});
afterAll(async () => {
  await sshd.stop();
  await bench.stop();
});
beforeEach(async () => {
  bench.actor = TERMINAL;
  await bench.control.clear();
  await bench.deps.setup.run(TERMINAL, {
    kabupaten: '33.05',
    domainPattern: '{desa}.kec-{kec}.kebumenkab.go.id',
    adminEmail: 'ani@kebumenkab.go.id',
  });
  const { read } = bench.deps.transact;
  await read.knex('servers').insert({ id: 'SV', name: 'lokal', target: 'docker', state: 'ready' });
  await read
    .knex('databases')
    .insert({ id: 'DB', name: 'gabungan', schema_name: 'db_gabungan', app: 'opensid', channel: 'umum' });
});
const form = (to: string, fields: Readonly<Record<string, string | readonly string[]>> = {}) =>
  bench.web.post(to).type('form').send(fields);
const fine = async (to: string): Promise<string> => {
  const answer = await bench.web.get(to);
  expect([to, answer.status === 200 ? '' : answer.text]).toEqual([to, '']);
  expect(answer.text).not.toMatch(/undefined|NaN|\[object|Invalid Date/);
  return answer.text;
};

test.each(['/server', '/server/lokal', '/server/baru', '/basis-data', '/cadangan', '/cadangan?jenis=sendiri'])(
  '%s on the first day',
  async (to) => {
    await fine(to);
  },
);

test('who may only look sees no button that acts, and is refused when pressing one', async () => {
  bench.actor = { ...TERMINAL, kind: 'user', role: 'observer' };
  for (const to of ['/server', '/server/lokal', '/basis-data', '/cadangan'])
    expect(await fine(to)).not.toMatch(/action="\/(server|cadangan)/);
  expect((await form('/cadangan/buat', { basis_data: 'gabungan' })).status).toBe(403);
  expect((await form('/server', {})).status).toBe(403);
  expect((await form('/server/lokal/hapus', { confirm: 'lokal' })).status).toBe(403);
});

describe('a server over SSH', () => {
  const address = () => ({ nama: 'sp-02', host: '127.0.0.1', porta: String(sshd.port), pengguna: 'root' });
  const enrol = () =>
    form('/server', { ...address(), kunci_host: sshd.fingerprint, masuk: 'kunci', kunci: sshd.privateKey });

  test('shows its key before any secret is asked for, then is enrolled and checked', async () => {
    const asked = await form('/server/baru', address());
    expect(asked.text).toContain(sshd.fingerprint.replaceAll('+', '&#43;').replaceAll('&#43;', '+'));
    expect(asked.text).toContain('name="kunci"');
    const added = await enrol();
    expect([added.status, added.headers['location']]).toEqual([303, '/server/sp-02']);
    const page = await fine('/server/sp-02');
    expect(page).toContain(sshd.fingerprint);
    expect(page).not.toContain('BEGIN OPENSSH');
    expect(await fine('/server')).toContain('sp-02');
  });

  test('another key than the one that was compared enrols nothing and keeps no secret in the page', async () => {
    const other = `SHA256:${'A'.repeat(43)}`;
    const refused = await form('/server', {
      ...address(),
      kunci_host: other,
      masuk: 'sandi',
      sandi: 'rahasia-sekali',
      ditawarkan: `ssh-ed25519 ${sshd.fingerprint}`,
    });
    expect(refused.status).toBe(422);
    expect(refused.text).not.toContain('rahasia-sekali');
    expect(refused.text).toContain(sshd.fingerprint);
    expect(await bench.deps.servers.list(TERMINAL)).toHaveLength(1);
  });

  test('an address nobody answers at is said at its field', async () => {
    const refused = await form('/server/baru', { ...address(), porta: '1' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('href="#f-host"');
  });

  test('leaves the list only when its name is typed', async () => {
    await enrol();
    expect((await bench.web.get('/server/sp-02/hapus')).text).toContain('data-word="sp-02"');
    expect((await form('/server/sp-02/hapus', { confirm: 'sp-2' })).status).toBe(422);
    expect((await form('/server/sp-02/hapus', { confirm: 'sp-02' })).headers['location']).toBe('/server');
    expect((await bench.web.get('/server/sp-02')).status).toBe(404);
  });
});

describe('backups', () => {
  const dump = async (id: string): Promise<void> =>
    bench.deps.transact.read.dumps.create({
      id,
      schemaName: 'db_gabungan',
      deploymentId: null,
      path: `/x/dumps/db_gabungan-${id}.sql.gz`,
      bytes: 28_400_000_000,
      sha256: 'a'.repeat(64),
      tables: 214,
    });

  test('a dump is asked for once however often the button is pressed', async () => {
    for (let press = 0; press < 3; press += 1)
      expect((await form('/cadangan/buat', { basis_data: 'gabungan' })).headers['location']).toBe('/cadangan');
    expect(await bench.deps.transact.read.chores.open()).toHaveLength(1);
    expect(await fine('/cadangan')).toContain('Cadangkan gabungan');
    expect((await form('/cadangan/buat', { basis_data: 'lain' })).status).toBe(404);
  });

  test('a file is asked to be checked, and is so marked', async () => {
    await dump('01D1');
    expect((await form('/cadangan/cuplikan/01D1/periksa')).status).toBe(303);
    expect(await fine('/cadangan')).toContain('sedang diperiksa');
    expect((await form('/cadangan/lain/01D1/periksa')).status).toBe(404);
  });

  test('an old dump goes after the word, the newest not at all', async () => {
    await dump('01D1');
    await dump('01D2');
    const page = await fine('/cadangan');
    expect(page).toContain('/cadangan/cuplikan/01D1/hapus');
    expect(page).not.toContain('/cadangan/cuplikan/01D2/hapus');
    expect((await form('/cadangan/cuplikan/01D1/hapus', { confirm: 'hapus' })).status).toBe(422);
    expect((await form('/cadangan/cuplikan/01D1/hapus', { confirm: 'HAPUS' })).status).toBe(303);
    expect((await form('/cadangan/cuplikan/01D2/hapus', { confirm: 'HAPUS' })).status).toBe(409);
  });
});
