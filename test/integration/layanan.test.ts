import express from 'express';
import request from 'supertest';
import { SYSTEM, TERMINAL } from '../../server/domain/actor';
import { layananRouter } from '../../server/http/layanan';
import { LayananService } from '../../server/services/layanan-service';
import { TokenService } from '../../server/services/token-service';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';
import { addInstalledDesa, BUMIREJO, KLIRONG, makeSecretBox } from '../helpers/installed-desa';

jest.setTimeout(60_000);
const secrets = makeSecretBox();
const ORIGIN = `https://${KLIRONG.host}:8443`;
let control: ControlDatabase;
let tokens: TokenService;
let app: express.Express;
let token: string;

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
  tokens = new TokenService({ transactor: control.transactor, box: secrets.box, httpsPort: 443 });
  app = express();
  app.use(layananRouter(new LayananService(control.transactor, tokens)));
  token = await tokens.ensureToken(SYSTEM, KLIRONG.kode, KLIRONG.host);
});
const PEMESANAN = '/api/v1/pelanggan/pemesanan';
const call = (method: 'get' | 'post', path: string): request.Test =>
  method === 'get' ? request(app).get(path) : request(app).post(path);
const bodyOf = async (answer: request.Test): Promise<unknown> => (await answer).body as unknown;
const bearer = (value: string) => ({ Authorization: `Bearer ${value}` });

describe('pemesanan', () => {
  test.each(['get', 'post'] as const)('%s shows Terdaftar, with the trailing space OpenSID sends', async (method) => {
    const answer = await call(method, PEMESANAN)
      .set(bearer(`${token} `))
      .set('X-Requested-With', 'XMLHttpRequest');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: 3305052011,
      desa_id: '33.05.05.2011',
      domain: `https://${KLIRONG.host}`,
      token,
      status_langganan: 'terdaftar',
      tanggal_berlangganan: {
        mulai: expect.stringMatching(/^[0-9-]{10}$/) as string,
        akhir: expect.stringMatching(/^[0-9-]{10}$/) as string,
      },
      desa: {
        kode_desa: '33.05.05.2011',
        nama_desa: 'Klirong',
        kode_kec: '33.05.05',
        nama_kec: 'Klirong',
        kode_kab: '33.05',
        nama_kab: 'Kebumen',
        kode_prov: '33',
        nama_prov: 'Jawa Tengah',
      },
    });
  });

  test('survives the way through a form: no list is empty, nothing is null', async () => {
    const body = await bodyOf(request(app).post(PEMESANAN).set(bearer(token)));
    const walk = (value: unknown): void => {
      expect(value).not.toBeNull();
      if (Array.isArray(value)) expect(value.length).toBeGreaterThan(0);
      if (typeof value === 'object') Object.values(value as object).forEach(walk);
    };
    walk(body);
  });

  test('opens nothing of the vendor', async () => {
    const body = await bodyOf(request(app).post(PEMESANAN).set(bearer(token)));
    const layanan = (
      body as {
        pemesanan: { layanan: { kategori_id: number; nama: string; nama_kategori: string; harga: number }[] }[];
      }
    ).pemesanan.flatMap((one) => one.layanan);
    expect(layanan).toHaveLength(1);
    expect(layanan[0]).toMatchObject({ kategori_id: 1, nama: 'Registrasi Desa Kabupaten', harga: 0 });
    expect(layanan[0]!.nama).not.toMatch(/Hosting|Domain/);
    expect(layanan[0]!.nama_kategori).not.toMatch(/Modul|Tema|Premium/);
  });

  test.each([
    ['no token', () => ({}), 401, /belum diisi/],
    ['a foreign token', () => bearer('eyJhbGciOiJIUzI1NiJ9.eyJkZXNhX2lkIjoiMSJ9.c2ln'), 401, /bukan terbitan/],
    ['a token in another scheme', () => ({ Authorization: `Basic ${token}` }), 401, /belum diisi/],
  ])('%s is refused with a sentence', async (_name, headers, status, sentence) => {
    const answer = await request(app).post(PEMESANAN).set(headers());
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ message: expect.stringMatching(sentence) as string });
  });

  test('a revoked token, and one of a removed desa, are refused', async () => {
    await control.transactor.read.desa.update(KLIRONG.kode, { archivedAt: new Date() });
    expect((await request(app).post(PEMESANAN).set(bearer(token))).status).toBe(401);
    await control.transactor.read.desa.update(KLIRONG.kode, { archivedAt: null });
    expect((await request(app).post(PEMESANAN).set(bearer(token))).status).toBe(200);
    await tokens.revoke(TERMINAL, KLIRONG.kode);
    const answer = await request(app).post(PEMESANAN).set(bearer(token));
    expect([answer.status, answer.body]).toEqual([401, { message: expect.stringMatching(/dicabut/) as string }]);
  });

  test('a token in the query counts for nothing', async () => {
    expect((await request(app).post(`${PEMESANAN}?token=${token}`)).status).toBe(401);
  });
});

describe('what kind A does not open', () => {
  test.each([
    'get /api/v1/pelanggan/domain?kode_desa=33.05.05.2011',
    'get /api/v1/pelanggan/diskominfo',
    'post /api/v1/modules/install',
  ])('%s', async (route) => {
    const [method, path] = route.split(' ') as ['get' | 'post', string];
    const answer = await call(method, path).set(bearer(token));
    expect([answer.status, answer.body]).toEqual([403, { message: expect.stringMatching(/token OpenDesa/) as string }]);
    expect((await call(method, path)).status).toBe(401);
  });

  test('modules is an empty page', async () => {
    const answer = await request(app).get('/api/v1/modules?page=1&tipe=all').set(bearer(token));
    expect([answer.status, (answer.body as { data: unknown }).data]).toEqual([200, []]);
  });
});

test('terdaftar and form-register answer for the own desa only', async () => {
  const ask = (desa: string) => request(app).get(`/api/v1/pelanggan/terdaftar?desa_id=${desa}`).set(bearer(token));
  expect((await ask(KLIRONG.kode)).body).toMatchObject({
    message: 'Desa sudah terdaftar.',
    data: { status_langganan: 'terdaftar', status_registrasi: 'terdaftar', desa: { nama_desa: 'Klirong' } },
  });
  expect((await ask('3305052011')).status).toBe(200);
  expect((await ask(BUMIREJO.kode)).status).toBe(403);
  expect((await request(app).get('/api/v1/pelanggan/form-register').set(bearer(token))).body).toMatchObject({
    data: { status_langganan_id: 6, desa_id: KLIRONG.kode, nama_kontak: 'Pemerintah Desa Klirong' },
  });
});

describe('calls from the browser', () => {
  const preflight = (origin: string) =>
    request(app).options(PEMESANAN).set('Origin', origin).set('Access-Control-Request-Method', 'POST');

  test('a page of an installed desa may, on any port', async () => {
    const answer = await preflight(ORIGIN);
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-headers': 'authorization,x-requested-with,content-type',
      'access-control-allow-methods': 'GET,POST,OPTIONS',
      vary: 'Origin',
    });
    const refused = await request(app).post(PEMESANAN).set('Origin', ORIGIN);
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, ORIGIN]);
  });

  test.each(['https://jahat.example', `http://${KLIRONG.host}`, 'null', `https://${KLIRONG.host}.jahat.example`, '*'])(
    '%s may not',
    async (origin) => {
      const answer = await preflight(origin);
      expect(answer.status).toBe(204);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    },
  );
});

describe('reports', () => {
  const versi = (body: object) => request(app).post('/api/v1/pelanggan/catat-versi').type('form').send(body);
  const stored = () => control.transactor.read.reports.listOf(KLIRONG.kode);

  test('the version is kept, the newest only', async () => {
    expect((await versi({ kode_desa: '33.05.05.2011', versi: '2409.0.0' })).status).toBe(200);
    expect((await versi({ kode_desa: '3305052011', versi: '2410.0.0' })).status).toBe(200);
    expect(await stored()).toMatchObject([{ kind: 'versi', body: { versi: '2410.0.0' } }]);
    expect((await versi({ kode_desa: '33.05.03.2020', versi: '1' })).status).toBe(404);
    expect((await versi({ kode_desa: KLIRONG.kode, versi: 'x'.repeat(50_000) })).status).toBe(422);
  });

  test('a black-listed token is kept as its hash only', async () => {
    const body = { kode_desa: KLIRONG.kode, ip_address: '203.0.113.9', token, browser: 'x', domain: 'y' };
    expect((await request(app).post('/api/v1/pelanggan/daftarhitam').type('form').send(body)).status).toBe(200);
    const text = JSON.stringify(await control.db('app_reports'));
    expect(text).not.toContain(token.slice(0, 40));
    expect(text).toContain('tokenHash');
    expect(text).not.toContain('browser');
  });

  test('Pantau gets the version and no head counts', async () => {
    const body = { kode_desa: '3305052011', version: '2410.0.0', jml_penduduk: 5000, email_desa: 'a@b.id' };
    const answer = await request(app).post('/api/track/desa?token=abc').type('form').send(body);
    expect([answer.status, answer.body]).toEqual([200, []]);
    expect((await stored())[0]).toMatchObject({ kind: 'pantau', body: { version: '2410.0.0' } });
    expect(JSON.stringify(await stored())).not.toContain('5000');
  });
});

test('Pantau kodedesa', async () => {
  const body = await bodyOf(request(app).get('/index.php/api/wilayah/kodedesa?kode=3305052011'));
  expect(body).toEqual({
    kode_prov: '33',
    nama_prov: 'Jawa Tengah',
    kode_kab: '33.05',
    nama_kab: 'KAB. KEBUMEN',
    kode_kec: '33.05.05',
    nama_kec: 'Klirong',
    kode_desa: '33.05.05.2011',
    nama_desa: 'Klirong',
    bps_kemendagri_desa: null,
  });
  expect((await request(app).get('/index.php/api/wilayah/kodedesa?kode=9999999999')).status).toBe(404);
  expect((await request(app).get('/index.php/api/wilayah/kodedesa')).status).toBe(404);
});

test('the key set is public', async () => {
  const body = await bodyOf(request(app).get('/.well-known/jwks.json'));
  expect(body).toMatchObject({ keys: [{ kid: expect.stringMatching(/^kab-3305-/) as string, alg: 'RS256' }] });
  expect(JSON.stringify(body)).not.toMatch(/"d":|PRIVATE/);
});

test('too many calls of one address are slowed down with a sentence', async () => {
  let last = await request(app).post(PEMESANAN);
  for (let n = 0; n < 125; n += 1) last = await request(app).post(PEMESANAN);
  expect([last.status, last.body]).toEqual([429, { message: expect.stringMatching(/Terlalu banyak/) as string }]);
  expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
});
