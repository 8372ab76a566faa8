import {
  isPublicName,
  MOST_NAMES,
  planCertificates,
  refusedUntil,
  registeredDomain,
  renewalTime,
  waitUntil,
  WEEKLY,
  type CertificateWorld,
  type KnownCertificate,
  type WantedHost,
} from '../../../server/domain/certificate-plan';
import { proposeHosts } from '../../../server/domain/domain-pattern';
import { kodeKabupatenSchema, kodeWilayah, type Jenis } from '../../../server/domain/kode-wilayah';
import { officialRegions } from '../../../server/domain/official-regions';
import { loadRegions } from '../../../provisioners/regions/index';

const NOW = new Date('2026-11-01T00:00:00Z');
const DAY = 86_400_000;
const at = (days: number): Date => new Date(NOW.getTime() + days * DAY);
const EMPTY: CertificateWorld = { now: NOW, wanted: [], known: [], refused: new Map(), issued: [] };
const hosts = (group: string, count: number): WantedHost[] =>
  Array.from({ length: count }, (_, n) => ({ host: `d${n}.kec-${group}.kebumenkab.go.id`, group }));
const known = (id: string, names: readonly WantedHost[], ageDays = 1): KnownCertificate => ({
  id,
  names: names.map((one) => one.host),
  notBefore: at(-ageDays),
  notAfter: at(90 - ageDays),
  keptFor: null,
});
/** The certificates a plan leads to. */
const carriedOut = (world: CertificateWorld): readonly KnownCertificate[] => {
  const { orders } = planCertificates(world);
  const fresh = orders.map(({ certificateId, names }, n) => ({
    ...known(certificateId ?? `n${world.known.length + n}`, []),
    names,
    notBefore: world.now,
    notAfter: new Date(world.now.getTime() + 90 * DAY),
  }));
  const replaced = new Set(fresh.map((one) => one.id));
  return [...world.known.filter((one) => !replaced.has(one.id)), ...fresh];
};
const kebumen = async (): Promise<readonly WantedHost[]> => {
  const regions = await officialRegions(loadRegions).within(kodeKabupatenSchema.parse('33.05'));
  const nameOf = new Map(regions.map((one) => [String(one.kode), one.nama] as const));
  const desa = regions
    .filter((one) => one.level === 'desa')
    .map((one) => ({
      kode: kodeWilayah(one.kode),
      nama: one.nama,
      jenis: one.jenis as Jenis,
      kecamatan: nameOf.get(String(one.parent)) ?? '',
    }));
  return proposeHosts({ text: '{desa}.kec-{kec}.kebumenkab.go.id', suffix: null }, desa).map(({ kode, host }) => ({
    host,
    group: kode.slice(0, 8),
  }));
};

describe('batches', () => {
  it('puts the 460 hosts of Kebumen in at most six certificates, every kecamatan whole', async () => {
    const wanted = await kebumen();
    expect(wanted).toHaveLength(460);
    const { orders, later } = planCertificates({ ...EMPTY, wanted });
    expect(later).toEqual([]);
    expect(orders.length).toBeLessThanOrEqual(6);
    expect(orders.every((one) => one.names.length <= MOST_NAMES && one.why === 'new')).toBe(true);
    expect(orders.flatMap((one) => one.names).sort()).toEqual(wanted.map((one) => one.host).sort());
    for (const group of new Set(wanted.map((one) => one.group))) {
      const own = wanted.filter((one) => one.group === group).map((one) => one.host);
      expect(orders.filter((one) => own.some((host) => one.names.includes(host)))).toHaveLength(1);
    }
  });
  it('needs no more when the kecamatan come one after the other', async () => {
    const all = await kebumen();
    let world: CertificateWorld = EMPTY;
    for (const group of [...new Set(all.map((one) => one.group))].sort())
      world = {
        ...world,
        known: carriedOut({ ...world, wanted: all.filter((one) => one.group <= group) }),
      };
    expect(world.known.length).toBeLessThanOrEqual(6);
    expect(new Set(world.known.flatMap((one) => one.names)).size).toBe(460);
    expect(planCertificates({ ...world, wanted: all }).orders).toEqual([]);
  });
  it('splits only what one certificate cannot carry', () => {
    const { orders } = planCertificates({ ...EMPTY, wanted: [...hosts('besar', 130), ...hosts('kecil', 60)] });
    expect(orders.map((one) => one.names.length).sort()).toEqual([100, 90]);
  });
  it('adds new hosts to the certificate of their kecamatan while it has room', () => {
    const [puring, klirong] = [hosts('puring', 20), hosts('klirong', 90)];
    const world = { ...EMPTY, known: [known('P', puring), known('K', klirong)] };
    const more = planCertificates({ ...world, wanted: [...puring, ...klirong, ...hosts('puring', 21)] });
    expect(more.orders).toEqual([
      { certificateId: 'P', names: expect.arrayContaining(['d20.kec-puring.kebumenkab.go.id']) as unknown, why: 'new' },
    ]);
    expect(more.orders[0]?.names).toHaveLength(21);
  });
});

describe('renewal', () => {
  const own = hosts('puring', 3);
  it('is due at two thirds of the life, not a moment before', () => {
    const one = known('P', own, 0);
    expect(renewalTime(one)).toEqual(at(60));
    const world = { ...EMPTY, wanted: own, known: [one] };
    const before = planCertificates({ ...world, now: new Date(at(60).getTime() - 1) });
    expect([before.orders, before.nextAt]).toEqual([[], at(60)]);
    expect(planCertificates({ ...world, now: at(60) }).orders).toEqual([
      { certificateId: 'P', names: own.map((host) => host.host), why: 'renewal' },
    ]);
  });
  it('begins with the one that ends first, and before new hosts', () => {
    const [a, b] = [hosts('a', 2), hosts('b', 2)];
    const wanted = [...a, ...b, ...hosts('c', 99)];
    const { orders } = planCertificates({ ...EMPTY, wanted, known: [known('A', a, 70), known('B', b, 80)] });
    expect(orders.map((one) => [one.certificateId, one.why])).toEqual([
      ['B', 'renewal'],
      ['A', 'renewal'],
      [null, 'new'],
    ]);
  });
  it('leaves out hosts that are gone, and drops a certificate nobody needs', () => {
    const world = { ...EMPTY, known: [known('P', own, 70), known('Q', hosts('tua', 2))] };
    const plan = planCertificates({ ...world, wanted: own.slice(1) });
    expect(plan.orders[0]?.names).toEqual(own.slice(1).map((one) => one.host));
    expect(plan.dropped).toEqual(['Q']);
  });
});

describe('a refused host', () => {
  const own = hosts('puring', 3);
  const [first] = own;
  const refused = new Map([[first?.host ?? '', at(0.5)]]);
  it('does not stop the renewal of the others, and is asked for again later', () => {
    const world = { ...EMPTY, wanted: own, known: [known('P', own, 70)], refused };
    const plan = planCertificates(world);
    expect(plan.orders[0]?.names).toEqual(own.slice(1).map((one) => one.host));
    expect(plan.nextAt).toEqual(at(0.5));
    const again = planCertificates({ ...world, now: at(1) });
    expect(again.orders[0]?.names).toHaveLength(3);
  });
  it('keeps the certificate it had until it has another, or that one ends', () => {
    const rest = { ...known('R', own, 70), keptFor: [first?.host ?? ''] };
    const world = { ...EMPTY, wanted: own, known: [known('P', own.slice(1)), rest], refused };
    expect(planCertificates(world)).toMatchObject({ orders: [], dropped: [] });
    expect(planCertificates({ ...world, known: [known('P', own), rest] }).dropped).toEqual(['R']);
    expect(planCertificates({ ...world, now: at(21) }).dropped).toEqual(['R']);
  });
  it('waits an hour, six, then a day', () => {
    expect([1, 2, 3, 9].map((n) => (refusedUntil(n, NOW).getTime() - NOW.getTime()) / 3_600_000)).toEqual([
      1, 6, 24, 24,
    ]);
  });
});

describe('the budget of a week', () => {
  const issued = (count: number, days: number, host = 'd0.kec-lain.kebumenkab.go.id') =>
    Array.from({ length: count }, () => ({ at: at(-days), names: [host] }));
  it('plans for later what does not fit, and says when', () => {
    const plan = planCertificates({ ...EMPTY, wanted: hosts('baru', 2), issued: issued(WEEKLY, 3) });
    expect(plan.orders).toEqual([]);
    expect(plan.later).toEqual([{ names: hosts('baru', 2).map((one) => one.host), until: at(4), why: 'weekly_limit' }]);
    expect(plan.nextAt).toEqual(at(4));
    expect(
      planCertificates({ ...EMPTY, now: at(4), wanted: hosts('baru', 2), issued: issued(WEEKLY, 3) }).orders,
    ).toHaveLength(1);
  });
  it('counts each registered domain by itself', () => {
    const wanted = [{ host: 'klirong.desa.id', group: 'klirong' }];
    expect(planCertificates({ ...EMPTY, wanted, issued: issued(WEEKLY, 3) }).orders).toHaveLength(1);
    const own = issued(WEEKLY, 3, 'klirong.desa.id');
    expect(planCertificates({ ...EMPTY, wanted, issued: own }).orders).toHaveLength(0);
  });
  it('keeps what renewals of the coming days will take', () => {
    const soon = Array.from({ length: 10 }, (_, n) => hosts(`tua${n}`, 100));
    const world = {
      ...EMPTY,
      wanted: [...soon.flat(), ...hosts('baru', 5)],
      known: soon.map((names, n) => known(`T${n}`, names, 55)),
    };
    expect(planCertificates({ ...world, issued: issued(40, 3) }).later).toMatchObject([{ why: 'weekly_limit' }]);
    expect(planCertificates({ ...world, issued: issued(39, 3) }).orders).toHaveLength(1);
    const due = planCertificates({ ...world, now: at(6), issued: issued(45, -5) });
    expect(due.orders.map((one) => one.why)).toEqual(Array.from({ length: 5 }, () => 'renewal'));
  });
  it('lets new hosts wait for each other, the longer the fuller the week', () => {
    const wanted = hosts('baru', 5);
    const last = { at: new Date(NOW.getTime() - 60_000), names: ['d0.kec-lain.kebumenkab.go.id'] };
    const wait = (used: number): number => {
      const { later } = planCertificates({ ...EMPTY, wanted, issued: [...issued(used, 2), last] });
      return (later[0]?.until.getTime() ?? 0) - last.at.getTime();
    };
    expect([0, 30, 40].map((used) => wait(used) / 60_000)).toEqual([15, 60, 360]);
  });
});

describe('names', () => {
  it.each([
    ['klirong.kec-klirong.kebumenkab.go.id', 'kebumenkab.go.id'],
    ['www.KLIRONG.desa.id', 'klirong.desa.id'],
    ['a.b.example.com', 'example.com'],
    ['kebumen.id', 'kebumen.id'],
  ])('%s belongs to %s', (host, domain) => expect(registeredDomain(host)).toBe(domain));
  it.each(['desa.localhost', 'klirong.kec.example', 'x.test', 'server'])('%s is asked of nobody', (host) =>
    expect(isPublicName(host)).toBe(false),
  );
  it('is asked for', () => expect(isPublicName('klirong.desa.id')).toBe(true));
});

test('an authority that does not answer is asked less and less often, or when it said', () => {
  expect([1, 2, 3, 4, 9].map((n) => (waitUntil(n, null, NOW).getTime() - NOW.getTime()) / 60_000)).toEqual([
    1, 5, 15, 60, 60,
  ]);
  expect(waitUntil(1, at(1), NOW)).toEqual(at(1));
  expect(waitUntil(1, at(-1), NOW)).toEqual(new Date(NOW.getTime() + 60_000));
});
