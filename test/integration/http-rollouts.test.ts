import { ulid } from 'ulid';
import { TERMINAL } from '../../server/domain/actor';
import { AuthService } from '../../server/services/auth-service';
import { HostService } from '../../server/services/host-service';
import { SetupService } from '../../server/services/setup-service';
import { liveEvent, rolloutStateEvent } from '../../server/rollouts/member-events';
import { regionSource } from '../helpers/small-region';
import { Browser, startWebInstallation, type WebInstallation } from '../helpers/web-installation';

jest.setTimeout(120_000);
const ACCOUNT = { adminEmail: 'ani@kebumenkab.go.id', adminName: 'Ani', adminPassword: 'Sawah-Padi-2026' };
const [KLIRONG, TAMBAK, BUMIREJO] = ['33.05.05.2011', '33.05.05.2012', '33.05.12.1026'];
let web: WebInstallation;
let browser: Browser;
let release: { readonly old: string; readonly next: string };

const addRelease = async (version: string): Promise<string> => {
  const id = ulid();
  const { releases } = web.transactor.read;
  await releases.create({
    id,
    app: 'opensid',
    version,
    channel: 'umum',
    source: '/rilis',
    tag: null,
    requestedBy: 'Ani',
  });
  await releases.update(id, { state: 'ready', readyAt: new Date(), bytes: 90_000_000, files: 9000, phpLine: '8.2' });
  return id;
};

beforeAll(async () => {
  web = await startWebInstallation();
  const auth = new AuthService(web.transactor);
  const previewHosts = new HostService().preview;
  const setup = new SetupService({ transactor: web.transactor, regions: regionSource(), previewHosts, auth });
  await setup.run(TERMINAL, { kabupaten: '33.05', domainPattern: '{desa}.kec-{kec}.kebumenkab.go.id', ...ACCOUNT });
  release = { old: await addRelease('2409.0.0'), next: await addRelease('2410.0.0') };
  browser = new Browser(web.origin);
  await browser.get('/masuk');
  await browser.post('/masuk', { email: ACCOUNT.adminEmail, password: ACCOUNT.adminPassword });
});
afterAll(() => web.stop());

/** Which of the words the page lacks; a whole page in a failed test helps nobody. */
const missing = (text: string, ...words: readonly string[]): readonly string[] =>
  words.filter((word) => !text.includes(word));
const planHash = (text: string): string => /name="planHash" value="([0-9a-f]+)"/.exec(text)?.[1] ?? '';
const pick = (kodes: readonly string[], id = release.old) => ({
  action: 'install',
  release: `opensid@${id}`,
  cakupan: 'pilihan',
  kode: kodes,
});

test('a choice of nothing goes back to the pick page with its sentence and what was chosen', async () => {
  await browser.get('/pembaruan/baru?action=install');
  const nobody = await browser.post('/pembaruan/rencana', { ...pick([]), cakupan: 'kecamatan' });
  expect(nobody.status).toBe(422);
  expect(missing(nobody.text, 'Pilih sedikitnya satu desa')).toEqual([]);
  const nothing = await browser.post('/pembaruan/rencana', { ...pick([KLIRONG]), release: '' });
  expect(nothing.status).toBe(422);
  expect(missing(nothing.text, `value="${KLIRONG}"`)).toEqual([]);
});

test('what was shown is what starts: typed, fingerprinted, and shown again when the world changed', async () => {
  const plan = await browser.post('/pembaruan/rencana', pick([KLIRONG]));
  expect(plan.status).toBe(200);
  const hash = planHash(plan.text);
  const confirm = await browser.post('/pembaruan/rencana', {
    ...pick([KLIRONG]),
    planHash: hash,
    langkah: 'konfirmasi',
  });
  expect(missing(confirm.text, 'PASANG 1')).toEqual([]);
  const wrong = await browser.post('/pembaruan', { ...pick([KLIRONG]), planHash: hash, confirm: 'PASANG 2' });
  expect(wrong.status).toBe(422);
  expect(missing(wrong.text, 'value="PASANG 2"')).toEqual([]);
  expect(await web.db('rollouts')).toHaveLength(0);

  await web.transactor.read.settings.put('parallel', 2);
  const stale = await browser.post('/pembaruan', { ...pick([KLIRONG]), planHash: hash, confirm: 'PASANG 1' });
  expect(stale.status).toBe(409);
  expect(missing(stale.text, 'Keadaan berubah')).toEqual([]);
  expect(await web.db('rollouts')).toHaveLength(0);

  const started = await browser.post('/pembaruan', {
    ...pick([KLIRONG]),
    planHash: planHash(stale.text),
    confirm: 'PASANG 1',
  });
  expect(started.status).toBe(303);
  expect(started.to).toMatch(/^\/pembaruan\/[0-9A-Z]{26}$/);
  const board = await browser.get(started.to ?? '');
  expect(missing(board.text, 'Sudah dimulai')).toEqual([]);
  expect(missing((await browser.get(started.to ?? '')).text, 'Sudah dimulai')).not.toEqual([]);
  const twice = await browser.post('/pembaruan', {
    ...pick([KLIRONG]),
    planHash: planHash(stale.text),
    confirm: 'PASANG 1',
  });
  expect(twice.status).toBeGreaterThanOrEqual(409);
  expect(await web.db('rollouts')).toHaveLength(1);
});

test('a restart of chosen desa needs nothing but its plan', async () => {
  const sent = await browser.post('/desa/aksi', { action: 'mulai-ulang', kode: [TAMBAK, BUMIREJO] });
  expect(sent.status).toBe(303);
  const plan = await browser.get(sent.to ?? '');
  expect(plan.status).toBe(200);
  expect(missing(plan.text, 'Rencana mulai ulang')).toEqual([]);
});

/** An update of three desa, put into the database as the worker would. */
const updateOfThree = async (): Promise<string> => {
  const id = ulid();
  const { transactor } = web;
  const databaseId = (await transactor.read.databases.list())[0]?.id ?? '';
  const serverId = (await transactor.read.servers.list())[0]?.id ?? '';
  // What the tests before began would hold its desa.
  await web.db('rollouts').update({ state: 'cancelled' });
  const states = { [KLIRONG]: 'done', [TAMBAK]: 'quarantined', [BUMIREJO]: 'pending' } as const;
  await transactor.run(async (stores) => {
    await stores.rollouts.create({
      id,
      kind: 'update',
      state: 'rolling',
      stage: 'waves',
      title: '',
      releases: { opensid: release.next },
      planHash: 'x',
      requestedBy: 'Ani',
      policy: { waves: [1], parallel: 4, soakSeconds: 60, haltAt: 2, acknowledged: [], hosts: {} },
      stages: [
        {
          stage: 'check',
          state: 'done',
          startedAt: '2026-11-21T13:02:00.000Z',
          endedAt: '2026-11-21T13:02:05.000Z',
          deployments: [],
        },
        { stage: 'waves', state: 'running', startedAt: '2026-11-21T13:02:05.000Z', endedAt: null, deployments: [] },
      ],
    });
    for (const [index, [kode, state]] of Object.entries(states).entries()) {
      const region = await stores.wilayah.find(kode);
      await stores.desa.ensure({
        kode,
        kecamatanKode: kode.slice(0, 8),
        nama: region?.nama ?? '',
        jenis: 'desa',
        host: `d${index}.kebumenkab.go.id`,
        network: 'n',
        databaseId,
      });
      const instance = await stores.instances.ensure({
        id: ulid(),
        wilayahKode: kode,
        serverId,
        databaseId,
        app: 'opensid',
        wanted: 'running',
      });
      const releaseId = state === 'done' ? release.next : release.old;
      await stores.instances.update(instance.id, { releaseId, container: `c${index}` });
      const reason = state === 'quarantined' ? { code: 'http_status', params: { status: 500, path: '/' } } : null;
      const kecamatan = kode.startsWith('33.05.05') ? 'Klirong' : 'Kebumen';
      await stores.rollouts.addMembers([
        {
          rolloutId: id,
          instanceId: instance.id,
          kode,
          kecamatanKode: kode.slice(0, 8),
          nama: region?.nama ?? '',
          kecamatan,
          app: 'opensid',
          position: index,
          wave: index === 0 ? 1 : 2,
          state,
          reason,
          fromReleaseId: release.old,
          toReleaseId: release.next,
        },
      ]);
    }
    await stores.events.append([
      rolloutStateEvent(id, 'rolling', 'waves', null, null),
      liveEvent(`rollout:${id}`, 'member.state', {
        kode: KLIRONG,
        nama: 'Klirong',
        kecamatan: 'Klirong',
        app: 'opensid',
        state: 'done',
        step: 8,
        steps: 8,
        reason: null,
        seconds: 41,
        serving: '2410.0.0',
        failedProbes: 0,
      }),
    ]);
  });
  return id;
};

describe('the board of an update', () => {
  let id: string;
  beforeAll(async () => {
    id = await updateOfThree();
  });

  test('shows every desa, who needs a person and why, and the number of its last event', async () => {
    const page = await browser.get(`/pembaruan/${id}`);
    expect(page.status).toBe(200);
    for (const kode of [KLIRONG, TAMBAK, BUMIREJO]) expect(missing(page.text, `href="?desa=${kode}"`)).toEqual([]);
    expect(missing(page.text, '2409.0.0 → 2410.0.0')).toEqual([]);
    expect(missing(page.text, 'menjawab HTTP 500')).toEqual([]);
    expect(missing(page.text, 'Versi 2409.0.0 tetap melayani warga')).toEqual([]);
    expect(missing(page.text, `data-stream="rollout:${id}" data-seq="2"`)).toEqual([]);
    expect(missing(page.text, 'selesai, 41 dtk')).toEqual([]);
    // No worker beats here: the page must not pretend that somebody works.
    expect(missing(page.text, 'Pekerja tidak berdenyut')).toEqual([]);
  });

  test('opens a desa as drawer and as page, and its report', async () => {
    expect(missing((await browser.get(`/pembaruan/${id}?desa=${TAMBAK}`)).text, 'data-drawer')).toEqual([]);
    const member = await browser.get(`/pembaruan/${id}/desa/${TAMBAK}`);
    expect([member.status, member.text.includes('Ulangi Tambakprogaten')]).toEqual([200, true]);
    expect((await browser.get(`/pembaruan/${id}/desa/33.05.03.2020`)).status).toBe(404);
    const report = await browser.get(`/pembaruan/${id}/laporan`);
    expect(missing(report.text, 'Yang tidak diperbarui (2)')).toEqual([]);
    const json = JSON.parse((await browser.get(`/pembaruan/${id}/laporan?format=json`)).text) as { counts: object };
    expect(json.counts).toMatchObject({ done: 1, quarantined: 1, pending: 1 });
  });

  test('retries one desa alone, and rolls back only what was typed', async () => {
    await browser.get(`/pembaruan/${id}`);
    expect((await browser.post(`/pembaruan/${id}/ulangi`, { kode: TAMBAK })).status).toBe(303);
    expect(await web.db('rollout_members').where({ rollout_id: id, kode: TAMBAK }).pluck('state')).toEqual(['pending']);
    expect(missing((await browser.get(`/pembaruan/${id}/mundur`)).text, 'MUNDURKAN 1')).toEqual([]);
    expect((await browser.post(`/pembaruan/${id}/mundur`, { confirm: 'MUNDURKAN' })).status).toBe(422);
    expect((await browser.post(`/pembaruan/${id}/jeda`, {})).status).toBe(303);
    expect((await browser.post(`/pembaruan/${id}/mundur`, { confirm: 'MUNDURKAN 1' })).status).toBe(303);
    expect((await web.transactor.read.rollouts.find(id))?.state).toBe('rolling_back');
    expect((await browser.post(`/pembaruan/${id}/jeda`, {})).status).toBe(409);
  });
});

test('an observer sees everything and may press nothing', async () => {
  const { user } = (await web.transactor.read.users.findByEmail(ACCOUNT.adminEmail))!;
  await web.db('users').where({ id: user.id }).update({ role: 'observer' });
  const [rollout] = await web.transactor.read.rollouts.list(1);
  const page = await browser.get(`/pembaruan/${rollout?.id ?? ''}`);
  expect(page.status).toBe(200);
  expect(missing(page.text, `action="/pembaruan/${rollout?.id ?? ''}/`)).not.toEqual([]);
  for (const [where, fields] of [
    [`/pembaruan/${rollout?.id ?? ''}/jeda`, {}],
    ['/rilis/impor', { app: 'opensid', sumber: 'berkas', lokasi: '/x' }],
    ['/pembaruan', { ...pick([BUMIREJO]), planHash: 'x', confirm: 'PASANG 1' }],
    [`/desa/${KLIRONG}/hapus`, { confirm: 'Klirong' }],
    [`/desa/${KLIRONG}/sandi`, {}],
    ['/pengaturan', { kantor: 'x' }],
  ] as const)
    expect([where, (await browser.post(where, fields)).status]).toEqual([where, 403]);
  await web.db('users').where({ id: user.id }).update({ role: 'admin' });
});
