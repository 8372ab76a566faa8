import type { Desa } from '../../../server/domain/desa';
import type { Instance } from '../../../server/domain/instance';
import { proxyState } from '../../../server/steps/route-table';
import { FAKE_APPS } from '../../helpers/fake-apps';

const desa = (host: string, ...oldHosts: readonly string[]): Desa => ({
  kode: '33.05.05.2011',
  kecamatanKode: '33.05.05',
  nama: 'Klirong',
  jenis: 'desa',
  host,
  oldHosts,
  databaseId: null,
  network: 'n',
  appKey: null,
  firstPassword: null,
  firstPasswordShownAt: null,
  tenantId: null,
  archivedAt: null,
});
const serving = { id: 'i', app: 'opensid', routeMode: 'open', slot: 'a', hosts: ['baru.desa.id'] } as const;
const instance = (change: Partial<Instance>): Instance => ({
  ...{ wilayahKode: '33.05.05.2011', serverId: '', databaseId: null, wanted: 'running', releaseId: 'r' },
  ...{ container: 'c', addressA: '10.0.0.1', addressB: '10.0.0.2', network: 'n', networkIndex: 0, schemaName: null },
  ...{ dbUser: null, secrets: null, observed: 'unknown', observedRelease: null, observedReason: null },
  ...{ observedAt: null, observedSince: null, deepObservedAt: null },
  ...serving,
  ...change,
});
const redirects = (one: Instance): unknown =>
  proxyState([one], [desa('baru.desa.id', 'lama.desa.id')], FAKE_APPS, { dashboard: null }).redirects;

it('sends visitors of an old host to the one that is served, and nobody to one that is not', () => {
  expect(redirects(instance({}))).toEqual([{ from: 'lama.desa.id', to: 'baru.desa.id' }]);
  expect(redirects(instance({ routeMode: 'closed' }))).toEqual([{ from: 'lama.desa.id', to: 'baru.desa.id' }]);
  expect(redirects(instance({ routeMode: 'none' }))).toEqual([]);
});
