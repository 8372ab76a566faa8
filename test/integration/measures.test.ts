import { TERMINAL } from '../../server/domain/actor';
import { slotOf } from '../../server/domain/heartbeat';
import { liveEvent } from '../../server/rollouts/member-events';
import { desaMeasures, desaStrips, fleetMeasures } from '../../server/services/read-models/measures';
import { importProgress } from '../../server/services/read-models/import-progress';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';
import { addInstalledDesa, BUMIREJO, KLIRONG } from '../helpers/installed-desa';

jest.setTimeout(60_000);
let control: ControlDatabase;
const read = () => control.transactor.read;
const NOW = new Date('2026-11-21T13:58:14.000Z');
const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

beforeAll(async () => {
  control = await startControlDatabase();
});
afterAll(() => control.stop());
beforeEach(async () => {
  await control.clear();
  await addInstalledDesa(control.transactor);
  for (const [id, kode, app] of [
    ['A', KLIRONG.kode, 'opensid'],
    ['B', KLIRONG.kode, 'api'],
    ['C', BUMIREJO.kode, 'opensid'],
  ] as const) {
    await read().instances.ensure({ id, wilayahKode: kode, serverId: 'S', databaseId: null, app, wanted: 'running' });
    await read().instances.update(id, { container: `c-${id}` });
  }
});
const beats = (id: string, seconds: number, beat: 'ok' | 'down', times = 1): Promise<void> =>
  read().heartbeats.add(
    slotOf(ago(seconds)),
    Array.from({ length: times }, () => ({ instanceId: id, beat })),
  );
const sample = (instanceId: string, container: string, seconds: number) => ({
  instanceId,
  container,
  madeAt: ago(90_000),
  startedAt: ago(86_400),
  restarts: 1,
  memoryBytes: 46e6,
  memoryLimitBytes: 384e6,
  cpuSeconds: 864,
  at: ago(seconds),
});

describe('one desa', () => {
  it('has the day and the looks of each app, not those of yesterday', async () => {
    await beats('A', 30, 'ok', 2);
    await beats('A', 1300, 'down');
    await beats('A', 30 * 3600, 'down', 5);
    const { apps } = await desaMeasures(TERMINAL, read(), KLIRONG, NOW);
    const own = apps.get('opensid');
    expect(own?.strip).toHaveLength(72);
    expect(own?.strip.at(-1)).toEqual({ s: 'ok' });
    expect(own?.strip.filter((bar) => bar.s === 'down')).toHaveLength(1);
    expect(own?.looks).toEqual({ sent: 3, failed: 1 });
    expect(apps.get('api')).toMatchObject({ strip: [], looks: null, sample: null, cpuPercent: null });
  });
  it('shows a sample of the container that serves, while it is fresh', async () => {
    await read().uses.record([sample('A', 'c-A', 60), sample('B', 'an-old-one', 60), sample('C', 'c-C', 4000)]);
    const klirong = await desaMeasures(TERMINAL, read(), KLIRONG, NOW);
    expect(klirong.apps.get('opensid')).toMatchObject({ sample: { memoryBytes: 46e6, restarts: 1 }, cpuPercent: 1 });
    expect(klirong.apps.get('api')).toMatchObject({ sample: null, cpuPercent: null });
    const bumirejo = await desaMeasures(TERMINAL, read(), BUMIREJO, NOW);
    expect(bumirejo.apps.get('opensid')).toMatchObject({ sample: null, cpuPercent: null });
  });
  it('has the certificate of its own host only', async () => {
    const shown = { issuer: 'external', issuedBy: 'R', notAfter: ago(-86_400), seenAt: NOW } as const;
    await read().certificates.record([{ host: KLIRONG.host, ...shown }]);
    expect((await desaMeasures(TERMINAL, read(), KLIRONG, NOW)).certificate).toMatchObject({ issuer: 'external' });
    expect((await desaMeasures(TERMINAL, read(), BUMIREJO, NOW)).certificate).toBeNull();
  });
});

it('the list has an hour a bar, the worst of all apps', async () => {
  await beats('A', 30, 'ok');
  await beats('B', 30, 'down');
  await beats('C', 30, 'ok');
  const strips = await desaStrips(TERMINAL, read(), [KLIRONG.kode, BUMIREJO.kode], NOW);
  expect(strips.get(KLIRONG.kode)).toHaveLength(24);
  expect(strips.get(KLIRONG.kode)?.at(-1)).toEqual({ s: 'down' });
  expect(strips.get(BUMIREJO.kode)?.at(-1)).toEqual({ s: 'ok' });
  expect((await desaStrips(TERMINAL, read(), [], NOW)).size).toBe(0);
});

it('the whole fleet has shares, and connections only while they are fresh', async () => {
  await beats('A', 30, 'ok', 3);
  await beats('C', 30, 'down');
  const record = (at: Date) =>
    read().databaseFacts.record({
      databaseId: 'D',
      version: '10.11',
      bytes: null,
      connections: { used: 41, max: 500 },
      sampledAt: at,
    });
  await record(ago(60));
  const fleet = await fleetMeasures(TERMINAL, read(), NOW);
  expect(fleet.strip.at(-1)).toEqual({ s: 'down', share: 0.25 });
  expect(fleet).toMatchObject({ looks: { sent: 4, failed: 1 }, connections: { used: 41, max: 500 } });
  await record(ago(3600));
  expect((await fleetMeasures(TERMINAL, read(), NOW)).connections).toBeNull();
});

describe('an import', () => {
  const tell = (state: 'fetching' | 'verifying' | 'refused', perSecond: number | null) =>
    control.transactor.run((stores) =>
      stores.events.append([
        liveEvent('release:R', 'release.state', { state, done: 1, total: 2, perSecond, reason: null }),
      ]),
    );
  const progress = async (state: 'fetching' | 'verifying' | 'refused', now = new Date()) => {
    await read().releases.update('R', { state });
    return (await importProgress(read(), await read().releases.list(), now)).get('R');
  };
  beforeEach(() =>
    read().releases.create({
      id: 'R',
      app: 'opensid',
      version: '',
      channel: 'umum',
      source: '/x',
      tag: null,
      requestedBy: 'Ani',
    }),
  );
  it('has the speed it told last, while it goes on', async () => {
    expect(await progress('fetching')).toEqual({ seq: 0, perSecond: null, stoppedAt: null });
    await tell('fetching', 3_100_000);
    expect(await progress('fetching')).toEqual({ seq: 1, perSecond: 3_100_000, stoppedAt: null });
    expect((await progress('verifying'))?.perSecond).toBeNull();
    expect((await progress('fetching', new Date(Date.now() + 60_000)))?.perSecond).toBeNull();
  });
  it('that was refused says where it stopped', async () => {
    await tell('fetching', 5);
    await tell('verifying', 5);
    await tell('refused', null);
    expect(await progress('refused')).toEqual({ seq: 3, perSecond: null, stoppedAt: 'verifying' });
  });
});
