import { TERMINAL } from '../../server/domain/actor';
import { actorOf, type User } from '../../server/domain/user';
import { AuditService } from '../../server/services/audit-service';
import { AuthService } from '../../server/services/auth-service';
import { SettingService } from '../../server/services/setting-service';
import { SetupService } from '../../server/services/setup-service';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';
import { previewHosts, regionSource } from '../helpers/small-region';

jest.setTimeout(60_000);
const ACCOUNT = { email: 'ani@kebumenkab.go.id', name: 'Ani', password: 'Sawah-Padi-2026' };
const PATTERN = '{desa}.kec-{kec}.kebumenkab.go.id';
const RUN = { kabupaten: '33.05', domainPattern: PATTERN, adminEmail: ACCOUNT.email };
let control: ControlDatabase;
let setup: SetupService;
let settings: SettingService;
let auth: AuthService;

beforeAll(async () => {
  control = await startControlDatabase();
  auth = new AuthService(control.transactor);
  setup = new SetupService({ transactor: control.transactor, regions: regionSource(), previewHosts, auth });
  settings = new SettingService(control.transactor);
});
afterAll(() => control.stop());
beforeEach(() => control.clear());

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : 'not an error'),
  );
const chooseDesa = (kode: string) =>
  control.transactor.read.desa.ensure({
    kode,
    kecamatanKode: kode.slice(0, 8),
    nama: 'X',
    jenis: 'desa',
    host: `${kode}.id`,
    network: 'n',
    databaseId: null,
  });

describe('first run in the browser', () => {
  test('link → account → kabupaten → pattern → done', async () => {
    expect(await setup.status()).toEqual({ account: false, kabupaten: null, domainPattern: null, done: false });
    const { token } = await setup.createLink(TERMINAL);
    await setup.openLink(token, 'browser');
    const user: User = await setup.createAccount({ token, browser: 'browser' }, ACCOUNT);
    const actor = actorOf(user);
    expect(user).toMatchObject({ role: 'admin', email: ACCOUNT.email });
    expect(await setup.chooseKabupaten(actor, '3305')).toMatchObject({ kode: '33.05', nama: 'Kabupaten Kebumen' });
    const preview = await setup.previewDomains(actor, { domainPattern: PATTERN }, 2);
    expect(preview).toMatchObject({ total: 4, hosts: [{ host: 'bumirejo.kec-puring.kebumenkab.go.id' }, {}] });
    expect((await setup.status()).done).toBe(false);
    expect(await setup.saveDomains(actor, { domainPattern: PATTERN })).toMatchObject({ done: true });
    expect(await control.db('wilayah')).toHaveLength(9);
    expect(await new AuditService(control.transactor).verify(TERMINAL)).toMatchObject({ intact: true });
  });

  test('a newer link voids the older; another browser cannot go on; used up it is dead', async () => {
    const first = await setup.createLink(TERMINAL);
    const { token } = await setup.createLink(TERMINAL);
    expect(await code(setup.openLink(first.token, 'a'))).toBe('link_invalid');
    await setup.openLink(token, 'a');
    expect(await code(setup.createAccount({ token, browser: 'b' }, ACCOUNT))).toBe('link_invalid');
    await setup.createAccount({ token, browser: 'a' }, ACCOUNT);
    expect(await code(setup.openLink(token, 'a'))).toBe('link_invalid');
    expect(await code(setup.createLink(TERMINAL))).toBe('already_set_up');
  });

  test('a refused account leaves the link usable', async () => {
    const { token } = await setup.createLink(TERMINAL);
    const link = { token, browser: 'a' };
    await expect(setup.createAccount(link, { ...ACCOUNT, password: 'short' })).rejects.toMatchObject({
      field: 'password',
    });
    await expect(setup.createAccount(link, { ...ACCOUNT, email: 'x' })).rejects.toMatchObject({ field: 'email' });
    expect((await setup.createAccount(link, ACCOUNT)).email).toBe(ACCOUNT.email);
  });

  test('two submits at once make one account', async () => {
    const { token } = await setup.createLink(TERMINAL);
    const submit = (email: string) => code(setup.createAccount({ token, browser: 'a' }, { ...ACCOUNT, email }));
    expect((await Promise.all([submit('a@b.id'), submit('c@d.id')])).sort()).toEqual(['link_invalid', 'no error']);
    expect(await control.db('users')).toHaveLength(1);
  });
});

describe('setup in one call', () => {
  test('is idempotent and gives a sign-in link only with a fresh account', async () => {
    const first = await setup.run(TERMINAL, RUN);
    expect(first).toMatchObject({ done: true, kabupaten: { kode: '33.05' } });
    const signedIn = await auth.signInWithLink(first.signInLink!.token, 'b');
    expect(signedIn.email).toBe(ACCOUNT.email);
    const audits = (await control.db('audit')).length;
    const again = await setup.run(TERMINAL, RUN);
    expect(again.signInLink).toBeNull();
    expect(again.user.id).toBe(first.user.id);
    expect((await control.db('audit')).length).toBe(audits);
  });

  test('an unknown kabupaten is refused at its field', async () => {
    await expect(setup.run(TERMINAL, { ...RUN, kabupaten: '99.99' })).rejects.toMatchObject({ field: 'kabupaten' });
    await expect(setup.run(TERMINAL, { ...RUN, kabupaten: 'Kebumen' })).rejects.toMatchObject({ field: 'kabupaten' });
    expect(await setup.status()).toMatchObject({ account: false, kabupaten: null });
  });

  test('another kabupaten replaces the first only while no desa is chosen', async () => {
    await setup.run(TERMINAL, RUN);
    await setup.chooseKabupaten(TERMINAL, '33.06');
    expect(await control.db('wilayah').pluck('kode')).not.toContain('33.05.05.2011');
    await setup.chooseKabupaten(TERMINAL, '33.05');
    await chooseDesa('33.05.05.2011');
    expect(await code(setup.chooseKabupaten(TERMINAL, '33.06'))).toBe('kabupaten_in_use');
    expect(await code(setup.chooseKabupaten(TERMINAL, '33.05'))).toBe('no error');
  });

  test('an observer may do none of it', async () => {
    const { user } = await setup.run(TERMINAL, RUN);
    const observer = { ...actorOf(user), role: 'observer' as const };
    expect(await code(setup.chooseKabupaten(observer, '33.05'))).toBe('not_allowed');
    expect(await code(setup.createLink(observer))).toBe('not_allowed');
    expect(await code(settings.change(observer, { parallel: 2 }))).toBe('not_allowed');
  });
});

describe('settings', () => {
  test('have defaults, refuse at the field, and change all or nothing', async () => {
    expect(await settings.read(TERMINAL)).toMatchObject({
      soakSeconds: 60,
      tokenMonths: 12,
      parallel: 4,
      locale: 'id',
    });
    await expect(settings.change(TERMINAL, { parallel: 8, soakSeconds: -1 })).rejects.toMatchObject({
      field: 'soakSeconds',
    });
    await expect(settings.change(TERMINAL, { colour: 'red' })).rejects.toMatchObject({ field: 'colour' });
    expect((await settings.read(TERMINAL)).parallel).toBe(4);
    await settings.change(TERMINAL, { parallel: 8, soakSeconds: 60 });
    const rows = await new AuditService(control.transactor).list(TERMINAL, { limit: 10 });
    expect(rows).toMatchObject([{ act: 'setting.change', object: 'setting:parallel', before: 4, after: 8 }]);
  });

  test('a stored value nobody understands any more falls back to its default', async () => {
    await control.transactor.read.settings.put('parallel', 'many');
    await control.transactor.read.settings.put('forgotten', true);
    expect(await settings.read(TERMINAL)).toMatchObject({ parallel: 4 });
  });
});
