import { SYSTEM } from '../../server/domain/actor';
import { AuditService } from '../../server/services/audit-service';
import { AuthService } from '../../server/services/auth-service';
import { HostService } from '../../server/services/host-service';
import { SetupService } from '../../server/services/setup-service';
import { UserService } from '../../server/services/user-service';
import { regionSource } from '../helpers/small-region';
import { Browser, startWebInstallation, type WebInstallation } from '../helpers/web-installation';

jest.setTimeout(120_000);
const ANI = { email: 'ani@kebumenkab.go.id', password: 'Sawah-Padi-2026' };
let web: WebInstallation;
beforeAll(async () => {
  web = await startWebInstallation();
  const { transactor } = web;
  const auth = new AuthService(transactor);
  const setup = new SetupService({
    transactor,
    regions: regionSource(),
    previewHosts: new HostService().preview,
    auth,
  });
  const domainPattern = '{desa}.kec-{kec}.kebumenkab.go.id';
  await setup.run(SYSTEM, { kabupaten: '33.05', domainPattern, adminEmail: ANI.email, adminPassword: ANI.password });
});
afterAll(() => web.stop());

const signedIn = async (account = ANI, userAgent = 'Mozilla/5.0 (X11; Linux) Chrome/120'): Promise<Browser> => {
  const browser = new Browser(web.origin);
  await browser.get('/masuk');
  expect((await browser.post('/masuk', { ...account, kembali: '/' }, { 'user-agent': userAgent })).to).toBe('/');
  await browser.get('/profil');
  return browser;
};
const acts = async (): Promise<readonly string[]> =>
  (await new AuditService(web.transactor).list(SYSTEM, { limit: 5 })).map((one) => one.act);

test('name, language and theme are kept, and the page speaks at once', async () => {
  const ani = await signedIn();
  expect((await ani.post('/profil', { nama: 'Ani Lestari', bahasa: 'en', tema: 'dark' })).to).toBe('/profil');
  const page = await ani.get('/profil');
  expect(page.text).toContain('<html lang="en" data-bs-theme="dark">');
  expect(page.text).toContain('value="Ani Lestari"');
  expect((await acts())[0]).toBe('user.change');
  expect((await ani.post('/profil', { nama: 'A', bahasa: 'id', tema: 'auto' })).status).toBe(422);
  expect((await ani.post('/profil', { nama: 'Ani', bahasa: 'id', tema: 'auto' })).to).toBe('/profil');
  expect((await ani.get('/profil')).text).toContain('<html lang="id">');
});

test('a browser without a choice of its own speaks the language of the account', async () => {
  const ani = await signedIn();
  await ani.post('/profil', { nama: 'Ani', bahasa: 'en', tema: 'auto' });
  expect((await (await signedIn()).get('/profil')).text).toContain('<html lang="en">');
  await ani.post('/profil', { nama: 'Ani', bahasa: 'id', tema: 'auto' });
});

test('a new password asks for the old one and ends the other sign-ins', async () => {
  const [ani, phone] = [await signedIn(), await signedIn(ANI, 'Mozilla/5.0 (Linux; Android 13) Chrome/120 Mobile')];
  const wrong = await ani.post('/profil/sandi', { lama: 'salah-sekali', baru: 'Padi-Menguning-2026' });
  expect(wrong.status).toBe(422);
  expect(wrong.text).not.toContain('Padi-Menguning');
  expect((await ani.post('/profil/sandi', { lama: ANI.password, baru: 'pendek' })).status).toBe(422);
  expect((await ani.post('/profil/sandi', { lama: ANI.password, baru: 'Padi-Menguning-2026' })).to).toBe('/profil');
  expect((await ani.get('/profil')).status).toBe(200);
  expect((await phone.get('/profil')).status).toBe(303);
  await new UserService(web.transactor).setPassword({ ...SYSTEM }, ANI.email, ANI.password);
});

test('sign-ins are named by their device and ended one by one; nobody ends another person’s', async () => {
  const [ani, phone] = [await signedIn(), await signedIn(ANI, 'Mozilla/5.0 (Linux; Android 13) Chrome/120 Mobile')];
  const page = await ani.get('/profil');
  expect(page.text).toContain('Chrome, Android');
  const ids = [...page.text.matchAll(/\/profil\/sesi\/([0-9a-f]{64})\/akhiri/g)].map((match) => match[1] ?? '');
  for (const id of ids) expect((await ani.post(`/profil/sesi/${id}/akhiri`, {})).to).toBe('/profil');
  expect((await phone.get('/profil')).status).toBe(303);
  expect((await ani.get('/profil')).status).toBe(200);

  const budi = { email: 'budi@kebumenkab.go.id', password: 'Kali-Bening-2026' };
  await new UserService(web.transactor).create({ ...SYSTEM }, { ...budi, name: 'Budi', role: 'observer' });
  const other = await signedIn(budi);
  const [own] = await web.transactor.read.sessions.listOf(
    (await web.transactor.read.users.findByEmail(ANI.email))?.user.id ?? '',
  );
  expect((await other.post(`/profil/sesi/${own?.idHash ?? ''}/akhiri`, {})).status).toBe(404);
  expect((await ani.get('/profil')).status).toBe(200);
});

test('a personal token is shown once, works, and opens nothing once revoked', async () => {
  const ani = await signedIn();
  const bad = await ani.post('/profil/token', { nama_token: 'x', akses: 'read', hari: '30' });
  expect([bad.status, bad.text.includes('href="#f-nama_token"')]).toEqual([422, true]);
  const made = await ani.post('/profil/token', { nama_token: 'Laporan', akses: 'read', hari: '30' });
  const token = /(sp_[\w-]+)<\/code>/.exec(made.text)?.[1] ?? '';
  expect(token).not.toBe('');
  const page = await ani.get('/profil');
  expect(page.text).not.toContain(token);
  const id = /\/profil\/token\/(\w{26})\/cabut/.exec(page.text)?.[1] ?? '';
  expect((await ani.post(`/profil/token/${id}/cabut`, {})).to).toBe('/profil');
  expect((await ani.get('/profil')).text).toContain('Dicabut');
});
