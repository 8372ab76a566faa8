import { SYSTEM, TERMINAL } from '../../server/domain/actor';
import { settingsRoutes } from '../../server/http/routes/settings';
import { AuditService } from '../../server/services/audit-service';
import { freePort } from '../helpers/private-server';
import { startSmtp, type LocalSmtp } from '../helpers/local-smtp';
import { startPages, type PageBench } from '../helpers/page-bench';

jest.setTimeout(90_000);
let bench: PageBench;
let smtp: LocalSmtp;
beforeAll(async () => {
  [bench, smtp] = await Promise.all([startPages(settingsRoutes), startSmtp()]);
});
afterAll(async () => {
  await smtp.stop();
  await bench.stop();
});
beforeEach(async () => {
  await bench.control.clear();
  const { user } = await bench.deps.setup.run(TERMINAL, {
    kabupaten: '33.05',
    domainPattern: '{desa}.kec-{kec}.kebumenkab.go.id',
    adminEmail: 'ani@kebumenkab.go.id',
  });
  bench.actor = { kind: 'user', id: user.id, name: user.name, role: 'admin', wilayahKode: null };
});
const form = (fields: Readonly<Record<string, string>>) => bench.web.post('/pengaturan').type('form').send(fields);
const page = async (bagian: string): Promise<string> => {
  const answer = await bench.web.get(`/pengaturan?bagian=${bagian}`);
  expect([bagian, answer.status]).toEqual([bagian, 200]);
  expect(answer.text).not.toMatch(/undefined|NaN|\[object|Invalid Date/);
  return answer.text;
};
const settings = () => bench.deps.settings.read(SYSTEM);

test.each(['identitas', 'domain', 'email', 'pembaruan', 'batas', 'keluar', 'bahasa', 'lain'])(
  '%s on the first day',
  async (one) => {
    await page(one);
  },
);

test('a section changes its own values and no others', async () => {
  await form({ bagian: 'pembaruan', jeda_pantau: '90', paralel: '3', gelombang: '2, 9', henti: '3' });
  await form({ bagian: 'batas', memori_opensid: '1024', memori_pbb: '', memori_api: '', bulan_token: '6' });
  await form({ bagian: 'bahasa', bahasa: 'en', zona: 'Asia/Makassar' });
  expect(await settings()).toMatchObject({
    soakSeconds: 90,
    waves: [2, 9],
    memoryLimitsMiB: { opensid: 1024 },
    tokenMonths: 6,
    locale: 'en',
    timezone: 'Asia/Makassar',
    domainPattern: '{desa}.kec-{kec}.kebumenkab.go.id',
  });
  const refused = await form({
    bagian: 'batas',
    memori_opensid: '9',
    memori_pbb: '',
    memori_api: '',
    bulan_token: '6',
  });
  expect([refused.status, refused.text.includes('href="#f-memori_opensid"')]).toEqual([422, true]);
});

test('what is open outside is what was ticked and written; a wrong name is refused at its field', async () => {
  await form({ bagian: 'keluar', keluar: 'api.github.com', keluar_lain: ' OpenDK.kebumenkab.go.id\n\n' });
  expect((await settings()).egress).toEqual(['api.github.com', 'opendk.kebumenkab.go.id']);
  const shown = await page('keluar');
  expect(shown).toMatch(/value="api\.github\.com" checked/);
  expect(shown).toMatch(/>opendk\.kebumenkab\.go\.id<\/textarea>/);
  expect(shown).toContain('2 nama terbuka');
  const refused = await form({ bagian: 'keluar', keluar: 'google.com', keluar_lain: 'bukan nama!' });
  expect([refused.status, refused.text.includes('href="#f-keluar_lain"')]).toEqual([422, true]);
  expect(refused.text).toMatch(/value="google\.com" checked/);
  expect((await settings()).egress).toHaveLength(2);
  await form({ bagian: 'keluar', keluar_lain: '' });
  expect((await settings()).egress).toEqual([]);
  expect(await page('keluar')).toContain('Semua tertutup');
});

test('the pattern is shown for every desa, twins first, before anything is kept', async () => {
  const all = await page('domain');
  const total = (await bench.deps.transact.read.wilayah.all()).filter((one) => one.level === 'desa').length;
  expect(all.match(/<small>33\.05\.\d\d\.\d{4}/g)).toHaveLength(total);
  const flat = await form({ bagian: 'domain', pola: '{desa}.kebumenkab.go.id', aksi: 'contoh' });
  expect(flat.status).toBe(200);
  expect(flat.text).toContain('nama kembar, ditambah nama kecamatan');
  expect((await settings()).domainPattern).toBe('{desa}.kec-{kec}.kebumenkab.go.id');
  const suffix = await form({ bagian: 'domain', pola: '{desa}-{kec}.{suffix}', akhiran: 'desa.go.id', aksi: 'contoh' });
  expect(suffix.text).toContain('klirong-klirong.desa.go.id');
  const bad = await form({ bagian: 'domain', pola: '{desa}.{suffix}', akhiran: '', aksi: 'contoh' });
  expect(bad.text).not.toContain('Tidak ada alamat yang bentrok');
  expect((await form({ bagian: 'domain', pola: '{desa}-{kec}.{suffix}', akhiran: 'desa.go.id' })).status).toBe(303);
  expect(await settings()).toMatchObject({ domainPattern: '{desa}-{kec}.{suffix}', suffix: 'desa.go.id' });
});

describe('brand', () => {
  const PNG = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  const upload = (content: Buffer, name: string) => bench.web.post('/pengaturan/logo').attach('berkas', content, name);

  test('a logo is known by its content, not by its name; SVG is refused', async () => {
    expect((await upload(PNG, 'logo.txt')).status).toBe(303);
    expect((await bench.deps.brand.logo())?.type).toBe('image/png');
    expect(await page('identitas')).toMatch(/src="\/merek\/logo\?v=[0-9a-f]{12}"/);
    const refused = await upload(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'), 'logo.png');
    expect([refused.status, refused.text.includes('href="#f-berkas"')]).toEqual([422, true]);
    expect((await upload(Buffer.concat([PNG, Buffer.alloc(300 * 1024)]), 'big.png')).status).toBe(422);
    expect((await bench.web.post('/pengaturan/logo').field('aksi', 'hapus')).status).toBe(303);
    expect(await bench.deps.brand.logo()).toBeNull();
    const acts = await new AuditService(bench.control.transactor).list(SYSTEM, { limit: 5, act: 'brand.logo' });
    expect(acts).toHaveLength(2);
  });

  test('a colour is kept, said when it had to be darker, and given back', async () => {
    expect((await form({ bagian: 'identitas', kantor: 'Dinas Kominfo', warna: '#D97706' })).status).toBe(303);
    expect((await settings()).brandColor).toBe('#d97706');
    const shown = await page('identitas');
    expect(shown).toContain('sedikit lebih gelap');
    expect(shown).toContain('href="/merek/warna.css?v=d97706"');
    await form({ bagian: 'identitas', kantor: 'Dinas Kominfo', warna: '#d97706', aksi: 'warna_bawaan' });
    expect((await settings()).brandColor).toBeNull();
    expect((await form({ bagian: 'identitas', kantor: 'X', warna: 'merah' })).status).toBe(422);
  });
});

describe('mail', () => {
  const good = () => ({
    bagian: 'email',
    surel_host: '127.0.0.1',
    surel_porta: String(smtp.port),
    surel_keamanan: 'none',
    surel_pengguna: 'siappakai',
    surel_sandi: 'rahasia-surel',
    surel_dari: 'siappakai@kebumenkab.go.id',
    surel_nama: 'Diskominfo',
  });
  const test_ = () => form({ bagian: 'email', aksi: 'uji' });

  test('is proven by a letter in the colours of the office, to the person who asked', async () => {
    await form({ bagian: 'identitas', kantor: 'Dinas <Kominfo>', warna: '#0b6b3c' });
    expect((await form(good())).status).toBe(303);
    expect(await page('email')).toContain('belum diuji');
    smtp.login = '235 2.7.0 Ok';
    const before = smtp.letters.length;
    expect((await test_()).status).toBe(303);
    const letter = smtp.letters[before] ?? '';
    expect(letter).toContain('To: ani@kebumenkab.go.id');
    expect(letter).toContain('From: Diskominfo <siappakai@kebumenkab.go.id>');
    const body = letter.replaceAll('=\n', '');
    expect(body).toContain('#0b6b3c');
    expect(body.slice(body.indexOf('<!doctype'))).not.toContain('<Kominfo>');
    expect(await page('email')).toContain('Email uji terakhir diterima server');
  });

  test('the password is kept encrypted, shown nowhere, and stays when the field is empty', async () => {
    await form(good());
    const stored = JSON.stringify(await bench.deps.transact.read.knex('settings').select('*'));
    expect(stored).not.toContain('rahasia-surel');
    expect(await page('email')).not.toContain('rahasia-surel');
    await form({ ...good(), surel_sandi: '', surel_nama: 'Kominfo' });
    expect((await bench.deps.mail.state(SYSTEM)).password).toBe('kept');
    const audited = JSON.stringify(await new AuditService(bench.control.transactor).list(SYSTEM, { limit: 20 }));
    expect(audited).not.toContain('rahasia-surel');
    expect((await form({ bagian: 'email', aksi: 'hapus' })).status).toBe(303);
    expect(await bench.deps.mail.state(SYSTEM)).toEqual({ settings: null, password: 'none', testedAt: null });
  });

  test('says what the server says: a wrong login, a closed port, an unknown name', async () => {
    await form(good());
    smtp.login = '535 5.7.8 Authentication failed';
    const login = await test_();
    expect(login.status).toBe(422);
    expect(login.text).toContain('menolak nama pengguna atau kata sandi (535)');
    await form({ ...good(), surel_porta: String(await freePort()) });
    expect((await test_()).text).toContain('tidak menerima sambungan di porta');
    await form({ ...good(), surel_host: 'smtp.tidak-ada.invalid' });
    expect((await test_()).text).toContain('tidak dikenal DNS');
    await form({ ...good(), surel_keamanan: 'starttls' });
    expect((await test_()).text).toContain('Sambungan terenkripsi');
    const wrong = await form({ ...good(), surel_dari: 'bukan-alamat', surel_sandi: 'rahasia-surel' });
    expect([wrong.status, wrong.text.includes('href="#f-surel_dari"')]).toEqual([422, true]);
    expect(wrong.text).not.toContain('rahasia-surel');
  });
});
