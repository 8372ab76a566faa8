import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { runOrFail } from '../../provisioners/lib/run';
import { TERMINAL } from '../../server/domain/actor';
import { desaRoutes } from '../../server/http/routes/desa';
import { overviewRoutes } from '../../server/http/routes/overview';
import { releaseRoutes } from '../../server/http/routes/releases';
import { settingsRoutes } from '../../server/http/routes/settings';
import { startPages, type PageBench } from '../helpers/page-bench';

jest.setTimeout(60_000);
const KLIRONG = '33.05.05.2011';
let bench: PageBench;
let control: PageBench['control'];
let folder: string;
let deps: PageBench['deps'];
let web: PageBench['web'];

beforeAll(async () => {
  bench = await startPages([...overviewRoutes, ...desaRoutes, ...releaseRoutes, ...settingsRoutes]);
  ({ control, deps, folder, web } = bench);
});
afterAll(() => bench.stop());
beforeEach(async () => {
  await control.clear();
  await deps.setup.run(TERMINAL, {
    kabupaten: '33.05',
    domainPattern: '{desa}.kec-{kec}.kebumenkab.go.id',
    adminEmail: 'ani@kebumenkab.go.id',
  });
});
const form = (to: string, fields: Readonly<Record<string, string | readonly string[]>>) =>
  web.post(to).type('form').send(fields);
const install = async (): Promise<void> => {
  const { read } = deps.transact;
  await read.knex('databases').insert({ id: 'DB', name: 'g', schema_name: 'g', app: 'opensid', channel: 'umum' });
  await read.knex('servers').insert({ id: 'SV', name: 'local', target: 'docker', state: 'ready' });
  await read.releases.create({
    id: 'R1',
    app: 'opensid',
    version: '2410.0.0',
    channel: 'umum',
    source: '/x.zip',
    tag: null,
    requestedBy: 'Ani',
  });
  await read.releases.update('R1', { state: 'ready', checksum: 'sha256:1', readyAt: new Date() });
  await read.desa.ensure({
    kode: KLIRONG,
    kecamatanKode: '33.05.05',
    nama: 'Klirong',
    jenis: 'desa',
    host: 'klirong.kec-klirong.kebumenkab.go.id',
    network: 'n',
    databaseId: 'DB',
  });
  await read.instances.ensure({
    id: 'I1',
    wilayahKode: KLIRONG,
    serverId: 'SV',
    databaseId: 'DB',
    app: 'opensid',
    wanted: 'running',
  });
  await read.instances.update('I1', {
    releaseId: 'R1',
    container: 'c1',
    hosts: ['klirong.kec-klirong.kebumenkab.go.id'],
  });
  await read.instances.observe('I1', {
    observed: 'healthy',
    release: '2410.0.0',
    reason: null,
    facts: null,
    at: new Date(),
    deep: true,
  });
};

test.each(['/', '/desa', `/desa/${KLIRONG}`, `/desa/${KLIRONG}/domain`, '/rilis', '/pengaturan'])(
  '%s on the first day',
  async (to) => {
    const answer = await web.get(to);
    expect(answer.status === 200 ? '' : answer.text).toBe('');
    expect(answer.text).not.toMatch(/undefined|NaN|\[object|Invalid Date/);
  },
);

describe('with one desa that answers', () => {
  beforeEach(install);
  test.each([
    '/',
    '/desa?cari=klirong',
    `/desa/${KLIRONG}`,
    `/desa/${KLIRONG}?bagian=riwayat`,
    `/desa/${KLIRONG}?bagian=token`,
    `/desa/${KLIRONG}?bagian=hapus`,
    `/desa/${KLIRONG}/log/opensid`,
    '/rilis',
    '/rilis/R1',
  ])('%s', async (to) => {
    const answer = await web.get(to);
    expect(answer.status === 200 ? '' : answer.text).toBe('');
    expect(answer.text).not.toMatch(/undefined|NaN|\[object|Invalid Date/);
  });
  test('the log of its container is shown and can be taken along', async () => {
    expect((await web.get(`/desa/${KLIRONG}/log/opensid`)).text).toContain(`${KLIRONG} opensid fatal`);
    const file = await web.get(`/desa/${KLIRONG}/log/opensid?unduh=1`);
    expect(file.headers['content-disposition']).toContain(`${KLIRONG}-opensid.log`);
    expect(file.text).toContain('fatal');
  });
  test('the summary says one answers', async () => {
    expect((await web.get('/')).text).toContain('<h1><b>1</b> dari 1 desa menjawab');
  });

  test('nothing is removed until the name is typed exactly', async () => {
    const asked = await form(`/desa/${KLIRONG}/hapus`, {});
    const wrong = await form(`/desa/${KLIRONG}/hapus`, { confirm: 'klirong' });
    expect([asked.status, wrong.status]).toEqual([200, 422]);
    expect(wrong.text).toContain('Ketik persis: Klirong');
    expect(await deps.transact.read.rollouts.list(5)).toEqual([]);
    const done = await form(`/desa/${KLIRONG}/hapus`, { confirm: 'Klirong' });
    const [rollout] = await deps.transact.read.rollouts.list(5);
    expect([done.status, done.headers['location'], rollout?.kind]).toEqual([
      303,
      `/pembaruan/${rollout?.id}`,
      'remove',
    ]);
  });

  test('a new host is checked, asked about, then moved to', async () => {
    const bad = await form(`/desa/${KLIRONG}/domain`, { host: 'klirong' });
    expect(bad.status).toBe(422);
    expect(bad.text).toContain('href="#f-host"');
    const asked = await form(`/desa/${KLIRONG}/domain`, { host: 'Klirong.desa.id' });
    expect(asked.text).toContain('name="host" value="klirong.desa.id"');
    const done = await form(`/desa/${KLIRONG}/domain`, { host: 'klirong.desa.id', confirm: 'Klirong' });
    const [rollout] = await deps.transact.read.rollouts.list(5);
    expect(done.headers['location']).toBe(`/pembaruan/${rollout?.id}`);
    expect(rollout?.policy.hosts).toEqual({ [KLIRONG]: 'klirong.desa.id' });
  });
});

test('many desa: the chosen ones, or all of the filter, go to the plan', async () => {
  const chosen = await form('/desa/aksi', { action: 'pasang', kode: [KLIRONG, '33.05.05.2012'] });
  expect(chosen.headers['location']).toBe(`/pembaruan/baru?action=install&kode=${KLIRONG}&kode=33.05.05.2012`);
  const all = await form('/desa/aksi', { action: 'mulai-ulang', semua: '1', query: 'kecamatan=33.05.12' });
  expect(all.headers['location']).toBe('/pembaruan/baru?action=restart&kode=33.05.12.1026');
  expect((await form('/desa/aksi', { action: 'pasang' })).status).toBe(422);
});

describe('imports', () => {
  const archives = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.zip'));
  test('an uploaded archive stays for the import that takes it', async () => {
    const answer = await web
      .post('/rilis/impor')
      .field('app', 'opensid')
      .field('sumber', 'unggah')
      .attach('berkas', Buffer.from('PK'), 'OpenSID.zip');
    const [release] = await deps.transact.read.releases.list();
    expect([answer.status, answer.headers['location']]).toEqual([303, `/rilis/${release?.id}`]);
    expect(archives()).toEqual([path.basename(release?.source ?? '')]);
    rmSync(release?.source ?? '');
  });
  test('a refused one leaves no file, and says where it is wrong', async () => {
    const answer = await web
      .post('/rilis/impor')
      .field('app', 'nothing')
      .field('sumber', 'unggah')
      .attach('berkas', Buffer.from('PK'), 'a.zip');
    expect(answer.status).toBe(422);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(archives()).toEqual([]);
  });
  test('one that finds no room leaves no part of it, and says so', async () => {
    await runOrFail(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    try {
      const whole = web.post('/rilis/impor').field('app', 'opensid').field('sumber', 'unggah');
      const answer = await whole.attach('berkas', Buffer.alloc(300_000, 'x'), 'a.zip');
      expect([answer.status, answer.text]).toEqual([507, 'no_space']);
      expect(archives()).toEqual([]);
    } finally {
      await runOrFail(['umount', folder]);
    }
  });
  test.each([
    [{ sumber: 'repositori', lokasi: 'github.com/x', tag: 'v1' }, 'f-lokasi'],
    [{ sumber: 'repositori', lokasi: 'https://github.com/x/y' }, 'f-tag'],
    [{ sumber: 'berkas', lokasi: 'usb/a.zip' }, 'f-lokasi'],
    [{ sumber: 'unggah' }, 'f-berkas'],
  ])('%j is refused at its field and the secret is not echoed', async (fields, field) => {
    const answer = await form('/rilis/impor', { app: 'opensid', token: 'ghp_secret', ...fields });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(`href="#${field}"`);
    expect(answer.text).not.toContain('ghp_secret');
    expect(await deps.transact.read.releases.list()).toEqual([]);
  });
});

test('a release goes after its number is typed, one in use not at all', async () => {
  await install();
  const { read } = deps.transact;
  const old = { id: 'R0', app: 'opensid', version: '2409.0.0', channel: 'umum' as const, source: '/y', tag: null };
  await read.releases.create({ ...old, requestedBy: 'Ani' });
  await read.releases.update('R0', { state: 'ready', readyAt: new Date() });
  expect((await web.get('/rilis/R1/hapus')).status).toBe(409);
  expect((await web.get('/rilis/R0/hapus')).text).toContain('data-word="2409.0.0"');
  expect((await form('/rilis/R0/hapus', { confirm: '2410.0.0' })).status).toBe(422);
  expect((await form('/rilis/R0/hapus', { confirm: '2409.0.0' })).headers['location']).toBe('/rilis');
  expect((await read.releases.find('R0'))?.state).toBe('removing');
});

describe('settings', () => {
  const NAMES = { kantor: 'Dinas Kominfo', pola: '{desa}-{kec}.kebumenkab.go.id' };
  const GOOD = { ...NAMES, jeda_pantau: '90', paralel: '3', gelombang: '2, 9', henti: '2' };
  test('are kept together', async () => {
    expect((await form('/pengaturan', GOOD)).status).toBe(303);
    expect(await deps.settings.read(TERMINAL)).toMatchObject({
      brandName: 'Dinas Kominfo',
      domainPattern: GOOD.pola,
      soakSeconds: 90,
      parallel: 3,
      waves: [2, 9],
      haltAt: 2,
    });
  });
  test.each([
    [{ jeda_pantau: 'lama' }, 'f-jeda_pantau'],
    [{ paralel: '0' }, 'f-paralel'],
    [{ pola: 'desa.go.id' }, 'f-pola'],
    [{ kantor: '' }, 'f-kantor'],
    [{ gelombang: '2, sisanya' }, 'f-gelombang'],
  ])('%j is refused at its field and changes nothing', async (wrong, field) => {
    const answer = await form('/pengaturan', { ...GOOD, ...wrong });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(`href="#${field}"`);
    expect((await deps.settings.read(TERMINAL)).soakSeconds).toBe(60);
  });
  test('a look at another pattern saves nothing', async () => {
    const answer = await form('/pengaturan', { ...GOOD, aksi: 'contoh' });
    expect(answer.text).toContain('klirong-klirong.kebumenkab.go.id');
    expect((await deps.settings.read(TERMINAL)).domainPattern).toBe('{desa}.kec-{kec}.kebumenkab.go.id');
  });
});
