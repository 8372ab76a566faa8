import { TERMINAL } from '../../server/domain/actor';
import { recordAudit, type AuditEntry } from '../../server/services/audit-service';
import { auditRoutes } from '../../server/http/routes/audit';
import { backupRoutes } from '../../server/http/routes/backups';
import { databaseRoutes } from '../../server/http/routes/databases';
import { serverRoutes } from '../../server/http/routes/servers';
import { startPages, type PageBench } from '../helpers/page-bench';
import { startSshd, type LocalSshd } from '../helpers/local-sshd';

jest.setTimeout(90_000);
let bench: PageBench;
let sshd: LocalSshd;
beforeAll(async () => {
  [bench, sshd] = await Promise.all([
    startPages([...serverRoutes, ...databaseRoutes, ...backupRoutes, ...auditRoutes]),
    startSshd(),
  ]);
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

describe('the audit trail', () => {
  const read = () => bench.deps.transact.read;
  const act = (name: string, object: string, more: Partial<AuditEntry> = {}, actor = TERMINAL): Promise<void> =>
    bench.deps.transact.run((stores) => recordAudit(stores, actor, { act: name, object, ...more }));
  const ids = async (to: string): Promise<readonly string[]> =>
    [...(await fine(to)).matchAll(/<b>(?!Rantai)([^<]+)<\/b><\/span><\/td>/g)].map((match) => match[1] ?? '');

  test('shows who, what, before and after, with the name of the desa and a way there', async () => {
    await act('desa.password', 'desa:33.05.05.2011');
    await act('setting.change', 'setting:haltAt', { before: 2, after: 3 });
    const page = await fine('/jejak-audit');
    expect(page).toContain('<a href="/desa/33.05.05.2011">Klirong 33.05.05.2011</a>');
    expect(page).toMatch(/<del>2<\/del>[\s\S]{0,200}<ins>3<\/ins>/);
  });

  test('filters by person, kind of act, object and day; a per cent sign is one', async () => {
    await act('desa.password', 'desa:33.05.05.2011', {}, { ...TERMINAL, name: 'Rina 100%' });
    await act('setting.change', 'setting:haltAt', { before: 2, after: 3 });
    expect(await ids('/jejak-audit?oleh=rina')).toEqual(['Melihat kata sandi pertama']);
    expect(await ids('/jejak-audit?oleh=100%25')).toEqual(['Melihat kata sandi pertama']);
    expect(await ids('/jejak-audit?oleh=%25%25')).toEqual([]);
    expect(await ids('/jejak-audit?tindakan=setting&objek=halt')).toEqual(['Mengubah pengaturan']);
    expect(await ids('/jejak-audit?sampai=2020-01-01')).toEqual([]);
    expect(await ids('/jejak-audit?oleh=tidak-ada')).toEqual([]);
  });

  test('pages by cursor without gap or double', async () => {
    for (let index = 0; index < 120; index += 1) await act('setting.change', `setting:n${index}`);
    const seen: string[] = [];
    let to: string | undefined = '/jejak-audit?objek=setting:n';
    while (to !== undefined) {
      const page: string = await fine(to);
      seen.push(...[...page.matchAll(/>n(\d+)</g)].map((match) => match[1] ?? ''));
      to = /href="(\/jejak-audit\?sebelum=[^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => String(119 - index)));
  });

  test('as a spreadsheet nothing is run', async () => {
    await act('desa.password', 'desa:x', {}, { ...TERMINAL, name: '=HYPERLINK("http://x","klik")' });
    const answer = await bench.web.get('/jejak-audit.csv?tindakan=desa');
    expect(answer.headers['content-type']).toContain('text/csv');
    expect(answer.headers['content-disposition']).toContain('.csv');
    expect(answer.text).toContain(`"'=HYPERLINK(""http://x"",""klik"")"`);
    expect(answer.text).not.toMatch(/(^|,)"?=/m);
  });

  test('a row that was changed is named, an intact chain says so', async () => {
    await act('setting.change', 'setting:a', { before: 1, after: 2 });
    await act('setting.change', 'setting:b', { before: 1, after: 2 });
    expect(await fine('/jejak-audit?periksa=1')).toContain('Rantai hash utuh');
    const [newest] = await read().audit.list({ limit: 1 });
    await read().knex('audit').where({ id: newest!.id }).update({ after: '9' });
    const broken = await fine('/jejak-audit?periksa=1');
    expect(broken).toContain(`Rantai terputus di baris ${String(newest!.id)}`);
  });
});
