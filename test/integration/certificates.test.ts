import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadRegions } from '../../provisioners/regions/index';
import { proposeHosts } from '../../server/domain/domain-pattern';
import { kodeKabupatenSchema, kodeWilayah, type Jenis } from '../../server/domain/kode-wilayah';
import { officialRegions } from '../../server/domain/official-regions';
import { readFault, readWait } from '../../server/services/certificate-state';
import {
  makeBox,
  makeKeeper,
  serveDesa,
  shownBy,
  useAcme,
  visitAll,
  type ServedDesa,
} from '../helpers/certificate-world';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';
import { startLocalHaproxy, type LocalHaproxy } from '../helpers/local-haproxy';
import { startPebble, type Pebble } from '../helpers/pebble';

jest.setTimeout(300_000);
const DAY = 86_400_000;
const run = promisify(execFile);
const FORBIDDEN = 'terlarang.kec-klirong.kebumenkab.go.id';
const desa = (n: number, kecamatan = '05'): ServedDesa => ({
  kode: `33.05.${kecamatan}.${2000 + n}`,
  host: `desa${n}.kec-${kecamatan}.kebumenkab.go.id`,
});
const FEW = [desa(1), desa(2), desa(3)];
const HOSTS = FEW.map((one) => one.host);
const [FIRST = '', SECOND = '', THIRD = ''] = HOSTS;

let control: ControlDatabase;
let local: LocalHaproxy;
let pebble: Pebble;
let roots: readonly string[] = [];
let clock = new Date();
let keys: ReturnType<typeof makeBox>;

const keeper = () =>
  makeKeeper({ transact: control.transactor, box: keys.box, proxy: local.proxy, now: () => new Date(clock) });
const files = () => control.transactor.read.certificateFiles.all();
const shown = (host: string) => shownBy(local.ports.https, host, roots);
const orders = async (): Promise<Readonly<Record<string, number>>> => {
  const rows = (await control.db('certificate_orders').select('state').count({ n: '*' }).groupBy('state')) as {
    state: string;
    n: number;
  }[];
  return Object.fromEntries(rows.map((one) => [one.state, one.n]));
};
const wait = async () => readWait(await control.transactor.read.settings.all());
const later = (days: number): void => {
  clock = new Date(clock.getTime() + days * DAY);
};

beforeAll(async () => {
  control = await startControlDatabase();
  keys = makeBox();
});
afterAll(() => control.stop());
beforeEach(async () => {
  await control.clear();
  clock = new Date();
  local = await startLocalHaproxy();
  pebble = await startPebble({ httpPort: local.ports.http, forbidden: [FORBIDDEN], validitySeconds: 90 * 86_400 });
  roots = [await pebble.root(), await local.proxy.caCertificate()];
  await useAcme(control.transactor, pebble);
});
afterEach(async () => {
  await pebble.stop();
  await local.close();
});

it('certifies the 460 hosts of Kebumen with at most six certificates; nobody meets a bad one meanwhile', async () => {
  const regions = await officialRegions(loadRegions).within(kodeKabupatenSchema.parse('33.05'));
  const nameOf = new Map(regions.map((one) => [String(one.kode), one.nama] as const));
  const named = regions
    .filter((one) => one.level === 'desa')
    .map((one) => ({
      ...{ kode: kodeWilayah(one.kode), nama: one.nama, jenis: one.jenis as Jenis },
      kecamatan: nameOf.get(String(one.parent)) ?? '',
    }));
  const all = proposeHosts({ text: '{desa}.kec-{kec}.kebumenkab.go.id', suffix: null }, named);
  const hosts = all.map((one) => one.host);
  await serveDesa(control.db, all);
  await local.proxy.ensureCertificates(hosts);
  const visitors = visitAll(local.ports.https, hosts, roots);
  await keeper().round();
  const seen = await visitors.stop();
  expect(await wait()).toBeNull();
  expect(seen.visits).toBeGreaterThan(100);
  expect(seen.failed).toEqual([]);
  const made = await files();
  expect(made.length).toBeLessThanOrEqual(6);
  expect(await orders()).toEqual({ issued: made.length });
  for (const host of hosts) {
    const one = await shown(host);
    expect([host, one.valid, one.issuer]).toEqual([host, true, expect.stringContaining('Pebble') as string]);
  }
  expect(made.every((one) => one.installedAt !== null && one.names.length <= 100)).toBe(true);
  // Nothing is left to do, now or after a restart of either.
  await keeper().round();
  await local.kill('SIGKILL');
  await local.start();
  expect(await orders()).toEqual({ issued: made.length });
  expect((await shown(hosts[459] ?? '')).issuer).toContain('Pebble');
}, 900_000);

it('serves a new host at once, with the CA of the installation until the authority has signed', async () => {
  pebble.door = 'away';
  await serveDesa(control.db, FEW);
  await keeper().round();
  const first = await shown(FIRST);
  expect([first.valid, first.issuer]).toEqual([true, 'SiapPakai CA test']);
  expect(await wait()).toMatchObject({ failures: 1, reason: { code: 'certificate_authority_away' } });
  pebble.door = 'open';
  await keeper().round();
  expect(await orders()).toEqual({});
  clock = new Date((await wait())?.until ?? 0);
  await keeper().round();
  expect((await shown(FIRST)).issuer).toContain('Pebble');
  expect(await wait()).toBeNull();
});

it('renews at two thirds of the life, also by a worker that has just started', async () => {
  await serveDesa(control.db, FEW);
  await keeper().round();
  const before = await shown(FIRST);
  later(59);
  await keeper().round();
  expect((await shown(FIRST)).serial).toBe(before.serial);
  later(1.01);
  const visitors = visitAll(local.ports.https, HOSTS, roots);
  await keeper().round();
  expect((await visitors.stop()).failed).toEqual([]);
  expect((await shown(FIRST)).serial).not.toBe(before.serial);
  expect(await files()).toHaveLength(1);
  expect(await orders()).toEqual({ issued: 2 });
});

it('orders again without the hosts it refuses, by its policy or because they lead nowhere, and tells why', async () => {
  await serveDesa(control.db, [...FEW, { kode: '33.05.05.2099', host: FORBIDDEN }]);
  await pebble.lose(SECOND);
  await keeper().round();
  expect((await files())[0]?.names).toEqual([FIRST, THIRD]);
  const refusals = await control.transactor.read.certificateOrders.refusals();
  expect(refusals.map(({ host, failures }) => [host, failures])).toEqual([
    [SECOND, 1],
    [FORBIDDEN, 1],
  ]);
  expect(refusals[1]?.problem).toBe('rejected');
  expect((await shown(FIRST)).issuer).toContain('Pebble');
  expect(await shown(SECOND)).toMatchObject({ valid: true, issuer: 'SiapPakai CA test' });
  // Mended, it joins the others when its time has come.
  await pebble.find(SECOND);
  await keeper().round();
  expect(await orders()).toEqual({ issued: 1, refused: 1 });
  later(0.1);
  await keeper().round();
  expect((await files()).map((one) => [...one.names].sort())).toEqual([HOSTS]);
  expect((await shown(SECOND)).issuer).toContain('Pebble');
  expect((await control.transactor.read.certificateOrders.refusals()).map((one) => one.host)).toEqual([FORBIDDEN]);
});

it('leaves a host that is refused at renewal with what it had, as long as that lasts', async () => {
  await serveDesa(control.db, FEW);
  await keeper().round();
  const before = await shown(SECOND);
  await pebble.lose(SECOND);
  later(60.01);
  await keeper().round();
  expect((await shown(FIRST)).serial).not.toBe(before.serial);
  expect(await shown(SECOND)).toMatchObject({ valid: true, serial: before.serial });
  await local.kill('SIGKILL');
  await local.start();
  expect(await shown(SECOND)).toMatchObject({ valid: true, serial: before.serial });
  expect((await shown(FIRST)).serial).not.toBe(before.serial);
  expect((await files()).map((one) => one.keptFor)).toEqual([null, [SECOND]]);
  await pebble.find(SECOND);
  later(0.1);
  await keeper().round();
  expect(await files()).toHaveLength(1);
  expect((await shown(SECOND)).serial).not.toBe(before.serial);
});

it('waits as long as the authority says when it has asked too much; the old certificate stays', async () => {
  await serveDesa(control.db, FEW);
  await keeper().round();
  const before = await shown(FIRST);
  later(60.01);
  pebble.door = 'limited';
  pebble.retryAfter = new Date(clock.getTime() + 2 * DAY).toUTCString();
  await keeper().round();
  const waiting = await wait();
  expect(waiting).toMatchObject({ reason: { code: 'certificate_rate_limited' } });
  expect(Math.round(((waiting?.until.getTime() ?? 0) - clock.getTime()) / DAY)).toBe(2);
  const asked = pebble.asked.length;
  later(1);
  pebble.door = 'open';
  await keeper().round();
  expect(pebble.asked).toHaveLength(asked);
  expect((await shown(FIRST)).serial).toBe(before.serial);
  later(1.01);
  await keeper().round();
  expect((await shown(FIRST)).serial).not.toBe(before.serial);
});

it('goes on with the same order after a kill between order and certificate: one order, one certificate', async () => {
  await serveDesa(control.db, FEW);
  pebble.door = 'silent';
  const facts = {
    ...{ url: control.url, keys: keys.file, folder: local.folder, runFolder: local.runFolder },
    ca: path.join(path.dirname(local.folder), 'ca'),
  };
  const entry = path.join(__dirname, '../helpers/keeper-entry.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', entry, JSON.stringify(facts)], { stdio: 'ignore' });
  for (let tries = 0; tries < 600; tries += 1) {
    if (pebble.asked.some((one) => one.resource.includes('finalize'))) break;
    await pause(100);
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await orders()).toEqual({ open: 1 });
  expect(await shown(FIRST)).toMatchObject({ valid: true, issuer: 'SiapPakai CA test' });
  pebble.door = 'open';
  await keeper().round();
  expect(await orders()).toEqual({ issued: 1 });
  expect(pebble.asked.filter((one) => one.resource.includes('order-plz') && one.status === 201)).toHaveLength(1);
  expect((await shown(FIRST)).issuer).toContain('Pebble');
});

it('keeps the old certificate while the new one cannot be written, and serves it once there is room', async () => {
  await serveDesa(control.db, FEW);
  await keeper().round();
  const before = await shown(FIRST);
  const folder = path.join(local.folder, 'certificates');
  const copy = await mkdtemp(path.join(tmpdir(), 'sp-certificates-'));
  cpSync(folder, copy, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  try {
    cpSync(copy, folder, { recursive: true });
    const room = 65_536 - readdirSync(folder).length * 4096;
    writeFileSync(path.join(folder, 'penuh'), Buffer.alloc(Math.max(0, room)), { flag: 'a' });
  } catch {
    // It is full, which is what was wanted.
  }
  try {
    later(60.01);
    await keeper().round();
    expect(await orders()).toEqual({ issued: 2 });
    expect(readFault(await control.transactor.read.settings.all())).toMatchObject({
      reason: { code: 'certificate_no_space' },
    });
    expect(await shown(FIRST)).toMatchObject({ valid: true, serial: before.serial });
    await local.kill('SIGKILL');
    await local.start();
    expect(await shown(FIRST)).toMatchObject({ valid: true, serial: before.serial });
    rmSync(path.join(folder, 'penuh'));
    clock = new Date();
    await keeper().round();
    // It was signed already: no second order.
    expect(await orders()).toEqual({ issued: 2 });
    expect(readFault(await control.transactor.read.settings.all())).toBeNull();
    const after = await shown(FIRST);
    expect([after.valid, after.serial === before.serial]).toEqual([true, false]);
  } finally {
    await run('umount', [folder]);
    mkdirSync(folder, { recursive: true });
    rmSync(copy, { recursive: true, force: true });
  }
});

it('knows its customer when the authority wants to', async () => {
  await pebble.stop();
  const key = Buffer.from('zWNDZM6eQGHWpSRTPal5eIUYFTu7EajV').toString('base64url');
  pebble = await startPebble({ httpPort: local.ports.http, customers: { dinas: key } });
  await useAcme(control.transactor, pebble);
  await serveDesa(control.db, FEW);
  await keeper().round();
  expect(await wait()).toMatchObject({ reason: { code: 'certificate_authority_refuses' } });
  await useAcme(control.transactor, pebble, { bindingId: 'dinas' });
  const { settings } = control.transactor.read;
  await settings.put('certificateBindingKey', keys.box.encrypt(key, 'setting:certificateBindingKey'));
  later(0.1);
  await keeper().round();
  expect(await orders()).toEqual({ issued: 1 });
});
