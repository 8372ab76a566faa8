import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { openSecretBox } from '../../../server/auth/secret-box';
import { mariadbSocket } from '../../../server/parts/addresses';
import { SCHEMA, type Installation } from '../../helpers/e2e-installation';
import { chooseDesa, startOnScreen } from '../../helpers/e2e-screens';
import { readable, visit } from '../../helpers/e2e-site';
import {
  APPS,
  awaitRollout,
  desaList,
  docker,
  KLIRONG,
  nameOf,
  OTHER_TWIN,
  select,
  theme,
  TWIN,
  villageContainers,
  VILLAGES,
  type World,
} from '../../helpers/e2e-world';

interface Account {
  readonly user: string;
  readonly password: string;
  readonly schema: string;
}
/** Every secret of every instance, in plain, and the accounts villages sign in to the database with. */
const secretsOf = async (
  installation: Installation,
): Promise<{ readonly values: readonly string[]; readonly accounts: readonly Account[] }> => {
  const box = openSecretBox(installation.config.paths.masterKeys);
  const values: string[] = [];
  const accounts: Account[] = [];
  const rows = await select(
    installation,
    'SELECT id, app, secrets, db_user AS user, schema_name AS own FROM instances WHERE secrets IS NOT NULL',
  );
  for (const row of rows) {
    const bag = JSON.parse(box.decrypt(String(row['secrets']), `instance:${row['id']}`).reveal()) as Record<
      string,
      string
    >;
    values.push(...Object.values(bag));
    if (row['user'] !== null)
      accounts.push({
        user: String(row['user']),
        password: bag['database'] ?? '',
        schema: String(row['own'] ?? SCHEMA),
      });
  }
  for (const row of await select(installation, 'SELECT kode, app_key AS sealed FROM desa WHERE app_key IS NOT NULL'))
    values.push(box.decrypt(String(row['sealed']), `desa:${row['kode']}:app_key`).reveal());
  return { values, accounts };
};

/** What the engine says about the jail of a container; its client leaves half of it untyped. */
interface Hardening {
  readonly ReadonlyRootfs?: boolean | undefined;
  readonly CapDrop?: readonly string[];
  readonly CapAdd?: readonly string[] | null;
  readonly Privileged?: boolean | undefined;
  readonly SecurityOpt?: readonly string[] | null;
  readonly Memory?: number | undefined;
  readonly MemoryReservation?: number | undefined;
  readonly MemorySwap?: number | undefined;
  readonly PidsLimit?: number | undefined;
  readonly PortBindings?: object;
  readonly RestartPolicy?: { readonly Name: string } | undefined;
}
const REFUSED = [1044, 1142, 1227, 1370];
const errnoOf = async (work: Promise<unknown>): Promise<number> =>
  work.then(
    () => 0,
    (error: unknown) => Number(Reflect.get(Object(error), 'errno')),
  );

export const installTheme = (world: World): void => {
  theme('install', () => {
    test('three desa with twins, chosen and followed in the browser, after one follow-up migration', async () => {
      const installation = world.installation();
      const admin = world.admin();
      const { page, go, picture } = admin;
      await go('/desa');
      await picture('11-desa-awal');
      // Three kecamatan and a part of the name that all three have.
      for (const one of VILLAGES) {
        await page.click('details:has(input[name=kecamatan]) > summary');
        await page.check(`input[name=kecamatan][value="${one.kode.slice(0, 8)}"]`);
        await page.waitForURL((url) => url.searchParams.getAll('kecamatan').includes(one.kode.slice(0, 8)));
      }
      await page.fill('form.sp-toolbar input[name=cari]', 'ir');
      await page.press('form.sp-toolbar input[name=cari]', 'Enter');
      await page.waitForURL((url) => url.searchParams.get('cari') === 'ir');
      await chooseDesa(
        page,
        VILLAGES.map((one) => one.kode),
        'pasang',
        () => picture('12-desa-dipilih'),
      );
      const id = await startOnScreen(admin, '13-pasang', Object.fromEntries(APPS.map((app) => [app, '2409.0.0'])));
      await picture('14-papan-pasang');
      const document = await awaitRollout(installation, id);
      expect({ state: document.state, counts: document.counts }).toMatchObject({
        state: 'completed',
        counts: { done: 9, failed: 0, quarantined: 0 },
      });
      for (const one of VILLAGES) await page.waitForSelector(`.sp-t[href="?desa=${one.kode}"][data-s=done]`);
      const works = await select(
        installation,
        'SELECT kind, state FROM deployments WHERE rollout_id = ? AND subject_kind = ?',
        [id, 'database'],
      );
      expect(works).toEqual([
        { kind: 'prepare', state: 'succeeded' },
        { kind: 'follow_up', state: 'succeeded' },
      ]);
      const desa = await desaList(installation);
      expect(desa.map((one) => [one.kode, one.host, one.status])).toEqual(
        [TWIN, KLIRONG, OTHER_TWIN].map((one) => [one.kode, one.host, 'healthy']),
      );
      for (const one of desa)
        expect(one.instances.map((instance) => [instance.app, instance.observedRelease])).toEqual(
          APPS.map((app) => [app, '2409.0.0']),
        );
      await go('/desa?keadaan=healthy');
      expect(await page.locator('input[name=kode]').count()).toBe(3);
      await picture('15-desa-terpasang');
      await go(`/desa/${KLIRONG.kode}`);
      await picture('16-desa-satu');
      await go(`/desa/${KLIRONG.kode}/log/opensid`);
      await picture('17-desa-log');
      expect(admin.complaints()).toEqual([]);
    });

    test('the public pages are their own, and a name nobody has is not found', async () => {
      const installation = world.installation();
      for (const one of VILLAGES) {
        const [home, api, pbb, people] = await Promise.all([
          visit(installation, one.host, '/'),
          visit(installation, one.host, '/api/api/v1/profil-desa'),
          visit(installation, one.host, '/pbb/login'),
          visit(installation, one.host, '/layanan-mandiri/masuk'),
        ]);
        expect([home.status, api.status, pbb.status, people.status]).toEqual([200, 200, 200, 200]);
        expect(readable(home.body)).toContain(one.title);
        expect(JSON.parse(api.body)).toMatchObject({
          data: { attributes: { nama_desa: one.nama, alamat: { kode_desa: one.kode.replaceAll('.', '') } } },
        });
        expect(readable(pbb.body)).toContain(`PBB Desa ${one.nama}`);
      }
      expect((await visit(installation, 'siapa.uji.localhost', '/')).status).not.toBe(200);
    });

    test('every village container is hardened and says no secret', async () => {
      const installation = world.installation();
      const { values } = await secretsOf(installation);
      expect(values.length).toBeGreaterThan(30);
      const containers = await villageContainers(installation);
      expect(containers).toHaveLength(9);
      for (const container of containers) {
        const facts = await docker.getContainer(container.Id).inspect();
        const { Config: config } = facts;
        const host: Hardening = facts.HostConfig;
        expect({
          name: nameOf(container),
          readOnly: host.ReadonlyRootfs,
          dropped: host.CapDrop,
          added: host.CapAdd ?? [],
          privileged: host.Privileged,
          noNew: host.SecurityOpt?.some((option) => option.startsWith('no-new-privileges')),
          user: config.User,
          limited: (host.Memory ?? 0) > 0 && (host.MemoryReservation ?? 0) > 0 && (host.PidsLimit ?? 0) > 0,
          swap: host.MemorySwap === host.Memory,
          ports: Object.keys(host.PortBindings ?? {}),
          restart: host.RestartPolicy?.Name,
        }).toEqual({
          name: nameOf(container),
          readOnly: true,
          dropped: ['ALL'],
          added: [],
          privileged: false,
          noNew: true,
          user: '33:33',
          limited: true,
          swap: true,
          ports: [],
          restart: 'always',
        });
        const text = JSON.stringify(facts);
        expect(values.filter((value) => text.includes(value))).toEqual([]);
      }
    });

    test('what a village signs in with may not change the structure', async () => {
      const installation = world.installation();
      const { accounts } = await secretsOf(installation);
      expect(accounts).toHaveLength(6);
      for (const { user, password, schema } of accounts) {
        const connection = await createConnection({
          socketPath: mariadbSocket(installation.config),
          user,
          password,
          database: schema,
        });
        const [[row]] = await connection.query<RowDataPacket[]>('SHOW TABLES');
        const table = String(Object.values(row ?? {})[0] ?? '');
        const statements = [
          'CREATE TABLE coba (id INT)',
          `ALTER TABLE \`${table}\` ADD COLUMN coba INT`,
          `DROP TABLE \`${table}\``,
          `CREATE INDEX coba ON \`${table}\` (coba)`,
          `TRUNCATE TABLE \`${table}\``,
          `DROP DATABASE \`${schema}\``,
          'CREATE USER coba',
          'SELECT 1 FROM mysql.user',
        ];
        const errnos: number[] = [];
        for (const sql of statements) errnos.push(await errnoOf(connection.query(sql)));
        await connection.end();
        expect({ user, allowed: statements.filter((_, index) => !REFUSED.includes(errnos[index] ?? 0)) }).toEqual({
          user,
          allowed: [],
        });
      }
    });

    test('the first password is told once', async () => {
      const installation = world.installation();
      const first = await installation.cli<{ username: string; password: string }>('desa', 'password', KLIRONG.kode);
      expect(first).toMatchObject({ code: 0, document: { username: 'admin' } });
      expect(first.document.password.length).toBeGreaterThanOrEqual(12);
      expect((await installation.cli('desa', 'password', KLIRONG.kode)).code).not.toBe(0);
    });
  });
};
