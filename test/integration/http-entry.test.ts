import { TERMINAL } from '../../server/domain/actor';
import { ROUTES } from '../../server/http/app';
import { AuthService } from '../../server/services/auth-service';
import { HostService } from '../../server/services/host-service';
import { SetupService } from '../../server/services/setup-service';
import { MESSAGES } from '../../server/texts';
import { regionSource } from '../helpers/small-region';
import { Browser, startWebInstallation, type WebInstallation } from '../helpers/web-installation';

jest.setTimeout(120_000);
const ACCOUNT = { email: 'ani@kebumenkab.go.id', name: 'Ani', password: 'Sawah-Padi-2026' };
let web: WebInstallation;
let setup: SetupService;
beforeAll(async () => {
  web = await startWebInstallation();
  const auth = new AuthService(web.transactor);
  const previewHosts = new HostService().preview;
  setup = new SetupService({ transactor: web.transactor, regions: regionSource(), previewHosts, auth });
});
afterAll(() => web.stop());

/** Pages anybody may see; everything else names an action. */
const PUBLIC = [
  'get /masuk',
  'get /masuk/:token',
  'get /setup/:token',
  'post /keluar',
  'post /masuk',
  'post /masuk/:token',
  'post /setup/:token',
  'post /tampilan',
];

test('every route names its action, but for the few that are public', async () => {
  const open = ROUTES.filter((one) => one.action === null).map((one) => `${one.method} ${one.path}`);
  expect(open.filter((one) => !PUBLIC.includes(one))).toEqual([]);
  const stranger = new Browser(web.origin);
  for (const one of ROUTES.filter(({ action, method }) => action !== null && method === 'get')) {
    const page = await stranger.get(one.path.replace(/:\w+/g, 'x'));
    const refused = one.path.startsWith('/api/')
      ? page.status === 401
      : page.status === 303 && page.to?.startsWith('/masuk');
    expect([one.path, refused]).toEqual([one.path, true]);
  }
});

test('before anybody has an account the sign-in page says how to set up', async () => {
  const page = await new Browser(web.origin).get('/masuk');
  expect(page.status).toBe(200);
  expect(page.text).toContain(MESSAGES.id.web.notSetUp.command);
});

test('the setup link works once, from one browser, to the dashboard', async () => {
  const { token } = await setup.createLink(TERMINAL);
  const [ani, other] = [new Browser(web.origin), new Browser(web.origin)];
  expect((await ani.get(`/setup/${token}`)).status).toBe(200);
  expect((await other.get(`/setup/${token}`)).status).toBe(410);

  const refused = await ani.post(`/setup/${token}`, { langkah: 'akun', ...ACCOUNT, password: 'pendek' });
  expect(refused.status).toBe(422);
  expect(refused.text).toContain(`value="${ACCOUNT.email}"`);
  expect(refused.text).not.toContain('pendek"');

  expect((await ani.post(`/setup/${token}`, { langkah: 'akun', ...ACCOUNT })).status).toBe(303);
  const kabupaten = await ani.get(`/setup/${token}`);
  expect(kabupaten.text).toContain('Kebumen');
  expect((await other.get(`/setup/${token}`)).status).toBe(410);

  const searched = await ani.post(`/setup/${token}`, { langkah: 'kabupaten', cari: 'kebumen', aksi: 'cari' });
  expect(searched.text.match(/name="kabupaten"/g)).toHaveLength(1);
  expect(searched.text).toContain('Jawa Tengah');
  expect((await ani.post(`/setup/${token}`, { langkah: 'kabupaten', kabupaten: '33.05' })).status).toBe(303);
  const bad = await ani.post(`/setup/${token}`, { langkah: 'domain', pola: 'tanpa-desa.id' });
  expect(bad.status).toBe(422);
  expect(bad.text).toContain('value="tanpa-desa.id"');
  const preview = await ani.post(`/setup/${token}`, {
    langkah: 'domain',
    pola: '{desa}-{kec}.desa.id',
    aksi: 'contoh',
  });
  expect(preview.text).toContain('.desa.id');
  const suggested = await ani.post(`/setup/${token}`, {
    langkah: 'domain',
    pola: 'x',
    usul: '{desa}.desa.kebumenkab.go.id',
  });
  expect(suggested.text).toContain('name="pola" type="text" value="{desa}.desa.kebumenkab.go.id"');
  expect(
    (await ani.post(`/setup/${token}`, { langkah: 'domain', pola: '{desa}.kec-{kec}.kebumenkab.go.id' })).status,
  ).toBe(303);
  expect((await setup.status()).done).toBe(true);
  const last = await ani.get(`/setup/${token}`);
  // Neither worker nor proxy runs here, and the page says so with what to do.
  expect(last.text.match(/siappakai up/g)).toHaveLength(2);
  expect((await ani.post(`/setup/${token}`, { langkah: 'periksa' })).to).toBe('/');
  expect((await ani.get('/')).status).toBe(200);
});

test('signing in keeps the address, refuses alike, and never shows what is wrong', async () => {
  const ani = new Browser(web.origin);
  const sent = await ani.get('/desa?cari=klirong');
  expect(sent.to).toBe(`/masuk?kembali=${encodeURIComponent('/desa?cari=klirong')}`);
  await ani.get(sent.to ?? '');
  const wrong = await ani.post('/masuk', { ...ACCOUNT, password: 'salah-sekali', kembali: '/desa' });
  const unknown = await ani.post('/masuk', { email: 'x@y.id', password: 'salah-sekali', kembali: '/desa' });
  expect([wrong.status, unknown.status]).toEqual([422, 422]);
  expect(wrong.text).toContain(`value="${ACCOUNT.email}"`);
  const before = ani.cookie;
  const right = await ani.post('/masuk', { ...ACCOUNT, kembali: 'https://elsewhere.id/' });
  expect([right.status, right.to]).toEqual([303, '/']);
  expect(ani.cookie).not.toBe(before);
  expect((await ani.get('/desa')).status).toBe(200);
  expect((await ani.post('/keluar', {})).status).toBe(303);
  expect((await ani.get('/desa')).status).toBe(303);
});

test('a link of the terminal signs in once', async () => {
  const { token } = await new AuthService(web.transactor).createSignInLink(TERMINAL, null);
  const ani = new Browser(web.origin);
  const asked = await ani.get(`/masuk/${token}`);
  expect([asked.status, (await ani.get('/')).status]).toEqual([200, 303]);
  // A mail program looks too, from elsewhere: only the press of the button uses the link up.
  expect((await new Browser(web.origin).get(`/masuk/${token}`)).status).toBe(200);
  await ani.get(`/masuk/${token}`);
  expect((await ani.post(`/masuk/${token}`, {})).to).toBe('/');
  expect((await ani.get('/')).status).toBe(200);
  expect((await new Browser(web.origin).get(`/masuk/${token}`)).status).toBe(410);
});

describe('forms of others', () => {
  const ani = (): Promise<Browser> => signedIn();
  test('without the token of the page nothing happens', async () => {
    const browser = await ani();
    const page = await browser.post('/pengaturan', { _csrf: 'wrong', kantor: 'Penyusup' });
    expect(page.status).toBe(403);
    expect(page.text).not.toContain('at ');
    expect((await browser.get('/pengaturan')).text).not.toContain('Penyusup');
  });
  test('a foreign origin is refused even with the token', async () => {
    const browser = await ani();
    await browser.get('/pengaturan');
    expect(
      (await browser.post('/pengaturan', { kantor: 'Penyusup' }, { origin: 'https://desa.kebumenkab.go.id' })).status,
    ).toBe(403);
    expect((await browser.post('/keluar', {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await browser.get('/pengaturan')).status).toBe(200);
  });
});

const signedIn = async (): Promise<Browser> => {
  const browser = new Browser(web.origin);
  await browser.get('/masuk');
  await browser.post('/masuk', { ...ACCOUNT, kembali: '/' });
  return browser;
};

test('settings refuse at the field and keep what was typed', async () => {
  const browser = await signedIn();
  await browser.get('/pengaturan');
  const fields = {
    kantor: 'Diskominfo Kebumen',
    pola: '{desa}.kec-{kec}.kebumenkab.go.id',
    jeda_pantau: '60',
    gelombang: '1, 5, 25',
    henti: '2',
  };
  const refused = await browser.post('/pengaturan', { ...fields, paralel: 'banyak' });
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('value="banyak"');
  expect(refused.text).toContain('id="e-paralel"');
  const saved = await browser.post('/pengaturan', { ...fields, paralel: '6' });
  expect([saved.status, saved.to]).toEqual([303, '/pengaturan']);
  const page = await browser.get('/pengaturan?bagian=pembaruan');
  expect(page.text).toContain('value="6"');
  expect(page.text).toContain('Diskominfo Kebumen');
});

test('colour and logo of the office are there before sign-in, with an address that changes with them', async () => {
  const { read } = web.transactor;
  await read.settings.put('brandColor', '#0b6b3c');
  await read.brand.put('logo', { type: 'image/png', sha256: 'ab'.repeat(32), content: Buffer.from('png') });
  const stranger = new Browser(web.origin);
  const { text } = await stranger.get('/masuk');
  const [sheet, logo] = [
    /href="(\/merek\/warna\.css[^"]+)"/.exec(text)?.[1],
    /src="(\/merek\/logo[^"]+)"/.exec(text)?.[1],
  ];
  const css = await stranger.get(sheet ?? '');
  expect([css.headers.get('content-type'), css.text.includes('--sp-accent:#0b6b3c')]).toEqual([
    'text/css; charset=utf-8',
    true,
  ]);
  const picture = await stranger.get(logo ?? '');
  expect([picture.text, picture.headers.get('content-type')]).toEqual(['png', 'image/png']);
  expect(picture.headers.get('x-content-type-options')).toBe('nosniff');
  await read.settings.remove('brandColor');
  await read.brand.remove('logo');
});

test('who has chosen no language hears that of the installation', async () => {
  const { read } = web.transactor;
  await read.settings.put('locale', 'en');
  expect((await new Browser(web.origin).get('/masuk')).text).toContain('<html lang="en">');
  expect((await new Browser(web.origin).get('/masuk', { cookie: 'sp_bahasa=id' })).text).toContain('<html lang="id">');
  await read.settings.remove('locale');
});

test('pages allow no inline script or style, are not cached, and speak both languages', async () => {
  const browser = await signedIn();
  for (const where of [
    '/',
    '/desa',
    '/rilis?impor=1',
    '/pembaruan',
    '/pembaruan/baru?action=install',
    '/pengaturan',
    '/desa/33.05.05.2011',
  ]) {
    const page = await browser.get(where);
    expect([where, page.status]).toEqual([where, 200]);
    expect(page.text).not.toMatch(/\sstyle=|<style|\son[a-z]+="/);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).not.toContain('unsafe-inline');
    expect(page.headers.get('cache-control')).toContain('no-store');
  }
  await browser.post('/tampilan', { locale: 'en', kembali: '/desa' });
  expect((await browser.get('/desa')).text).toContain('<html lang="en"');
});

test('REST says problems as documents', async () => {
  const stranger = await new Browser(web.origin).get('/api/v1/desa');
  expect(stranger.status).toBe(401);
  expect(stranger.headers.get('content-type')).toContain('application/problem+json');
  const browser = await signedIn();
  const list = JSON.parse((await browser.get('/api/v1/desa?search=klirong')).text) as {
    kode: string;
    status: string;
  }[];
  expect(list.map((one) => one.status)).toContain('not_installed');
  const missing = await browser.get('/api/v1/desa/33.05.99.2001');
  expect([missing.status, JSON.parse(missing.text)]).toMatchObject([404, { code: 'desa_unknown', status: 404 }]);
});

test('a production installation has no page for who changes the views', async () => {
  expect((await (await signedIn()).get('/_gaya')).status).toBe(404);
});

test('unknown pages and missing assets are 404, and no stack is shown', async () => {
  const browser = await signedIn();
  for (const where of [
    '/tidak-ada',
    '/pembaruan/bukan-nomor',
    '/rilis/01M82C2RTR5XVVEH500000000X',
    '/desa/33.05.99.2001',
  ]) {
    const page = await browser.get(where);
    expect([where, page.status]).toEqual([where, 404]);
    expect(page.text).not.toMatch(/\n\s+at |node_modules/);
  }
  expect((await browser.get('/assets/../package.json')).status).toBe(404);
});

test('without its database the dashboard says so, without a stack', async () => {
  const browser = await signedIn();
  await web.mariadb.stop();
  const page = await browser.get('/desa');
  expect(page.status).toBe(503);
  expect(page.text).toMatch(/Basis data dasbor tidak menjawab|database/i);
  expect(page.text).not.toMatch(/\n\s+at |ECONNREFUSED/);
  expect((await fetch(`${web.origin}/healthz`)).status).toBe(200);
});
