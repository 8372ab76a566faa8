import { desaStatus } from '../../../server/domain/desa';
import { otherSlot, shownState, STALE_AFTER_SECONDS, type Observed } from '../../../server/domain/instance';
import {
  addressIn,
  addressPair,
  configVolume,
  containerName,
  networkName,
  ownOwner,
  ownSchema,
  ownUser,
  taskContainer,
  tenantUser,
  volumeName,
} from '../../../server/domain/names';
import { compareVersions } from '../../../server/domain/release';

const now = new Date('2026-01-01T00:10:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);

describe('what a screen may show', () => {
  const shown = (observed: Observed, observedAt: Date | null, wanted: 'running' | 'stopped' = 'running'): Observed =>
    shownState({ observed, observedAt, wanted }, now);
  it('is green only when it was seen a moment ago', () => {
    expect(shown('healthy', ago(STALE_AFTER_SECONDS))).toBe('healthy');
    expect(shown('healthy', ago(STALE_AFTER_SECONDS + 1))).toBe('unknown');
    expect(shown('down', ago(STALE_AFTER_SECONDS + 1))).toBe('unknown');
    expect(shown('healthy', null)).toBe('unknown');
  });
  it('is stopped when a person stopped it, whatever was seen', () => {
    expect(shown('healthy', ago(1), 'stopped')).toBe('stopped');
  });
});
describe('a desa is as well as its worst app', () => {
  it.each<[readonly Observed[], string]>([
    [[], 'not_installed'],
    [['healthy', 'healthy'], 'healthy'],
    [['healthy', 'down'], 'down'],
    [['healthy', 'wrong_identity'], 'down'],
    [['healthy', 'dns_elsewhere'], 'down'],
    [['installing', 'down'], 'down'],
    [['installing', 'updating'], 'installing'],
    [['updating', 'unknown'], 'updating'],
    [['held', 'healthy'], 'updating'],
    [['unknown', 'degraded'], 'unknown'],
    [['drift', 'healthy'], 'degraded'],
    [['degraded', 'stopped'], 'degraded'],
    [['stopped', 'stopped'], 'stopped'],
    [['stopped', 'healthy'], 'degraded'],
  ])('%j → %s', (apps, status) => expect(desaStatus(apps)).toBe(status));
});

describe('names', () => {
  const naming = { installation: 'demo' };
  const kode = '33.05.05.2011';
  it('are derived from installation, app and code', () => {
    expect(networkName(naming, '33.05.05')).toBe('demo-kec-330505');
    expect(volumeName(naming, 'opensid', kode, 'desa')).toBe('demo-opensid-3305052011-desa');
    const container = containerName(naming, 'pbb', kode, '01JABCDEFGHJKMNPQRSTVWXYZ0');
    expect(container).toBe('demo-pbb-3305052011-stvwxyz0');
    expect(configVolume(container)).toBe('demo-pbb-3305052011-stvwxyz0-konfig');
    expect(taskContainer(naming, '01JABCDEFGHJKMNPQRSTVWXYZ0', 'migrate')).toBe('demo-tugas-stvwxyz0-migrate');
  });
  it('of two installations, apps, desa or deployments never meet', () => {
    const all = ['demo', 'test'].flatMap((installation) =>
      ['opensid', 'pbb'].flatMap((app) =>
        ['33.05.05.2011', '33.05.12.1026'].flatMap((code) =>
          ['01JABCDEFGHJKMNPQRSTVWXYZ0', '01JABCDEFGHJKMNPQRSTVWXYZ1'].map((id) =>
            containerName({ installation }, app, code, id),
          ),
        ),
      ),
    );
    expect(new Set(all).size).toBe(16);
  });
  it('fit the database: users start with what its guards rely on', () => {
    expect(tenantUser(kode)).toBe('desa_3305052011');
    expect([ownSchema('pbb', kode), ownUser('pbb', kode), ownOwner('pbb', kode)]).toEqual([
      'pbb_3305052011',
      'sp_pbb_3305052011',
      'sp_pbb_3305052011_pemilik',
    ]);
  });
});
describe('addresses', () => {
  it('count through the subnet, over the byte', () => {
    expect(addressIn('10.200.4.0/22', 3)).toBe('10.200.4.3');
    expect(addressIn('10.200.4.0/22', 300)).toBe('10.200.5.44');
  });
  it('come in pairs that nobody shares, clear of proxy and database', () => {
    const all = Array.from({ length: 500 }, (_, index) => Object.values(addressPair('10.200.4.0/22', index))).flat();
    expect(new Set(all).size).toBe(1000);
    for (const taken of [0, 1, 2, 3]) expect(all).not.toContain(addressIn('10.200.4.0/22', taken));
    expect(all.every((one) => /^10\.200\.[4-7]\./.test(one))).toBe(true);
  });
  it('a new release takes the one its old release does not use', () => {
    expect([otherSlot('a'), otherSlot('b'), otherSlot(null)]).toEqual(['b', 'a', 'a']);
  });
});
it('compares versions number by number', () => {
  const sorted = ['v2410.0.0', '2409.1.0', '2410.0.10', '2409', '2410.0.9'].sort(compareVersions);
  expect(sorted).toEqual(['2409', '2409.1.0', 'v2410.0.0', '2410.0.9', '2410.0.10']);
  expect([compareVersions('2410', '2410.0.0'), compareVersions('v1.2', '1.2.0')]).toEqual([0, 0]);
});
